"""m of the sources that share no identifier with any other: counted over candidates, near what is known.

Missions locales hold no INE, so that no label says how they write names. Candidates do, each with its
chance; what these can hardly show, a person written wholly otherwise, is never rarer than labels say of others.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.declared.spec import Spec, Trait
from siei_match.stages.link.declared.traits import Settled
from siei_match.stages.link.model.bounds import floors, hold_in_range, keep_in_order
from siei_match.stages.link.model.model import Floats, WeightModel, source_pair
from siei_match.stages.link.model.shares import (
    POOLED_STRENGTH,
    count_levels,
    leaning,
    within_a_source,
)

ENOUGH_LABELS: Final = 500
"""Labelled pairs from which two sources need no candidate to tell how they err."""
INITIAL: Final = "initiale"
"""A kind, and its level for a name of which one side holds the first letter alone."""


def adapt_m(
    model: WeightModel, labels: pl.DataFrame, candidates: pl.DataFrame, weights: Floats
) -> tuple[WeightModel, dict[str, int]]:
    """Return the model with m of the pairs of sources without labels, counted over candidates.

    What tells twins apart keeps what the labels taught: counting candidates would teach that one
    person often has two first names. But where surname, date and a contact agree (`appris_si`), only
    a twin may bear another one, and twins are weighed: first names are counted there.

    A source errs in its own way whoever it is compared with, so each pair of sources leans on all
    the pairs of the source that no label reaches, within it or with others. What is counted stays near
    what is known, and levels in their order (`bounds`): that of what labels taught, where there are any.

    Returns: the model, and of how many shares of which traits the range was left.
    """
    sources = len(model.spec.sources)
    pairs = source_pair(candidates, sources)
    labelled = np.bincount(source_pair(labels, sources), minlength=sources**2)
    unlabelled = labelled < ENOUGH_LABELS
    reach = untaught_pairs(labelled, sources)
    adapted = dict(model.m)
    held: dict[str, int] = {}
    for trait in model.spec.traits:
        settled = trait.declared.appris_si
        if not trait.declared.appris or (trait.tells_twins and settled is None):
            continue
        levels = candidates[trait.name].to_numpy()
        heard = (
            np.ones(len(levels))
            if settled is None
            else _settled(candidates, model.spec, trait, settled)
        )
        counts = count_levels(model, trait, levels, pairs, weights * heard)
        known = model.m[trait.name][:, 1:]
        own = leaning(counts, POOLED_STRENGTH, leaning(reach @ counts, POOLED_STRENGTH, known))
        taught = None if unlabelled.all() else known
        own, far = hold_in_range(own, trait, known, floors(trait, taught))
        own = keep_in_order(own, trait, model.u[trait.name][1:], taught)
        held |= {trait.name: far} if far else {}
        table = model.m[trait.name].copy()
        table[unlabelled, 1:] = own[unlabelled]
        adapted[trait.name] = table
    return replace(model, m=adapted), held


def kept_as_declared(
    spec: Spec, labels: pl.DataFrame, candidates: pl.DataFrame, weights: Floats
) -> dict[str, str]:
    """Return the traits of which nothing was learnt, so that m stays as it is declared, and why.

    Args:
        spec: what is declared.
        labels: compared pairs that share an identifier.
        candidates: compared pairs of whom nobody knows.
        weights: the probabilities of these, same height.
    """
    found: dict[str, str] = {}
    if not labels.is_empty():
        return found
    for trait in spec.traits:
        settled = trait.declared.appris_si
        if not trait.declared.appris:
            continue
        if settled is None:
            if trait.tells_twins:
                found[trait.name] = (
                    "it tells twins apart, and no appris_si says of whom it is learnt"
                )
        elif (weights * _settled(candidates, spec, trait, settled)).sum() < 1:
            found[trait.name] = "no likely pair is as its appris_si says"
    return found


def untaught_pairs(labelled: npt.NDArray[np.int64], sources: int) -> Floats:
    """Return, for each pair of sources, which pairs share with it a source that no label reaches."""
    taught = labelled.reshape(sources, sources) >= ENOUGH_LABELS
    alone = np.asarray(~(taught.any(axis=0) | taught.any(axis=1)), dtype=np.bool_)
    first, second = np.divmod(np.arange(sources**2), sources)
    shared = np.zeros((sources**2, sources**2), dtype=np.bool_)
    for side in (first, second):
        for other in (first, second):
            shared |= np.equal.outer(side, other) & np.asarray(alone[side]).reshape(-1, 1)
    within = within_a_source(sources)
    return (shared & np.equal.outer(within, within)).astype(float)


def _settled(compared: pl.DataFrame, spec: Spec, trait: Trait, settled: Settled) -> Floats:
    """Return 1 for the pairs that agree in all traits of `egaux` and in one of `un_de`, else 0.

    Of a name and first name inverted the first name tells and the surname abstains (`croise`): it is equal all the same.
    """
    equal = [_agree(compared, spec.by_name[name]) for name in settled.egaux]
    if trait.declared.croise in settled.egaux:
        inverted = np.isin(compared[trait.name].to_numpy(), trait.inverted)
        equal[settled.egaux.index(trait.declared.croise)] |= inverted
    one = [_agree(compared, spec.by_name[name]) for name in settled.un_de]
    return np.asarray(np.logical_and.reduce(equal) & np.logical_or.reduce(one), dtype=np.float64)


def _agree(compared: pl.DataFrame, trait: Trait) -> npt.NDArray[np.bool_]:
    """Tell which pairs reach the first level; of two initials the letter is all that can agree."""
    last = trait.code(INITIAL) if trait.kind == INITIAL else 1
    levels = compared[trait.name].to_numpy()
    return np.asarray((levels > 0) & (levels <= last), dtype=np.bool_)
