"""People are made of groups, and made again knowing in which sources those of before stand."""

from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.model.model import WeightModel
from siei_match.stages.link.people.evidence import group_bits
from siei_match.stages.link.people.grouping import agglomerate, weigh_rivals
from siei_match.stages.link.people.held import LEEWAY
from siei_match.stages.link.people.presence import FARTHEST, Presence

HEARD: Final = 2
"""How often the sources are heard: of the first people many are in pieces still, which stand in fewer sources than they
will."""
Labels = npt.NDArray[np.uint32]


def make_people(
    model: WeightModel,
    gathered: pl.DataFrame,
    groups: Labels,
    at: tuple[float, float],
    count: Callable[[Labels], Presence],
) -> tuple[pl.DataFrame, Labels, Presence]:
    """Make people, and again knowing in which sources those of before stand, as often as that changes (`HEARD`).

    Args:
        model: what levels weigh.
        gathered: evidence between groups, before rivals were weighed.
        groups: the group of each fiche.
        at: bits of the thresholds, link and doubt.
        count: says in which sources people stand, given the person of each fiche.

    Returns: the evidence with `presence` and rivals weighed, the person of each group, and what `count` said.
    """
    link_bits, doubt_bits = at
    sizes = np.bincount(groups)
    # What sources say is heard of people whom the rows alone make: yesterday speaks last.
    anew = gathered.drop(LEEWAY, strict=False)
    first = agglomerate(sizes, weigh_rivals(anew, doubt_bits), link_bits, model)
    people, seen = first, None
    for _ in range(HEARD):
        before, seen = seen, count(people[groups])
        if seen is before:
            break
        heard = hear_presence(model, gathered, seen, first[groups], first, groups)
        weighed = weigh_rivals(heard, doubt_bits)
        people = agglomerate(sizes, weighed, link_bits, model)
    assert seen is not None  # noqa: S101
    return weighed, people, seen


def hear_presence(
    model: WeightModel,
    gathered: pl.DataFrame,
    seen: Presence,
    persons: Labels,
    people: Labels,
    groups: Labels | None = None,
) -> pl.DataFrame:
    """Add to the evidence between groups what the sources of their people say.

    Args:
        model: what levels weigh.
        gathered: evidence between groups.
        seen: in which sources people stand.
        persons: the person of each fiche.
        people: the person of each group.
        groups: the group of each fiche, where two groups may be one person's already.
    """
    ga, gb = (gathered[side].to_numpy() for side in ("ga", "gb"))
    pa, pb = people[ga], people[gb]
    told, twins = seen.bits(persons, pa, pb)
    if groups is not None:
        same = np.flatnonzero(pa == pb)
        told[same] = seen.within(persons, groups, ga[same], gb[same])
    said = pl.Series(told)
    # Against strangers the sources of both say what the prior of two sources says, and more: it is not counted twice.
    instead = seen.trust * (-seen.everybody - pl.col("prior") / pl.col("paires"))
    whole = (said + instead).clip(-FARTHEST, FARTHEST)
    heard = gathered.lazy().with_columns(
        presence=said * pl.col("paires"),
        rebased=pl.when(pl.Series(pa != pb)).then((whole - said) * pl.col("paires")).otherwise(0.0),
        twinship=pl.Series(twins) * pl.col("paires"),
    )
    # Lazily: the weights of a trait stand in the odds of every class, and are computed once.
    return heard.with_columns(bits=group_bits(model)).collect()
