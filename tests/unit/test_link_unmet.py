"""What blocking missed: lone records compared with everybody, against passes that meet nobody."""

from dataclasses import replace

import polars as pl
import pytest

from siei_match.stages.link import link
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.rates import ExpectedErrors, Interval
from siei_match.stages.link.measure.unmet import estimate_unmet_links, lone_records
from siei_match.stages.link.people.trace import Trace
from tests.worlds import small_world


@pytest.fixture(scope="module")
def trace() -> Trace:
    traces: list[Trace] = []

    def look(found: Trace) -> ExpectedErrors:
        traces.append(found)
        return measure(found)

    traits, parcours, _ = small_world(110, 6, ine=0.5)
    link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1, measure=look)
    return traces[-1]


def blind(trace: Trace, *, near: pl.DataFrame) -> Trace:
    """The same run, whose groups likeness put together are apart, and which looked at `near` alone."""
    groups = trace.groups
    return replace(
        trace, people=pl.Series(range(int(groups.max()) + 1), dtype=pl.UInt32).to_numpy(), near=near
    )


@pytest.fixture(scope="module")
def parted(trace: Trace) -> Trace:
    return blind(trace, near=trace.near.clear())


@pytest.fixture(scope="module")
def lost(parted: Trace) -> Interval:
    found = estimate_unmet_links(parted)
    assert found is not None
    return found


def test_passes_that_meet_nobody_are_told(trace: Trace, parted: Trace, lost: Interval) -> None:
    # Every link that likeness makes of a lone record is one that these passes lost, or nearly.
    lone = lone_records(parted)
    joined = trace.people[trace.groups]
    made = sum(int((joined == joined[one]).sum() > 1) for one in lone)
    assert made > 12
    assert lost.low <= made <= lost.high
    assert lost.estimate == pytest.approx(made, rel=0.35)


def test_what_was_looked_at_was_not_lost(trace: Trace, lost: Interval) -> None:
    few = estimate_unmet_links(blind(trace, near=trace.near))
    assert few is not None
    assert few.estimate < 0.1 * lost.estimate


def test_lone_records_have_no_identifier_and_one_source(trace: Trace) -> None:
    lone = set(lone_records(trace).tolist())
    person, source = trace.people[trace.groups], trace.fiches.codes("source")
    with_identifier = {i for i, code in enumerate(trace.fiches.codes("ine")) if code}
    assert lone
    assert not lone & with_identifier
    for one in list(lone)[:20]:
        assert len(set(source[person == person[one]])) == 1
