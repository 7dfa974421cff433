"""Seeded randomness: one generator per named step, so that a step added changes no other."""

from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def cast_dice(seed: int, *step: str) -> np.random.Generator:
    """Return the generator of one step: same seed and same step, same numbers."""
    return np.random.default_rng([seed, crc32("/".join(step).encode())])


def draw_weighted(rng: np.random.Generator, weights: Floats, count: int) -> Ints:
    """Draw `count` positions of `weights`, each in proportion to its weight."""
    running = np.cumsum(weights, dtype=np.float64)
    # `side=right` never returns a position of weight zero.
    ranks: Ints = np.searchsorted(running, rng.random(count) * running[-1], side="right")
    return ranks.astype(np.int64)


def draw_events(rng: np.random.Generator, rates: float, count: int) -> Bools:
    return rng.random(count) < rates


def between(rng: np.random.Generator, debut: str, fin: str, count: int) -> Ints:
    """Draw days (numbers since 1970) from `debut` to `fin`, both included."""
    premier, last = day(debut), day(fin)
    return rng.integers(premier, last + 1, count)


def day(text: str) -> int:
    """Return the number of an ISO date since 1970-01-01."""
    return int(np.datetime64(text, "D").astype(np.int64))


def dates(days: Ints, absents: Bools | None = None) -> pl.Series:
    """Return days as a Date column, null where `absents`."""
    series = pl.Series(days.astype(np.int32)).cast(pl.Date)
    return series if absents is None else blank(series, absents)


def blank(series: pl.Series, absents: Bools) -> pl.Series:
    """Return `series` with null where `absents`."""
    return pl.select(pl.when(pl.lit(pl.Series(~absents))).then(pl.lit(series))).to_series()


def choose(masque: Bools, yes: pl.Series, non: pl.Series) -> pl.Series:
    """Return `yes` where the mask holds, else `non`."""
    return pl.select(
        pl.when(pl.lit(pl.Series(masque))).then(pl.lit(yes)).otherwise(pl.lit(non))
    ).to_series()


def put(series: pl.Series, ranks: Ints, values: pl.Series) -> pl.Series:
    """Return a copy of `series` with `values` at `ranks` (`Series.scatter` writes in place)."""
    return series.clone().scatter(ranks, values)
