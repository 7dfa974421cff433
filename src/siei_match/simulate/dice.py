"""Seeded randomness: one generator per named step, so that a step added changes no other."""

from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def cast_dice(graine: int, *etape: str) -> np.random.Generator:
    """Return the generator of one step: same seed and same step, same numbers."""
    return np.random.default_rng([graine, crc32("/".join(etape).encode())])


def draw_weighted(des: np.random.Generator, poids: Floats, combien: int) -> Ints:
    """Draw `combien` positions of `poids`, each in proportion to its weight."""
    cumul = np.cumsum(poids, dtype=np.float64)
    # `side=right` never returns a position of weight zero.
    rangs: Ints = np.searchsorted(cumul, des.random(combien) * cumul[-1], side="right")
    return rangs.astype(np.int64)


def draw_events(des: np.random.Generator, taux: float, combien: int) -> Bools:
    return des.random(combien) < taux


def between(des: np.random.Generator, debut: str, fin: str, combien: int) -> Ints:
    """Draw days (numbers since 1970) from `debut` to `fin`, both included."""
    premier, dernier = day(debut), day(fin)
    return des.integers(premier, dernier + 1, combien)


def day(texte: str) -> int:
    """Return the number of an ISO date since 1970-01-01."""
    return int(np.datetime64(texte, "D").astype(np.int64))


def dates(jours: Ints, absents: Bools | None = None) -> pl.Series:
    """Return days as a Date column, null where `absents`."""
    serie = pl.Series(jours.astype(np.int32)).cast(pl.Date)
    return serie if absents is None else blank(serie, absents)


def blank(serie: pl.Series, absents: Bools) -> pl.Series:
    """Return `serie` with null where `absents`."""
    return pl.select(pl.when(pl.lit(pl.Series(~absents))).then(pl.lit(serie))).to_series()


def choose(masque: Bools, oui: pl.Series, non: pl.Series) -> pl.Series:
    """Return `oui` where the mask holds, else `non`."""
    return pl.select(
        pl.when(pl.lit(pl.Series(masque))).then(pl.lit(oui)).otherwise(pl.lit(non))
    ).to_series()


def put(serie: pl.Series, rangs: Ints, valeurs: pl.Series) -> pl.Series:
    """Return a copy of `serie` with `valeurs` at `rangs` (`Series.scatter` writes in place)."""
    return serie.clone().scatter(rangs, valeurs)
