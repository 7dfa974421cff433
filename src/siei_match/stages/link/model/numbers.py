"""How often one person holds two identifiers, learnt per pair of sources from identical, rare traits."""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.model.model import WeightModel, source_pair
from siei_match.stages.link.model.shares import POOLED_STRENGTH, count_levels, leaning

OWN_NUMBER: Final = 0.03
"""Two identifiers for one person so often are no slip: the source has numbers of its own."""


def learn_identifier(model: WeightModel, namesakes: pl.DataFrame) -> WeightModel:
    """Return the model with how often two rows of one person hold two identifiers, by pair of sources.

    A training centre numbers its apprentices anew: there, two identifiers contradict little.

    Args:
        model: the model to replace the m of.
        namesakes: compared pairs of fiches that identical and unique traits tie.
    """
    trait = model.spec.identifier
    if trait is None:
        return model
    # Within a source, records that say the same are one: those that are left differ in something.
    apart = namesakes.filter(pl.col("source_a") != pl.col("source_b"))
    pairs = source_pair(apart, len(model.spec.sources))
    ones = np.ones(apart.height)
    counts = count_levels(model, trait, apart[trait.name].to_numpy(), pairs, ones)
    table = leaning(counts, POOLED_STRENGTH, np.array(trait.m))
    learnt = np.hstack([np.ones((len(table), 1)), table])
    return replace(model, m={**model.m, trait.name: learnt})


def own_number_sources(model: WeightModel) -> npt.NDArray[np.bool_]:
    """Tell which sources give their people another identifier than the others so often that it counts."""
    sources = len(model.spec.sources)
    trait = model.spec.identifier
    if trait is None:
        return np.zeros(sources, dtype=np.bool_)
    differs = model.m[trait.name][:, -1].reshape(sources, sources)
    differs = np.maximum(differs, differs.T)
    np.fill_diagonal(differs, 0.0)
    found = np.zeros(sources, dtype=np.bool_)
    # Of two sources that do not agree, the odd one is that which agrees least with all the others.
    while differs.max(initial=0.0) > OWN_NUMBER:
        odd = int(differs.sum(axis=1).argmax())
        found[odd] = True
        differs[odd] = differs[:, odd] = 0.0
    return found
