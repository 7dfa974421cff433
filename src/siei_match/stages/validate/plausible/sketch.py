"""How much two sets of INE have in common, from a sample of each that holds no INE.

The sample is a *bottom-k sketch*: of the hashes of a set, the k smallest. Two sets keep the same
people of those that they share, so that a few thousand tell a share to the percent, whatever
the size of the sets; under k values it is exact (Cohen and Kaplan, 2007).
"""

from typing import Final

import polars as pl

SIZE: Final = 20_000
SEED: Final = 13


class Sketch:
    """The smallest hashes of a set of values."""

    def __init__(self) -> None:
        self._kept = pl.Series([], dtype=pl.UInt64)

    def add(self, values: pl.Series) -> None:
        """Add the values of a slice, absent ones left out."""
        self._keep(values.drop_nulls().hash(SEED))

    def merge(self, other: "Sketch") -> None:
        """Add all that another sketch has seen."""
        self._keep(other._kept)

    def _keep(self, hashes: pl.Series) -> None:
        found = pl.concat([self._kept, hashes]).unique().sort()
        self._kept = found.head(SIZE)

    def __len__(self) -> int:
        return len(self._kept)

    def share_in(self, other: "Sketch") -> tuple[int, int]:
        """Return how many of a sample of this set the other has, and the size of the sample."""
        # Beyond its largest hash a full sketch has forgotten what it saw.
        ends = [s._kept[-1] for s in (self, other) if len(s) == SIZE]
        mine = self._kept.filter(self._kept <= min(ends)) if ends else self._kept
        return int(mine.is_in(other._kept.implode()).sum()), len(mine)
