"""Apprenticeship contracts as they are declared through the year: enrolments, of the years of their dates."""

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.nomenclatures import describe_diplomes
from siei_match.reference.vocabulary import CONTRATS
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.dates import CONTRACTS, own_break
from siei_match.stages.normalise.tables import (
    NormalisedTables,
    build_coordonnees,
    build_parcours,
    build_traits,
    empty,
    read_rows,
    rules_day,
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
    described = describe_diplomes(valides["codeDiplome"], rules_day(fichier))
    parcours = build_parcours(
        lecture,
        described.select("diplome", "cycle", "formation"),
        debut=pl.min_horizontal("dateInscriptionCfa", "dateDebut"),
        fin=pl.col("dateFin"),
        rupture=own_break(CONTRACTS[CONTRATS]),
        uai=pl.col("uaiCfa"),
        diplome=pl.col("codeDiplome"),
    )
    return NormalisedTables(
        build_traits(lecture), parcours, empty("titres"), build_coordonnees(lecture)
    )
