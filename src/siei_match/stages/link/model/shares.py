"""Shares of levels by pair of sources, counted over pairs: where these are few, they lean on what is known."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.model.model import Floats, WeightModel

POOLED_STRENGTH: Final = 200.0
"""A pair of sources with fewer counted pairs than this leans on all the others."""


def within_a_source(sources: int) -> npt.NDArray[np.bool_]:
    """Tell which pairs of sources, as `source_pair` numbers them, are one and the same.

    Rows of one source that say the same are one record: two records that a person has there always differ
    in something, ten times as often as those of two sources. Neither teaches how the other errs.
    """
    return np.eye(sources, dtype=np.bool_).ravel()


def count_levels(
    model: WeightModel,
    trait: Trait,
    levels: npt.NDArray[np.uint8],
    pairs: npt.NDArray[np.int64],
    weights: Floats,
) -> Floats:
    width = len(trait.levels) + 1
    couples = len(model.spec.sources) ** 2
    flat = np.bincount(pairs * width + levels, weights=weights, minlength=couples * width)
    table: Floats = flat.astype(float).reshape(couples, width)
    return table[:, 1:]


def counted_shares(
    trait: Trait, compared: pl.DataFrame, strength: float, known: tuple[float, ...]
) -> Floats:
    """Return the shares of a trait's levels among compared pairs, absent ones apart, `leaning` on what is known."""
    return leaning(level_counts(trait, compared), strength, np.array(known))


def level_counts(trait: Trait, compared: pl.DataFrame) -> npt.NDArray[np.int64]:
    """Return how many compared pairs reach each level of a trait, absent ones apart."""
    levels = compared[trait.name].to_numpy()
    return np.bincount(levels, minlength=len(trait.levels) + 1)[1:]


def leaning(counts: npt.NDArray[Any], strength: float, known: Floats) -> Floats:
    """Return the shares of levels, as if `strength` pairs more had been counted that are as `known` says.

    Args:
        counts: by level, in the last dimension.
        strength: pairs.
        known: shares, in the shape of `counts` or of one row of it.
    """
    table = counts + strength * known
    return np.asarray(table / table.sum(axis=-1, keepdims=True))
