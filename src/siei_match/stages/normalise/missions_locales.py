"""Missions locales (i-milo): young people followed, without INE nor place of birth."""

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.tables import (
    NormalisedTables,
    build_coordonnees,
    build_parcours,
    build_traits,
    empty,
    read_rows,
)

COLUMNS = ProviderColumns(
    nom_naissance="nomNaissance",
    nom_usage="nomUsage",
    prenoms=("prenom",),
    sexe="civilite",
    address=("adresse", "complement"),
    code_postal="codePostal",
    commune="communeCodeInsee",
    libelle_commune="commune",
    telephones=("telephone",),
    courriels=("mail",),
)


def normalise_missions_locales(
    valides: pl.DataFrame, fichier: Fichier, premier_rid: int = 0
) -> NormalisedTables:
    """Take a file of `missions_locales` to the tables: a follow-up is no enrolment."""
    lecture = read_rows(valides, fichier, premier_rid, COLUMNS)
    parcours = build_parcours(
        lecture,
        debut=pl.col("dateDebutAccompagnement"),
        fin=pl.col("dateFinAccompagnement"),
        structure_nom=pl.col("structureNom"),
    )
    return NormalisedTables(
        build_traits(lecture), parcours, empty("titres"), build_coordonnees(lecture)
    )
