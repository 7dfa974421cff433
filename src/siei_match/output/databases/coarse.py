"""What siei.duckdb says of a pair that likeness decided: its levels, and classes for its weights.

A weight is log2 of how rare a value is: with a public list of names, the weight of a name tells
the name, whatever the key. So the exact numbers stay in `liens.parquet`, its owner's alone, and
the base that a group reads has classes so coarse that they say little more than the levels.
"""

from typing import Final

import polars as pl

from siei_match.reference.contracts import declaration

TABLE: Final = "tables/liens_classes"
SHARE: Final = "poids_"
CLASS: Final = "classe_"
DOUBTFUL: Final = 0.25
SURE: Final = 0.95
STRONG: Final = 10.0
"""In bits: a thousand to one. Fixed bounds: a setting that moved them would narrow the classes."""


def coarsen_links(liens: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `liens` with classes in place of every number that a value's rarity made.

    Input: schemas/tables/liens.json. Output: schemas/tables/liens_classes.json, in an order that
    no weight decides.
    """
    chance, weight = pl.col("probabilite"), pl.col("poids")
    shares = [name for name in liens.columns if name.startswith(SHARE)]
    declared = declaration(TABLE)
    return (
        liens.with_columns(
            _choose([(chance < DOUBTFUL, "faible"), (chance < SURE, "incertaine")], "forte").alias(
                "classe_probabilite"
            ),
            _choose([(weight < 0, "contre"), (weight < STRONG, "faible")], "forte").alias(
                "classe_poids"
            ),
            *(_tell_side(name) for name in shares),
        )
        .select(declared.columns)
        .sort("extrait_a", "fichier_a", "ligne_a", "extrait_b", "fichier_b", "ligne_b")
    )


def class_of(chance: float) -> str:
    """Return the class of a probability, for whoever is shown one pair without its values."""
    return "faible" if chance < DOUBTFUL else "incertaine" if chance < SURE else "forte"


def _tell_side(name: str) -> pl.Expr:
    """Say on which side a share weighs: its level says as much."""
    share = pl.col(name)
    found = _choose([(share < 0, "contre"), (share > 0, "pour")], "neutre")
    return found.alias(CLASS + name.removeprefix(SHARE))


def _choose(cases: list[tuple[pl.Expr, str]], otherwise: str) -> pl.Expr:
    told = pl.lit(otherwise)
    for holds, word in reversed(cases):
        told = pl.when(holds).then(pl.lit(word)).otherwise(told)
    return told
