"""Missions locales (i-milo): young people followed, without INE nor place of birth."""

from typing import Final

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


IN_TRAINING: Final = ("Contrat en Alternance", "Scolarité")
IN_PROGRESS: Final = "EN_COURS"


def _in_training() -> pl.Expr:
    """The situation that makes a doubt (contract, 4); what else a mission locale knows goes no further."""
    told = pl.col("situationCategorie").is_in(IN_TRAINING) & (
        pl.col("situationEtat") == IN_PROGRESS
    )
    return pl.when(told).then("situationCategorie")


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
        situation=_in_training(),
    )
    return NormalisedTables(
        build_traits(lecture), parcours, empty("titres"), build_coordonnees(lecture)
    )
