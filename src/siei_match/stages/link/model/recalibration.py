"""What clerks' judgements say of the model's probabilities, and how far thresholds move for it.

Clerks see pairs in doubt only, so their judgements say nothing of the others: the log odds are shifted
inside the doubtful zone alone. A shift up brings its top above `seuil_lien`, a shift down its
bottom under `seuil_doute`; nothing else can change, so it is the threshold that is moved.

The shift is the posterior mode of one number s, in bits: a judgement `meme` has probability
σ(l + s) where the model says σ(l), and s is a priori normal around 0 (MacKay, 2003, ch. 41: a
logistic correction with weight decay), so that few judgements change little.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.model.model import to_bits

ENOUGH: Final = 50
"""Judgements in the doubtful zone from which thresholds move."""
SPREAD: Final = 1.0
"""Standard deviation of the shift, in bits, before any judgement."""
FARTHEST: Final = 2.0
"""No judgements shift the log odds by more bits."""
BANDS: Final = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
EXTREME: Final = 1e-6
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Recalibration:
    """Thresholds as a run applies them. `judgements`: those in the zone; `shift`: in bits."""

    judgements: int
    shift: float
    applied: bool
    seuil_lien: float
    seuil_doute: float


@dataclass(frozen=True)
class Band:
    """Settled pairs whose probability is from `low` to `high`: how many, found the same, expected so."""

    low: float
    high: float
    judgements: int
    same: int
    expected: float


def recalibrate(
    judgements: pl.DataFrame, seuil_lien: float, seuil_doute: float, *, told_only: bool = False
) -> Recalibration:
    """Learn a shift from judged pairs, and move the threshold that it reaches.

    Args:
        judgements: `probabilite` as the model gave it, `meme` (true or false); settled pairs only.
        seuil_lien: probability from which a pair is linked.
        seuil_doute: probability from which it is in doubt.
        told_only: move nothing, since the thresholds are chosen otherwise.
    """
    zone = judgements.filter(
        (pl.col("probabilite") >= seuil_doute) & (pl.col("probabilite") < seuil_lien)
    )
    shift = round(fit_shift(zone["probabilite"].to_numpy(), zone["meme"].to_numpy()), 3)
    if told_only or zone.height < ENOUGH:
        return Recalibration(
            zone.height, shift, applied=False, seuil_lien=seuil_lien, seuil_doute=seuil_doute
        )
    lien, doubt = to_bits(seuil_lien), to_bits(seuil_doute)
    if shift > 0:
        lien = max(lien - shift, doubt)
    else:
        doubt = min(doubt - shift, lien)
    return Recalibration(
        zone.height,
        shift,
        applied=True,
        seuil_lien=round(1 / (1 + 2.0**-lien), 6),
        seuil_doute=round(1 / (1 + 2.0**-doubt), 6),
    )


def fit_shift(probabilite: Floats, meme: npt.NDArray[Any]) -> float:
    """Return the shift in bits that makes the judgements most likely, shrunk to 0 and bounded."""
    chance = np.clip(probabilite, EXTREME, 1 - EXTREME)
    odds = np.log(chance / (1 - chance))
    said = meme.astype(float)

    def slope(shift: float) -> float:
        expected = 1 / (1 + np.exp(-(odds + shift * np.log(2))))
        return float((said - expected).sum() * np.log(2) - shift / SPREAD**2)

    # The slope falls as the shift grows: halve the interval that holds its only zero.
    low, high = -FARTHEST, FARTHEST
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2


def describe_bands(judgements: pl.DataFrame) -> tuple[Band, ...]:
    """Count the judgements by band of the model's probability: how many are `meme`, how many it expects."""
    found = []
    for low, high in pairwise(BANDS):
        last = pl.col("probabilite") <= high if high == 1 else pl.col("probabilite") < high
        band = judgements.filter((pl.col("probabilite") >= low) & last)
        found.append(
            Band(
                low=low,
                high=high,
                judgements=band.height,
                same=int(band["meme"].sum()),
                expected=round(float(band["probabilite"].sum()), 1),
            )
        )
    return tuple(found)
