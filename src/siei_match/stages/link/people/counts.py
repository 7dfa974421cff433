"""How much there was at each step of a linkage: numbers alone."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from siei_match.stages.link.blocks.blocking import PassCounts
from siei_match.stages.link.people.candidates import Met
from siei_match.stages.link.people.constraints import BoundCounts
from siei_match.stages.link.people.cores import count_kept
from siei_match.stages.link.people.sure import Sure
from siei_match.stages.link.people.trace import Trace

A_LIFE: Final = 20
"""Distinct records of one person in two school years of all sources, beyond which a person looks."""


@dataclass(frozen=True)
class LinkageCounts:
    """How much there was at each step.

    rows; records: distinct contents of a source. fillers: identifiers that too many records share,
    taken for absent. identifier_pairs: pairs of records that share one; identifier_conflicts: those
    that the other traits make unbelievable. trait_pairs: tied by identical traits. candidate_pairs:
    what the passes found. weighed_pairs: of groups, by all their evidence. doubts: pairs of people.
    judgements: what became of the clerks', if there are any. held: people who are one only for
    having been one last time. beyond_a_life: people of more records than a life holds.
    """

    rows: int
    records: int
    fillers: int
    identifier_pairs: int
    identifier_conflicts: int
    trait_pairs: int
    candidate_pairs: int
    passes: tuple[PassCounts, ...]
    weighed_pairs: int
    doubts: int
    people: int
    judgements: BoundCounts | None = None
    held: int = 0
    beyond_a_life: int = 0


def count(trace: Trace, sure: Sure, met: Met, judgements: BoundCounts | None) -> LinkageCounts:
    return LinkageCounts(
        rows=trace.fiches.lignes.height,
        records=trace.fiches.count,
        fillers=trace.fiches.fillers,
        identifier_pairs=sure.same_identifier.height,
        identifier_conflicts=sure.same_identifier.height - sure.by_identifier.height,
        trait_pairs=sure.by_traits.height,
        candidate_pairs=met.pairs,
        passes=met.passes,
        weighed_pairs=trace.gathered.height,
        doubts=trace.doubts.height,
        people=int(trace.people.max()) + 1 if len(trace.people) else 0,
        judgements=judgements,
        held=count_kept(trace),
        beyond_a_life=int((np.bincount(trace.people[trace.groups]) > A_LIFE).sum()),
    )
