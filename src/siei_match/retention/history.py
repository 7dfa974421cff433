"""What may still be counted of a campaign that is purged: numbers that are nobody's.

What siei.duckdb hid stays hidden, and what it told is rounded to the nearest 5: no later table is compared
with these, and no number is left that a person could be found by.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output.databases.contents import SIEI
from siei_match.output.databases.reading import reading
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.disclosure import round_counts

ENSEMBLE: Final = "ensemble"
LIGNES: Final = ("lignes_lues", "lignes_valides", "lignes_rejetees", "paires")
"""Counts of rows, not of people: exact."""
SUITE: Final = ("date_observation", "annee_scolaire", "definition")


def summarise(sortie: Path, codes: Collection[str]) -> pl.DataFrame:
    """Return schemas/tables/historique.json for campaigns of siei.duckdb.

    Raises:
        OutputError: siei.duckdb is missing or damaged.
    """
    base = sortie / SIEI
    with reading(base) as connection:
        campagnes = connection.sql("SELECT * FROM campagnes").pl()
        counts = connection.sql("SELECT * FROM indicateurs").pl()
        pays = connection.sql("SELECT campagne, indicateur, valeur FROM bilan_campagnes").pl()
    mine = campagnes.filter(pl.col("campagne").is_in(list(codes)))
    of_them = pl.col("campagne").is_in(list(codes))
    return count_anonymously(mine, counts.filter(of_them), pays.filter(of_them))


def count_anonymously(
    campagnes: pl.DataFrame, indicateurs: pl.DataFrame, pays: pl.DataFrame
) -> pl.DataFrame:
    """Return tables/historique, sorted.

    Args:
        campagnes: tables/campagnes.
        indicateurs: tables/indicateurs; what is hidden there stays hidden.
        pays: campagne, indicateur, valeur of the whole country.
    """
    rows = campagnes.unpivot(
        [*LIGNES, "personnes"], index="campagne", variable_name="indicateur", value_name="valeur"
    )
    counted = pl.concat(
        [
            indicateurs.select("campagne", "psad", "indicateur", "valeur"),
            *(
                frame.select(
                    "campagne", pl.lit(ENSEMBLE).alias("psad"), "indicateur",
                    pl.col("valeur").cast(pl.Int64),
                )
                for frame in (pays, rows)
            ),
        ]
    )  # fmt: skip
    number = pl.col("valeur")
    exact = pl.col("indicateur").is_in(list(LIGNES))
    return conform(
        counted.join(campagnes.select("campagne", *SUITE), on="campagne")
        .with_columns(pl.when(exact).then(number).otherwise(round_counts(number)).alias("valeur"))
        .select(declaration("tables/historique").columns)
        .sort("campagne", "psad", "indicateur"),
        "tables/historique",
    )
