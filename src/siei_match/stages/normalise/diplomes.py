"""Examination results, of Éducation nationale and of the ministry of agriculture."""

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.nomenclatures import describe_diplomes
from siei_match.stages.normalise.columns import ProviderColumns
from siei_match.stages.normalise.tables import (
    NormalisedTables,
    NumberedRows,
    build_coordonnees,
    build_traits,
    empty,
    read_rows,
    rules_day,
)

COLUMNS = ProviderColumns(
    nom_naissance="NOM_DE_FAMILLE",
    nom_usage=None,
    prenoms=("PRENOM", "PRENOM2"),
    sexe="CODE_SEXE",
    ine="INE",
    commune_naissance="CODE_COMMUNE_INSEE_NAISS",
)

ADMIS = "ADMIS"


def normalise_diplomes(
    valides: pl.DataFrame, fichier: Fichier, premier_rid: int = 0
) -> NormalisedTables:
    """Take a file of `diplomes` or `diplomes_agricoles` to the tables: traits, and titres.

    A candidate who failed or was absent is a person all the same, whose traits help to link.
    """
    lecture = read_rows(valides, fichier, premier_rid, COLUMNS)
    return NormalisedTables(
        build_traits(lecture), empty("parcours"), _titres(lecture), build_coordonnees(lecture)
    )


def _titres(lecture: NumberedRows) -> pl.DataFrame:
    passed = lecture.lignes.filter(pl.col("RESULTAT") == ADMIS).select(
        "rid", diplome="CODE_DIPLOME", session=pl.col("SESSION").cast(pl.Int16)
    )
    worth = describe_diplomes(passed["diplome"], rules_day(lecture.fichier))
    return (
        passed.join(
            worth.select("diplome", "niveau", "rang"),
            on="diplome",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("niveau").fill_null("aucun"), pl.col("rang").fill_null(0))
        .select(declaration("tables/titres").columns)
    )
