"""From counted pairs to rates, numbers expected and intervals."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.intervals import Z, effective_people, wilson
from siei_match.stages.link.declared.couples import Couples
from siei_match.stages.link.measure.rates import (
    RATE_DIGITS,
    CoupleRates,
    ExpectedErrors,
    Interval,
    Rates,
)

FEWEST_PEOPLE: Final = 30
"""Fewer people tested for a pair of sources say nothing of it."""
MODEL_ERROR: Final = 2.0
"""The model's expectation is not better than within a factor two (docs/linkage.md)."""
Floats = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]
"""Which of the pairs of sources."""


@dataclass(frozen=True)
class Cases:
    """Weighted pairs of rows per person and pair of sources, in long form.

    couples: the pairs of sources. who: number of the person, dense. couple: pair of sources. The
    others: see `tally.COUNTS`.
    """

    couples: Couples
    who: npt.NDArray[np.int64]
    couple: npt.NDArray[np.int64]
    tested: Floats
    missed: Floats
    doubtful: Floats
    false: Floats

    @property
    def found(self) -> Floats:
        return self.tested - self.missed

    def by_couple(self, values: Floats) -> Floats:
        count = self.couples.count
        return np.asarray(np.bincount(self.couple, weights=values, minlength=count), float)

    def by_person(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.who, weights=values), float)


@dataclass(frozen=True)
class Known:
    """What the run knows of its links, per pair of sources, where one row at least has no identifier.

    made: pairs of rows put together. missed, false: what the model expects (see `doubted`).
    absence: per source, the share of rows without identifier.
    """

    couples: Couples
    made: Floats
    missed: Floats
    false: Floats
    absence: Floats


def read_cases(counted: pl.DataFrame, couples: Couples) -> Cases:
    """Weigh what `tally` counted."""
    _, who = np.unique(counted["personne"].to_numpy(), return_inverse=True)
    weight = counted["poids"].to_numpy()
    tested, missed, doubtful, false = (
        counted[name].to_numpy() * weight
        for name in ("testees", "missed", "doubtful", "false_pairs")
    )
    return Cases(
        couples=couples,
        who=who,
        couple=counted["couple"].to_numpy(),
        tested=tested,
        missed=missed,
        doubtful=doubtful,
        false=false,
    )


def ratio(cases: Cases, part: Floats, whole: Floats, scale: Floats) -> Interval:
    """Return Σ part over Σ whole, pairs of sources scaled, with its 95 % interval.

    People are the draws, not pairs: the variance is that of a ratio over people, and Wilson's
    interval takes the number of independent cases that would have it.
    """
    factor = scale[cases.couple]
    total = float((whole * factor).sum())
    if total <= 0:
        return Interval(0.0, 0.0, 1.0)
    rate = float((part * factor).sum() / total)
    sums = cases.by_couple(whole)
    rates = np.divide(cases.by_couple(part), sums, out=np.zeros(len(sums)), where=sums > 0)
    scatter = cases.by_person((part - rates[cases.couple] * whole) * factor)
    variance = float((scatter**2).sum()) / total**2
    n = effective_people(cases.by_person(whole * factor))
    if variance > 0:
        n = min(n, rate * (1 - rate) / variance)
    return Interval(rate, *wilson(rate, n))


def estimate_errors(known: Known, counted: pl.DataFrame) -> ExpectedErrors:
    """Estimate missed and false links between rows of which one at least has no identifier.

    Args:
        known: what the run knows.
        counted: see `tally`.
    """
    if bool((known.absence >= 1).all()):
        return ExpectedErrors(reason="no_identifier")
    cases = read_cases(counted, known.couples)
    numbers = range(known.couples.count)
    measured = np.array([is_measured(known, cases, pair) for pair in numbers])
    if not measured.any():
        return ExpectedErrors(reason="too_few_people")
    modelled = (known.made > 0) & ~measured
    couples = tuple(
        CoupleRates(
            *known.couples.names(pair),
            describe(known, cases, only(known, pair))
            if measured[pair]
            else expect(known, only(known, pair)),
        )
        for pair in np.flatnonzero(measured | modelled).tolist()
    )
    together = describe(known, cases, measured)
    return ExpectedErrors(
        people_tested=len(np.unique(cases.who[cases.tested > 0])),
        whole=add(together, expect(known, modelled)) if modelled.any() else together,
        measured=together,
        couples=couples,
    )


def only(known: Known, pair: int) -> Chosen:
    return np.asarray(np.arange(known.couples.count) == pair)


def is_measured(known: Known, cases: Cases, pair: int) -> bool:
    """Tell whether enough people were tested for a pair of sources that both give identifiers."""
    if any(known.absence[side] >= 1 for side in known.couples.sides(pair)):
        return False
    here = cases.couple == pair
    return effective_people(cases.tested[here]) >= FEWEST_PEOPLE


def describe(known: Known, cases: Cases, which: Chosen) -> Rates:
    """Describe pairs of sources by what hiding showed, each scaled to the links really made."""
    scale = scale_to_links(known, cases, which)
    if not scale.any():
        scale = which.astype(float)
    missed = ratio(cases, cases.missed, cases.tested, scale)
    false = ratio(cases, cases.false, cases.found + cases.false, scale)
    factor = scale[cases.couple]
    lost = float((cases.missed * factor).sum())
    links = float(known.made[which].sum())
    here = which[cases.couple] & (cases.tested > 0)
    return Rates(
        method="hidden",
        links=round(links),
        people_tested=len(np.unique(cases.who[here])),
        missed=count_missed(missed, links * (1 - false.estimate)).rounded(),
        missed_rate=missed.rounded(RATE_DIGITS),
        false=false.times(links).rounded(),
        false_rate=false.rounded(RATE_DIGITS),
        doubtful_share=(
            round(float((cases.doubtful * factor).sum()) / lost, 3) if lost > 0 else None
        ),
        missed_expected=round(float(known.missed[which].sum()), 1),
        false_expected=round(float(known.false[which].sum()), 1),
    )


def scale_to_links(known: Known, cases: Cases, which: Chosen) -> Floats:
    """Return, per pair of sources, how many links really made each pair found in the test stands for."""
    found = cases.by_couple(cases.found)
    return np.divide(known.made, found, out=np.zeros(len(found)), where=which & (found > 0))


def count_missed(rate: Interval, right: float) -> Interval:
    """Return how many pairs are missed where `right` are found, at a rate of all there are."""
    low, middle, high = sorted(
        right * r / (1 - r) if r < 1 else right for r in (rate.estimate, rate.low, rate.high)
    )
    return Interval(middle, low, high)


def expect(known: Known, which: Chosen) -> Rates:
    """Describe pairs of sources that nothing measures by what the model expects."""
    links = float(known.made[which].sum())
    missed = model_range(float(known.missed[which].sum()))
    false = model_range(min(links, float(known.false[which].sum())))
    return Rates(
        method="model",
        links=round(links),
        people_tested=0,
        missed=missed.rounded(),
        missed_rate=share_missed(missed, links - false.estimate).rounded(RATE_DIGITS),
        false=false.rounded(),
        false_rate=share_false(false, links).rounded(RATE_DIGITS),
        doubtful_share=None,
        missed_expected=round(missed.estimate, 1),
        false_expected=round(false.estimate, 1),
    )


def share_missed(missed: Interval, right: float) -> Interval:
    low, middle, high = (
        m / (m + right) if m + right > 0 else 0.0
        for m in sorted((missed.estimate, missed.low, missed.high))
    )
    return Interval(middle, low, high)


def share_false(false: Interval, links: float) -> Interval:
    low, middle, high = (
        min(1.0, f / links) if links else 0.0
        for f in sorted((false.estimate, false.low, false.high))
    )
    return Interval(middle, low, high)


def model_range(expected: float) -> Interval:
    """Return a count that the model expects, with a range: chance (Byar), and the model's own error.

    `MODEL_ERROR` is what simulated worlds showed; it is no confidence interval.
    """
    low = count_range(expected / MODEL_ERROR)[0]
    return Interval(expected, low, count_range(expected * MODEL_ERROR)[1])


def count_range(count: float) -> tuple[float, float]:
    """Return the ends of the 95 % interval of a count that chance makes (Byar's approximation)."""
    low = (1 - 1 / (9 * count) - Z / (3 * count**0.5)) if count > 0 else 0.0
    more = count + 1
    high = 1 - 1 / (9 * more) + Z / (3 * more**0.5)
    return count * max(0.0, low) ** 3, more * high**3


def add(one: Rates, other: Rates) -> Rates:
    """Add the errors of measured and of modelled pairs of sources."""
    links = one.links + other.links
    missed, false = one.missed.plus(other.missed), one.false.plus(other.false)
    return Rates(
        method="both",
        links=links,
        people_tested=one.people_tested,
        missed=missed.rounded(),
        missed_rate=share_missed(missed, links - false.estimate).rounded(RATE_DIGITS),
        false=false.rounded(),
        false_rate=share_false(false, links).rounded(RATE_DIGITS),
        doubtful_share=None,
        missed_expected=round(one.missed_expected + other.missed_expected, 1),
        false_expected=round(one.false_expected + other.false_expected, 1),
    )
