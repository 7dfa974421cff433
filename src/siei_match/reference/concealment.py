"""The commonest ledgers: a table of counts with its sums at the foot; wholes whose parts are parts of nothing else."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from siei_match.reference.disclosure import (
    SHORT,
    SMALL_COUNT,
    Ledger,
    as_cells,
    conceal,
    is_small,
)

FOOT: Final = "*"
SIGN: Final = "|"
ALONE: Final = 2
"""One hidden part alone is known by what the others leave: so many are hidden, or none."""


def conceal_table(
    table: pl.DataFrame, key: str, parts: Mapping[str, Sequence[str]]
) -> pl.DataFrame:
    """Hide the small counts of a table whose sums are told, and what would give them back.

    Args:
        table: a row for each `key`, and columns of counts.
        key: the column that names a row.
        parts: for each column of counts that is a whole, the columns that it is the sum of; the first
            is how many there are at all, and is decided by itself.

    Returns: the table, a hidden count absent.
    """
    counts = list(dict.fromkeys([*parts, *(part for held in parts.values() for part in held)]))
    cells = _cells(table.select(pl.col(key).cast(pl.String), *counts), key, counts)
    first = pl.col("count") == counts[0]
    alone = cells.filter(first)
    # How many there are at each place is told in other tables too: what they hide hides no more here.
    known = conceal(Ledger(*_footed(alone)))["told"].head(alone.height)
    cells = pl.concat([alone.with_columns(told=known), cells.filter(~first)], how="diagonal")
    rows = [
        cells.filter(pl.col("count").is_in([whole, *held])).select(
            pl.concat_str(pl.lit(whole), "key", separator=SIGN).alias("sum"),
            "cell",
            whole=pl.col("count") == whole,
        )
        for whole, held in parts.items()
    ]
    every, columns = _footed(cells)
    decided = conceal(Ledger(every, pl.concat([columns, *rows])))["told"].head(cells.height)
    told = cells.with_columns(told=decided)
    shown = {name: told.filter(pl.col("count") == name)["told"] for name in counts}
    return table.with_columns(
        pl.when(shown[name]).then(pl.col(name)).alias(name) for name in counts
    )


def _footed(cells: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return cells with the told sums of their columns after them, and these sums (see `Ledger`)."""
    foot = (
        cells.group_by("count", maintain_order=True)
        .agg(pl.col("n").sum())
        .with_columns(cell=pl.concat_str(pl.lit(FOOT), "count", separator=SIGN), told=True)
    )
    sums = [
        part.select(pl.col("count").alias("sum"), "cell", whole=pl.lit(whole))
        for part, whole in ((cells, False), (foot, True))
    ]
    return pl.concat([as_cells(cells), as_cells(foot)]), pl.concat(sums)


def _cells(table: pl.DataFrame, key: str, counts: Sequence[str]) -> pl.DataFrame:
    """Return `key`, `count`, `n`, `cell`: one column of the table after another."""
    return table.unpivot(counts, index=key, variable_name="count", value_name="n").select(
        "count",
        "n",
        key=pl.col(key),
        cell=pl.concat_str(key, "count", separator=SIGN),
    )


def conceal_parts(groups: pl.DataFrame) -> pl.DataFrame:
    """Decide the parts of wholes that are told and have no other part in common: groups with `told`, in their order.

    What `conceal` seeks by programs is plain there: a hidden part may be otherwise by as much as the hidden
    ones of its whole have people beside the one that each has. So the least are hidden until that is
    enough; where it never is, or the whole is short, all are.

    groups: `ensemble`, `part`, `n`.
    """
    ranked = (
        groups.with_row_index("place")
        .with_columns(
            small=is_small(pl.col("n")),
            free=pl.col("n") - pl.min_horizontal("n", pl.lit(1)),
            total=pl.col("n").sum().over("ensemble"),
        )
        .sort("ensemble", pl.col("n") == 0, ~pl.col("small"), "n", "place")
        .with_columns(
            before=pl.col("free").cum_sum().over("ensemble") - pl.col("free"),
            alone=pl.int_range(pl.len()).over("ensemble") < ALONE,
            needed=pl.col("small").any().over("ensemble"),
        )
    )
    wanted = (
        pl.col("needed") & (pl.col("n") > 0) & ((pl.col("before") < SMALL_COUNT) | pl.col("alone"))
    )
    hidden = ranked.with_columns(hidden=pl.col("small") | wanted)
    enough = (pl.col("free").filter("hidden").sum() >= SMALL_COUNT) & (
        pl.col("hidden").sum() >= ALONE
    )
    short = pl.col("total").is_between(1, SHORT - 1) & (pl.len().over("ensemble") > 1)
    bare = (pl.col("needed") & ~enough.over("ensemble")) | short
    told = hidden.with_columns(told=~(pl.col("hidden") | bare))
    return told.sort("place").select(*groups.columns, "told")
