"""The second estimate: a wider search, against passes that meet nobody; chances of what is joined."""

from dataclasses import replace

import numpy as np
import pytest

from siei_match.stages.link import link
from siei_match.stages.link.measure import unmet
from siei_match.stages.link.measure.doubted import false_chances
from siei_match.stages.link.measure.rates import ExpectedErrors, Interval, Rates, SecondEstimate
from siei_match.stages.link.measure.second import (
    estimate_again,
    measure_twice,
)
from siei_match.stages.link.measure.unmet import people_without_identifier, seek_widely
from siei_match.stages.link.people.trace import Trace
from tests.worlds import small_world


@pytest.fixture(scope="module")
def trace() -> Trace:
    traces: list[Trace] = []

    def look(found: Trace) -> ExpectedErrors:
        traces.append(found)
        return measure_twice(found)

    traits, parcours, _ = small_world(110, 6, ine=0.5)
    found = link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1, measure=look)
    assert found.errors is not None
    assert found.errors.second == estimate_again(traces[-1])
    return traces[-1]


@pytest.fixture(scope="module")
def parted(trace: Trace) -> Trace:
    """The same run, whose groups likeness put together are apart, and which looked at nobody."""
    alone = np.arange(int(trace.groups.max()) + 1, dtype=np.uint32)
    return replace(trace, people=alone, near=trace.near.clear(), gathered=trace.gathered.clear())


def rows_joined_by_likeness(trace: Trace) -> int:
    """Count the pairs of rows, one without INE, whose groups likeness put together."""
    rows = trace.fiches.lignes["fiche"].to_numpy()
    ine = trace.fiches.codes("ine")[rows] != 0
    group, person = trace.groups[rows], trace.people[trace.groups[rows]]
    a, b = np.triu_indices(len(rows), 1)
    together = (person[a] == person[b]) & (group[a] != group[b])
    return int((together & ~(ine[a] & ine[b])).sum())


def test_passes_that_meet_nobody_are_told(trace: Trace, parted: Trace) -> None:
    # Every link that likeness makes is one that these passes lost.
    made = rows_joined_by_likeness(trace)
    assert made > 12
    lost = estimate_again(parted)
    assert lost.unmet.low <= made <= lost.unmet.high
    assert lost.unmet.estimate == pytest.approx(made, rel=0.35)
    assert lost.unmet == lost.missed


def test_what_was_weighed_was_not_lost(trace: Trace, parted: Trace) -> None:
    heard = replace(parted, gathered=trace.gathered)
    found = estimate_again(heard)
    assert found.unmet.estimate < 0.1 * estimate_again(parted).unmet.estimate
    # They are missed all the same: nobody put them together.
    assert found.missed.estimate == pytest.approx(estimate_again(parted).missed.estimate, rel=0.35)


def test_the_sample_stands_for_all(parted: Trace) -> None:
    whole = seek_widely(parted)
    assert whole.sought == whole.people > 40
    sums = [
        float(seek_widely(parted, most=30, seed=seed).pairs["weight"].sum()) for seed in range(40)
    ]
    assert np.mean(sums) == pytest.approx(whole.pairs.height, rel=0.1)


@pytest.mark.parametrize("most", [6, 30])
def test_a_share_of_the_others_stands_for_all_of_them(
    parted: Trace, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Of a country a share of the people is looked at: found pairs, weighed, are those of a search among all."""
    whole = seek_widely(parted)
    monkeypatch.setattr(unmet, "LOOKED_AT", parted.fiches.count // 3)
    found = [seek_widely(parted, most=most, seed=seed) for seed in range(60)]
    assert {one.sought for one in found} == {min(3 * most, whole.people)}
    sums = [float(one.pairs["weight"].sum()) for one in found]
    assert np.mean(sums) == pytest.approx(whole.pairs.height, rel=0.15)
    pairs = {row for one in found for row in one.pairs.select("pa", "pb").iter_rows()}
    assert pairs <= set(whole.pairs.select("pa", "pb").iter_rows())


def test_people_without_identifier_hold_none(trace: Trace) -> None:
    found = set(people_without_identifier(trace).tolist())
    person = trace.people[trace.groups]
    assert found
    with_identifier = set(person[trace.fiches.codes("ine") != 0].tolist())
    assert found == set(person.tolist()) - with_identifier


def test_false_links_are_the_other_side_of_what_likeness_joined(trace: Trace) -> None:
    found = estimate_again(trace)
    chances = false_chances(trace)["chance"].to_numpy()
    assert 0 < chances.max() <= 1 - 0.9
    assert 0 <= found.false.low <= found.false.estimate <= found.false.high
    # Where nobody was joined, nobody was joined wrongly.
    parted = replace(trace, gathered=trace.gathered.clear())
    assert estimate_again(parted).false.estimate == 0


@pytest.mark.parametrize(
    ("missed", "false", "told"),
    [
        (Interval(5, 1, 9), Interval(1, 0, 3), ()),
        (Interval(5, 3.1, 9), Interval(1, 0, 3), ("missed",)),
        (Interval(1, 0, 2), Interval(9, 4, 20), ("false",)),
        (Interval(30, 20, 50), Interval(9, 4, 20), ("missed", "false")),
    ],
)
def test_intervals_that_do_not_meet_are_told(
    missed: Interval, false: Interval, told: tuple[str, ...]
) -> None:
    first = Rates("hidden", 100, 50, Interval(2, 1, 3), Interval(0.02, 0.01, 0.03), Interval(1, 0, 3),
                  Interval(0.01, 0, 0.03), None, 2.0, 1.0)  # fmt: skip
    second = SecondEstimate(10, 10, missed, missed, false)
    assert ExpectedErrors(whole=first, second=second).disagree == told
    assert ExpectedErrors(reason="no_identifier", second=second).disagree == ()


def test_a_linkage_of_nobody_has_no_second_error(trace: Trace) -> None:
    traits, parcours, _ = small_world(110, 6, ine=0.5)
    empty: list[SecondEstimate] = []

    def look(found: Trace) -> ExpectedErrors:
        empty.append(estimate_again(found))
        return ExpectedErrors(reason="no_identifier", second=empty[-1])

    link(traits.clear(), parcours.clear(), seuil_lien=0.9, seuil_doute=0.1, measure=look)
    assert (empty[-1].people, empty[-1].missed.estimate, empty[-1].false.estimate) == (0, 0, 0)
    assert empty[-1].couples == ()
