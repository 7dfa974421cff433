"""The run measures itself: hide identifiers that are known, link again by traits alone, and compare.

Only what hiding can change is linked again: the groups that a hidden fiche breaks, those that
blocking then lets them meet, and what these hang on to. The rest is taken from the run as it is.
Model and thresholds are the run's own.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import distinct, packed, unpacked
from siei_match.reference.engines import Shelf
from siei_match.reference.memory import give_back
from siei_match.stages.link.blocks.blocking import build_index
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.base import Compared, Kind
from siei_match.stages.link.declared.couples import Couples
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.measure.doubted import expected_by_model
from siei_match.stages.link.measure.errors_expected import Known, estimate_errors
from siei_match.stages.link.measure.hiding import absence_rates, draw, people_by_identifier
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.measure.tally import links_made, tally
from siei_match.stages.link.measure.tested import tested_people
from siei_match.stages.link.model.classifier import FellegiSunter
from siei_match.stages.link.model.numbers import own_number_sources
from siei_match.stages.link.people.candidates import search
from siei_match.stages.link.people.evidence import group_bits
from siei_match.stages.link.people.heard import make_people
from siei_match.stages.link.people.presence import FARTHEST
from siei_match.stages.link.people.settling import (
    compare_groups,
    doubtful,
    grouping_frame,
    joined_by_others,
    pairs_of_groups,
    promising_fiches,
)
from siei_match.stages.link.people.tiers import components, pairs_by_traits
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.records import Fiches, Ids

Labels = npt.NDArray[np.uint32]


class HidingComparator(Comparator):
    """A comparator to which the identifier of some fiches is unknown."""

    def __init__(self, known: Comparator, hidden: npt.NDArray[np.bool_]) -> None:
        self.__dict__.update(known.__dict__)
        identifier = known.spec.identifier
        assert identifier is not None  # noqa: S101
        self.kinds = known.kinds | {
            identifier.name: HiddenKind(known.kinds[identifier.name], hidden)
        }


class HiddenKind:
    """A trait that is unknown of some fiches: absent in the pairs of which these are a side."""

    def __init__(self, known: Kind, hidden: npt.NDArray[np.bool_]) -> None:
        self.trait = known.trait
        self.known = known
        self.hidden = hidden

    def compare(self, a: Ids, b: Ids) -> Compared:
        levels, part = self.known.compare(a, b)
        return np.where(self.hidden[a] | self.hidden[b], np.uint8(ABSENT), levels), part


@dataclass(frozen=True)
class Relinked:
    """The linkage with identifiers hidden: the person of each fiche, the pairs of people in doubt.

    Only people who hold a hidden fiche are whole here; the others are in pieces, or as they were.
    """

    people: Labels
    doubts: pl.DataFrame


def measure(
    trace: Trace,
    part: float = 1.0,
    *,
    note: Callable[[pl.DataFrame], None] | None = None,
    shelf: Shelf | None = None,
) -> ExpectedErrors:
    """Estimate the errors of a linkage from its own data.

    Args:
        trace: the linkage.
        part: share of the people with an identifier to draw.
        note: is told what the test showed of each person (`tested.tested_people`).
        shelf: where what is indexed again is held; by default in memory.
    """
    if trace.model.spec.identifier is None:
        return ExpectedErrors(reason="no_identifier")
    person = people_by_identifier(trace.fiches, trace.by_identifier)
    drawn = draw(trace.fiches, person, part)
    hidden = np.zeros(trace.fiches.count, dtype=np.bool_)
    hidden[drawn.filter("cache")["fiche"].to_numpy()] = True
    again = relink(trace, hidden, shelf)
    counted = tally(trace, person, drawn, again.people, again.doubts)
    missed, false = expected_by_model(trace)
    couples = Couples(trace.fiches.spec.sources)
    known = Known(couples, links_made(trace), missed, false, absence_rates(trace.fiches))
    if note is not None:
        note(tested_people(trace, person, known, counted))
    return estimate_errors(known, counted)


def relink(trace: Trace, hidden: npt.NDArray[np.bool_], shelf: Shelf | None = None) -> Relinked:
    """Link again without the identifier of the hidden fiches; the rest of the run is reused."""
    fiches = hide_in_table(trace.fiches, hidden)
    comparator = HidingComparator(trace.comparator, hidden)
    groups = sure_groups(trace, fiches, comparator, hidden)
    give_back()
    touched = touched_fiches(trace.groups, groups, hidden)
    near = candidates_of(trace, fiches, comparator, groups, touched, shelf=shelf)
    give_back()
    gathered = evidence(trace, comparator, near, groups, touched)
    at = (trace.lien_bits, trace.doute_bits)
    gathered, people, _ = make_people(trace.model, gathered, groups, at, lambda _: trace.seen)
    doubts = doubtful(
        trace.model, comparator, gathered, people, groups, trace.doute_bits, seen=trace.seen
    )
    return Relinked(people[groups], doubts)


def hide_in_table(fiches: Fiches, hidden: npt.NDArray[np.bool_]) -> Fiches:
    assert fiches.spec.identifier is not None  # noqa: S101
    column = fiches.spec.identifier.columns[0]
    kept = pl.Series(column, np.where(hidden, np.uint32(0), fiches.codes(column)))
    return replace(fiches, table=fiches.table.with_columns(kept))


def sure_groups(
    trace: Trace, fiches: Fiches, comparator: Comparator, hidden: npt.NDArray[np.bool_]
) -> Labels:
    """Return the groups of the sure tiers, where a hidden identifier ties nobody."""
    a, b = trace.by_identifier["a"].to_numpy(), trace.by_identifier["b"].to_numpy()
    by_identifier = trace.by_identifier.filter(pl.Series(~(hidden[a] | hidden[b]))).select("a", "b")
    by_traits = pairs_by_traits(fiches, comparator, trace.unique)
    return components(fiches.count, pl.concat([by_identifier, by_traits]))


def touched_fiches(
    before: Labels, after: Labels, hidden: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Return the fiches of groups that hold a hidden fiche, or that hiding broke or made."""
    was, is_now = unpacked(distinct(packed(before, after)))
    split = np.bincount(was) > 1
    joined = np.bincount(is_now) > 1
    struck = np.zeros(len(joined), dtype=np.bool_)
    struck[after[hidden]] = True
    touched: npt.NDArray[np.bool_] = split[before] | joined[after] | struck[after]
    return touched


def candidates_of(
    trace: Trace,
    fiches: Fiches,
    comparator: HidingComparator,
    groups: Labels,
    touched: npt.NDArray[np.bool_],
    *,
    shelf: Shelf | None = None,
) -> pl.DataFrame:
    """Return the pairs that may matter and touch a touched fiche: those of the run, and new ones.

    A fiche whose identifier is hidden is searched for as one without, in passes that the run spared
    it. All the others stand in one group, so that blocking pairs none of them again.
    """
    a, b = (trace.near[side].to_numpy() for side in ("a", "b"))
    known = trace.near.filter(pl.Series((touched[a] | touched[b]) & (groups[a] != groups[b])))
    elsewhere = np.where(touched, groups, np.uint32(len(groups)))
    index = build_index(
        fiches,
        comparator.words,
        elsewhere,
        near=touched,
        own=own_number_sources(trace.model),
        shelf=shelf,
    )
    met, _ = search(index, comparator, FellegiSunter(trace.model, fiches))
    compared = pl.concat([comparator.compare(known), met])
    return promising_fiches(trace.model, compared).unique()


def evidence(
    trace: Trace,
    comparator: Comparator,
    near: pl.DataFrame,
    groups: Labels,
    touched: npt.NDArray[np.bool_],
) -> pl.DataFrame:
    """Gather the evidence between groups: the run's own where nothing is touched, else new.

    Only the connected sets that hold a touched group are kept: the others are the run's.
    """
    members = grouping_frame(groups)
    struck = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.bool_)
    struck[groups[touched]] = True
    promising = pairs_of_groups(near, groups)
    new = compare_groups(trace.model, comparator, promising, members)
    all_of = pl.concat([new, kept_evidence(trace, groups, struck).select(new.columns)])
    # What the sources may add is not heard yet.
    strong = all_of.filter(pl.col("bits") >= trace.doute_bits - FARTHEST)
    whole = components(len(struck), strong.select(a="ga", b="gb"))
    reached = np.zeros(int(whole.max(initial=0)) + 1, dtype=np.bool_)
    reached[whole[struck]] = True
    ends = (reached[whole[all_of[side].to_numpy()]] for side in ("ga", "gb"))
    all_of = all_of.filter(pl.Series(np.logical_or(*ends)))
    strong = all_of.filter(pl.col("bits") >= trace.doute_bits)
    joined = joined_by_others(len(struck), strong)
    missing = joined.join(all_of, on=["ga", "gb"], how="anti")
    more = compare_groups(trace.model, comparator, missing, members)
    return pl.concat([all_of, more]).sort("ga", "gb")


def kept_evidence(trace: Trace, groups: Labels, struck: npt.NDArray[np.bool_]) -> pl.DataFrame:
    """Return the run's evidence between groups that hiding left alone, under their new numbers."""
    number = np.zeros(int(trace.groups.max(initial=0)) + 1, dtype=np.uint32)
    number[trace.groups] = groups
    ga, gb = (number[trace.gathered[side].to_numpy()] for side in ("ga", "gb"))
    return (
        trace.gathered.with_columns(
            ga=pl.Series(np.minimum(ga, gb)),
            gb=pl.Series(np.maximum(ga, gb)),
            # As it was before rivals were weighed and sources heard: there may be others now.
            presence=0.0,
            rebased=0.0,
            twinship=0.0,
        )
        .with_columns(bits=group_bits(trace.model))
        .filter(pl.Series(~(struck[ga] | struck[gb])))
    )
