"""Intervals of shares: Wilson's, and that of a ratio over people who weigh differently."""

from typing import Final

import numpy as np
import numpy.typing as npt

Z: Final = 1.959964
"""95 %."""
Floats = npt.NDArray[np.float64]


def effective_people(weights: Floats) -> float:
    """Return how many people of one weight would say as much (Kish)."""
    squares = float((weights**2).sum())
    return float(weights.sum() ** 2 / squares) if squares else 0.0


def wilson(rate: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a rate seen on n independent cases (Wilson, 1927)."""
    if n <= 0:
        return 0.0, 1.0
    middle = (rate + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(max(0.0, rate * (1 - rate)) / n + Z**2 / (4 * n**2))
    # Where the rate is an end itself, rounding must not leave it outside.
    return min(rate, max(0.0, float(middle - half))), max(rate, min(1.0, float(middle + half)))


def ratio_of_people(part: Floats, whole: Floats) -> tuple[float, float, float]:
    """Return Σ part over Σ whole with the ends of its 95 % interval; people are the draws.

    Args:
        part: of each person, the pairs that are wrong, weighted.
        whole: of each person, all the pairs, weighted so too.
    """
    total = float(whole.sum())
    if total <= 0:
        return 0.0, 0.0, 1.0
    rate = min(1.0, float(part.sum()) / total)
    variance = float(((part - rate * whole) ** 2).sum()) / total**2
    n = effective_people(whole)
    if variance > 0:
        n = min(n, rate * (1 - rate) / variance)
    return rate, *wilson(rate, n)
