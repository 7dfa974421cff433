"""Enrolments of one source: two at once, in two places, are rather two people's."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import TEXT, spans
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
    """Rows of one source that are enrolled elsewhere on the same days are `simultanees`.

    Enrolments stand record by record, so that those of a pair are found by place: whoever compares asks for
    a few, of millions.
    """

    def __init__(self, fiches: Fiches, trait: Trait, stays: pl.DataFrame) -> None:
        self.trait = trait
        self.source = fiches.table["source"].to_numpy()
        ordered = stays.sort("fiche")
        self.bounds = np.zeros(fiches.count + 1, dtype=np.uint32)
        held = np.bincount(ordered["fiche"].to_numpy(), minlength=fiches.count)
        self.bounds[1:] = np.cumsum(held)
        self.year, self.place, self.first, self.last = (
            ordered[column].to_numpy() for column in ("annee", "uai", "debut", "fin")
        )

    def compare(self, a: Ids, b: Ids) -> Compared:
        levels = np.full(len(a), ABSENT, dtype=np.uint8)
        rows = np.flatnonzero(self.source[a] == self.source[b])
        of_pair, left = self._of(a[rows])
        of_left, right = self._of(b[rows[of_pair]])
        left, pair = left[of_left], rows[of_pair[of_left]]
        met = self.year[left] == self.year[right]
        left, right, pair = left[met], right[met], pair[met]
        overlap = np.minimum(self.last[left], self.last[right]) + 1
        overlap -= np.maximum(self.first[left], self.first[right])
        both = (self.place[left] != self.place[right]) & (overlap > MAX_OVERLAP_DAYS)
        levels[pair] = self.trait.code("compatibles")
        levels[pair[both]] = self.trait.code("simultanees")
        return levels, None

    def _of(self, fiches: Ids) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the places of the enrolments of some fiches, with the number of the fiche of each."""
        return spans(self.bounds[fiches], self.bounds[fiches.astype(np.int64) + 1])
