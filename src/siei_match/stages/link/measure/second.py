"""The second estimate: chances and a wider search, where the first hides identifiers.

The first estimate (`errors_expected`) hides identifiers that are known: it sees only people who have
one, and sources that give none lean on the model. This one takes no identifier for the truth:

- missed: the chances of the pairs that the run weighed and left apart, and of those that it never
  weighed (`unmet`), each person having one partner at most;
- false: the chances of the other side of every pair that likeness joined.

Both are shown side by side. Where their intervals do not meet, one of the two is wrong.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.engines import Shelf
from siei_match.reference.intervals import Z
from siei_match.reference.memory import give_back
from siei_match.reference.parallel import both
from siei_match.stages.link.declared.couples import Couples
from siei_match.stages.link.measure.doubted import false_chances, missed_chances, spread_pairs
from siei_match.stages.link.measure.errors_expected import MODEL_ERROR, count_range
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.rates import (
    CoupleMissed,
    ExpectedErrors,
    Interval,
    SecondEstimate,
)
from siei_match.stages.link.measure.unmet import Unmet, seek_widely
from siei_match.stages.link.people.evidence import regroup
from siei_match.stages.link.people.settling import membership_frame
from siei_match.stages.link.people.trace import Trace

LIKELY: Final = 0.1
"""A pair of less chance that nobody weighed is a stranger's: their many small chances would outweigh
the true pairs."""
Floats = npt.NDArray[np.float64]


def measure_twice(
    trace: Trace,
    part: float = 1.0,
    *,
    note: Callable[[pl.DataFrame], None] | None = None,
    shelf: Shelf | None = None,
) -> ExpectedErrors:
    """Estimate the errors of a linkage in both ways; see `measuring.measure` for the arguments.

    Side by side, as much of each is done by one core; one after the other where memory is bounded.
    """
    one = partial(measure, trace, part, note=note, shelf=shelf)
    other = partial(estimate_again, trace, shelf)
    first, second = (one(), other()) if shelf and shelf.memory else both(one, other)
    return replace(first, second=second)


def estimate_again(trace: Trace, shelf: Shelf | None = None) -> SecondEstimate:
    """Estimate missed and false links once more, without hiding anything.

    Args:
        trace: the linkage.
        shelf: where the passes of the wider search are held; by default in memory.
    """
    give_back()
    unmet = seek_widely(trace, shelf=shelf)
    give_back()
    weighed, never, each = missed_links(trace, unmet)
    # What one person of the sample stands for is the least that a sample without any may hide.
    spread = Z * float(np.sqrt((each**2).sum() * (1 - unmet.share)))
    expected = weighed + never
    couples = Couples(trace.fiches.spec.sources)
    false = spread_pairs(trace, trace.groups, false_chances(trace))
    return SecondEstimate(
        people=unmet.people,
        sought=unmet.sought,
        missed=widened(float(expected.sum()), spread).rounded(),
        unmet=widened(float(never.sum()), spread).rounded(),
        false=widened(float(false.sum()), 0.0).rounded(),
        couples=tuple(
            CoupleMissed(*couples.names(pair), widened(float(expected[pair]), 0.0).rounded())
            for pair in np.flatnonzero(expected > 0).tolist()
        ),
    )


def missed_links(trace: Trace, unmet: Unmet) -> tuple[Floats, Floats, Floats]:
    """Return, per pair of sources, rows of one person left apart: weighed, never weighed; and each of the latter."""
    met = regroup(trace.gathered, membership_frame(trace.people), trace.model)
    both = pl.concat(
        [
            met.with_columns(weight=pl.lit(1.0), new=pl.lit(value=False)),
            unmet.pairs.with_columns(new=pl.lit(value=True)).select(*met.columns, "weight", "new"),
        ]
    )
    chances = missed_chances(both)
    told = chances.join(both, on=["pa", "pb"]).rename({"pa": "a", "pb": "b"})
    persons = trace.people[trace.groups]
    weighed = spread_pairs(trace, persons, told.filter(~pl.col("new")).select("a", "b", "chance"))
    likely = told.filter(pl.col("new") & (pl.col("chance") >= LIKELY))
    stood = likely.with_columns(chance=pl.col("chance") * pl.col("weight"))
    never = spread_pairs(trace, persons, stood.select("a", "b", "chance"))
    return weighed, never, stood["chance"].to_numpy()


def widened(expected: float, spread: float) -> Interval:
    """Return a count with the range of its sample, of chance and of the model (`MODEL_ERROR`)."""
    low = count_range(max(0.0, expected - spread) / MODEL_ERROR)[0]
    high = count_range((expected + spread) * MODEL_ERROR)[1]
    return Interval(expected, low, high)
