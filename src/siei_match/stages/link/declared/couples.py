"""Pairs of declared sources, numbered: what is counted between two sources has a place in an array."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Couples:
    """The unordered pairs of sources of a declaration; the pair (i, j), i <= j, is i * n + j.

    Numbers of the pairs (j, i) with j > i stand for nothing: their counts are zero.
    """

    sources: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return len(self.sources) ** 2

    def sides(self, number: int) -> tuple[int, int]:
        """Return the places of the two sources of a pair."""
        return divmod(number, len(self.sources))

    def names(self, number: int) -> tuple[str, str]:
        a, b = self.sides(number)
        return self.sources[a], self.sources[b]

    def number(self, a: str, b: str) -> pl.Expr:
        """Return the number of the pair that two columns of places of sources (Int64) make."""
        return pl.min_horizontal(a, b) * len(self.sources) + pl.max_horizontal(a, b)
