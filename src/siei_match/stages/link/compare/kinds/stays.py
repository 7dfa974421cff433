"""Enrolments of one source: two at once, in two places, are rather two people's."""

from typing import Any, Final

import numpy as np
import polars as pl

from siei_match.reference.arrays import TEXT
from siei_match.stages.link.compare.kinds.base import Compared
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Fiches, Ids

MAX_OVERLAP_DAYS: Final = 30
"""A month: schools are slow to close the enrolment of a pupil who left for another one."""
AUGUST_31: Final = (8, 31)
READ_OF_STAYS: Final = ("rid", "annee", "uai", "debut", "fin")
"""The columns of `tables/parcours` that are compared."""
STAYS: Final[dict[str, Any]] = {
    "fiche": pl.UInt32,
    "annee": pl.Int16,
    "uai": pl.UInt64,
    "debut": pl.Int32,
    "fin": pl.Int32,
}


def stays(fiches: Fiches, parcours: pl.DataFrame | None) -> pl.DataFrame:
    """Return the enrolments of each fiche, missing ends filled with those of the school year.

    Args:
        fiches: the campaign's records.
        parcours: `tables/parcours` (`READ_OF_STAYS`), or None where nobody is enrolled.

    Returns: `fiche`, `annee`, `uai` (hash), `debut`, `fin` (days since 1970), distinct.
    """
    if parcours is None:
        return pl.DataFrame(schema=STAYS)
    year = pl.col("annee").cast(pl.Int32)
    start, end = pl.date(year, 9, 1), pl.date(year + 1, *AUGUST_31)
    return (
        parcours.drop_nulls("annee")
        .select(
            "rid",
            "annee",
            pl.col("uai").hash(seed=TEXT),
            debut=pl.col("debut").fill_null(start).dt.epoch("d").cast(pl.Int32),
            fin=pl.col("fin").fill_null(end).dt.epoch("d").cast(pl.Int32),
        )
        .join(fiches.lignes, on="rid")
        .select("fiche", "annee", "uai", "debut", "fin")
    )


class Stays:
    """Rows of one source that are enrolled elsewhere on the same days are `simultanees`."""

    def __init__(self, fiches: Fiches, trait: Trait, stays: pl.DataFrame) -> None:
        self.trait = trait
        self.source = fiches.table["source"].to_numpy()
        self.stays = stays

    def compare(self, a: Ids, b: Ids) -> Compared:
        levels = np.full(len(a), ABSENT, dtype=np.uint8)
        rows = np.flatnonzero(self.source[a] == self.source[b])
        if not len(rows) or self.stays.is_empty():
            return levels, None
        pairs = pl.DataFrame({"place": rows, "a": a[rows], "b": b[rows]})
        left = self.stays.join(pairs.select(fiche="a").unique(), on="fiche", how="semi")
        right = self.stays.join(pairs.select(fiche="b").unique(), on="fiche", how="semi")
        met = pairs.join(left, left_on="a", right_on="fiche").join(
            right, left_on=["b", "annee"], right_on=["fiche", "annee"], suffix="_b"
        )
        overlap = pl.min_horizontal("fin", "fin_b") - pl.max_horizontal("debut", "debut_b") + 1
        elsewhere = pl.col("uai").ne_missing(pl.col("uai_b"))
        found = met.group_by("place").agg(
            (elsewhere & (overlap > MAX_OVERLAP_DAYS)).any().alias("simultanees")
        )
        both = found["simultanees"].to_numpy()
        levels[found["place"].to_numpy()] = np.where(
            both, self.trait.code("simultanees"), self.trait.code("compatibles")
        )
        return levels, None
