"""The places that people are counted by: which is a part of which."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import polars as pl

PAYS: Final = "pays"
LEVELS: Final = (PAYS, "region", "academie", "departement", "psad")
"""Each place is one of the level before."""
UNKNOWN_PLACE: Final = "?"
PLACED: Final = ("niveau", "lieu")


def _tree(zones: pl.DataFrame, psads: pl.Series) -> pl.DataFrame:
    """Return the place of each platform at every level; null where it is in none.

    A place that lies in two of the level above counts as one of the first.
    """
    known = pl.when(pl.col("academie").is_not_null())
    # A département of which one platform alone has no académie would lie in two.
    torn = pl.col("academie").is_null() & pl.col("academie").is_not_null().any().over("departement")
    placed = zones.select(
        psad="code",
        departement=pl.when(~torn).then("departement").fill_null(UNKNOWN_PLACE),
        academie=pl.col("academie").fill_null(UNKNOWN_PLACE),
        region=known.then("region").fill_null(UNKNOWN_PLACE),
    )
    for below, above in (("departement", "academie"), ("academie", "region")):
        placed = placed.with_columns(pl.col(above).first().over(below))
    every = pl.concat([zones.select(psad="code"), psads.alias("psad").to_frame()]).unique()
    joined = every.join(placed, on="psad", how="left").with_columns(pl.lit(PAYS).alias(PAYS))
    return joined.sort("psad")


def sum_places(counts: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Return niveau, lieu, indicateur, n: nobody where a platform is left out."""
    names = [name for name in counts.columns if name != "psad"]
    tree = _tree(zones, counts["psad"])
    placed = tree.join(counts, on="psad", how="left", maintain_order="left")
    return pl.concat(
        placed.drop_nulls(level)
        .group_by(lieu=level)
        .agg(pl.col(names).fill_null(0).sum().cast(pl.Int64))
        .sort("lieu")
        .unpivot(names, index="lieu", variable_name="indicateur", value_name="n")
        .select("lieu", "indicateur", "n", niveau=pl.lit(level))
        .select(*PLACED, "indicateur", "n")
        for level in LEVELS
    )


def part_lines(
    zones: pl.DataFrame, psads: pl.Series, levels: tuple[str, ...] = LEVELS
) -> Iterator[pl.DataFrame]:
    """Yield, level by level of `levels`, of what each place is made (see `tell_parts`).

    A platform that is nowhere (`non_affecte`) is a part of the country itself.
    """
    tree = _tree(zones, psads)
    nowhere = tree.filter(pl.col("region").is_null())
    for rank, (above, below) in enumerate(pairwise(levels)):
        pairs = tree.drop_nulls([above, below]).select(above, below).unique(maintain_order=True)
        yield pairs.select(
            rank=pl.lit(rank), line=pl.concat_str(pl.lit(above), above, separator="|"),
            above=pl.lit(above), of=above, niveau=pl.lit(below), lieu=below,
        )  # fmt: skip
    yield nowhere.select(
        rank=pl.lit(0), line=pl.lit(f"{PAYS}|{PAYS}"), above=pl.lit(PAYS), of=pl.lit(PAYS),
        niveau=pl.lit("psad"), lieu="psad",
    )  # fmt: skip
