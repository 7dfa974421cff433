"""When a share is surely beyond a limit: a few rows say little, thousands say much."""

from math import sqrt
from typing import Final

from siei_match.reference.tallies import FEW

SOME: Final = 8
"""Values of a column that is mostly empty, in a file of `FEW` rows, under which none is judged."""
Z: Final = 2.33
"""One-sided 99 %: beside limits that are wide already."""


def surely_above(found: int, rows: int, limit: float, few: int = FEW) -> bool:
    """Say whether a share is beyond a limit, whatever chance did (Wilson's interval)."""
    return rows >= few and _wilson(found, rows, -Z) > limit


def surely_below(found: int, rows: int, limit: float) -> bool:
    """Say whether a share is short of a limit, whatever chance did."""
    return rows >= FEW and _wilson(found, rows, Z) < limit


def _wilson(found: int, rows: int, z: float) -> float:
    """Return one end of the interval of a share: the lower where z is negative."""
    share = found / rows
    middle = share + z * z / (2 * rows)
    spread = z * sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    return (middle + spread) / (1 + z * z / rows)
