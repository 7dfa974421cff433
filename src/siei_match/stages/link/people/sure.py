"""The sure tiers and what is learnt from them, less what clerks take apart."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.model.classifier import FellegiSunter
from siei_match.stages.link.model.estimation import start_model
from siei_match.stages.link.model.households import learn_siblings
from siei_match.stages.link.model.model import WeightModel, to_bits
from siei_match.stages.link.model.namesakes import learn_namesakes
from siei_match.stages.link.model.numbers import learn_identifier
from siei_match.stages.link.people.constraints import Constraints, dissolve
from siei_match.stages.link.people.tiers import (
    components,
    pairs_by_identifier,
    pairs_by_traits,
    pairs_of_namesakes,
    unique_fiches,
)
from siei_match.stages.link.records.records import Fiches, Ids
from siei_match.stages.link.toolkit import vectors_of

Labels = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Sure:
    """The sure tiers: what identifiers taught, pairs tied by these and by traits, their groups.

    unique: see `tiers.unique_fiches`.
    """

    classifier: FellegiSunter
    same_identifier: pl.DataFrame
    by_identifier: pl.DataFrame
    by_traits: pl.DataFrame
    groups: Labels
    unique: Ids


def join_sure(
    fiches: Fiches,
    comparator: Comparator,
    lien_bits: float,
    people: int,
    tell: Callable[[str], None] | None = None,
    pinned: WeightModel | None = None,
) -> Sure:
    """Join what the identifier, or identical and rare traits, make one person; learn m from the former."""
    classifier = FellegiSunter(start_model(fiches, comparator), fiches, tell=tell, pinned=pinned)
    same_identifier = pairs_by_identifier(fiches)
    vectors = vectors_of(comparator.compare(same_identifier), fiches.count)
    classifier.fit(vectors, match_index=vectors.index)
    unique = unique_fiches(fiches, comparator, people)
    namesakes = comparator.compare(pairs_of_namesakes(fiches, comparator, unique))
    learnt = learn_siblings(learn_identifier(classifier.learnt, namesakes), comparator)
    classifier.learnt = learn_namesakes(learnt, comparator)
    linked = classifier.model.bits(classifier.labels) >= lien_bits
    by_identifier = same_identifier.filter(pl.Series(linked))
    by_traits = pairs_by_traits(fiches, comparator, unique)
    groups = components(fiches.count, pl.concat([by_identifier, by_traits]))
    return Sure(classifier, same_identifier, by_identifier, by_traits, groups, unique)


def believed(
    model: WeightModel, comparator: Comparator, seuil_lien: float
) -> Callable[[pl.DataFrame], npt.NDArray[np.bool_]]:
    """Return what tells which pairs of fiches the model would link."""
    return lambda pairs: model.bits(comparator.compare(pairs)) >= to_bits(seuil_lien)


def respect(sure: Sure, judged: Constraints) -> tuple[Sure, pl.DataFrame]:
    """Take apart the sure groups that a clerk's judgement forbids.

    Returns: the sure tiers without them, and the pairs of fiches that were together in them.
    """
    if judged.pairs.is_empty():
        return sure, sure.by_identifier.clear()
    count = len(sure.groups)
    tied = pl.concat([sure.by_identifier, sure.by_traits])
    loose, pairs = dissolve(count, tied, judged)
    if not loose.any():
        return sure, pairs
    by_identifier, by_traits = (
        kept.filter(pl.Series(~loose[kept["a"].to_numpy()]))
        for kept in (sure.by_identifier, sure.by_traits)
    )
    groups = components(count, pl.concat([by_identifier, by_traits]))
    return replace(sure, by_identifier=by_identifier, by_traits=by_traits, groups=groups), pairs
