"""Counts and their shares, and which small ones are not told.

The report travels further than the databases: a count of 1 to 4 people at a place could tell who
they are, so it is hidden, and so is what would give it back by subtraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from siei_match.reference.disclosure import SMALL_COUNT


@dataclass(frozen=True)
class NamedCount:
    """A named count and its share of a whole."""

    nom: str
    nombre: int
    part: float
    group: str = ""


def count_by(frame: pl.DataFrame, column: str, order: Sequence[str]) -> list[NamedCount]:
    """Count the rows of each value of `column`, those of `order` first and always."""
    counts = dict(frame[column].value_counts().iter_rows())
    names = [*order, *sorted(set(counts) - set(order))]
    return [
        NamedCount(name, counts.get(name, 0), share(counts.get(name, 0), frame.height))
        for name in names
    ]


def share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def hide(frame: pl.DataFrame, column: str, key: str) -> pl.Series:
    """Tell which counts of a column are hidden, where everybody knows the column's sum.

    A count of 1 to 4 is. Where it is the only one, the smallest other, too: it would else be the
    sum less the rest. `key` settles which of two equal ones.
    """
    small = pl.col(column).is_between(1, SMALL_COUNT - 1)
    ranked = frame.with_row_index("_row").filter(pl.col(column) >= SMALL_COUNT).sort(column, key)
    spare = ranked["_row"].first()
    alone = frame.filter(small).height == 1
    return frame.with_row_index("_row").select(
        cache=small | (pl.col("_row").eq_missing(spare) & alone)
    )["cache"]
