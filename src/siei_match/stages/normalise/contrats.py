"""Apprenticeship contracts as they are declared through the year: enrolments, of the years of their dates."""

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.stages.normalise.apprentices import build_apprenticeships
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.tables import (
    NormalisedTables,
    build_coordonnees,
    build_traits,
    empty,
    read_rows,
)

COLUMNS = ProviderColumns(
    nom_naissance="nom",
    nom_usage="nomUsage",
    prenoms=("prenom",),
    sexe="sexe",
    ine="ine",
    uai="uaiCfa",
    address=("adresse",),
    code_postal="codePostal",
    commune="codeCommuneInsee",
    telephones=("telephone",),
    courriels=("courriel",),
)


def normalise_contrats(
    valides: pl.DataFrame, fichier: Fichier, premier_rid: int = 0
) -> NormalisedTables:
    """Take a file of `contrats` to the four tables.

    The stay at the CFA begins with the enrolment there or the contract, whichever comes first, and
    has no school year: what it covers, its dates say (contract, section 4).
    """
    lecture = read_rows(valides, fichier, premier_rid, COLUMNS)
    parcours = build_apprenticeships(
        lecture,
        "codeDiplome",
        debut=pl.min_horizontal("dateInscriptionCfa", "dateDebut"),
        fin=pl.col("dateFin"),
    )
    return NormalisedTables(
        build_traits(lecture), parcours, empty("titres"), build_coordonnees(lecture)
    )
