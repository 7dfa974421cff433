"""What a linkage says of its own errors: the form of an estimate, plain values only."""

from dataclasses import dataclass
from typing import Final, Literal

Method = Literal["hidden", "model", "both"]
"""Measured by hiding known identifiers, expected by the model, or the sum of the two."""
Reason = Literal["no_identifier", "too_few_people"]
"""Why nothing can be said."""
RATE_DIGITS: Final = 6


@dataclass(frozen=True)
class Interval:
    """An estimate and the ends of its 95 % interval."""

    estimate: float
    low: float
    high: float

    def rounded(self, digits: int = 1) -> "Interval":
        return Interval(*(round(value, digits) for value in (self.estimate, self.low, self.high)))

    def meets(self, other: "Interval") -> bool:
        return self.low <= other.high and other.low <= self.high

    def times(self, count: float) -> "Interval":
        return Interval(*(count * value for value in (self.estimate, self.low, self.high)))

    def plus(self, other: "Interval") -> "Interval":
        """Add two estimates: their distances to the ends add like independent errors."""
        down = sum((x.low - x.estimate) ** 2 for x in (self, other)) ** 0.5
        up = sum((x.high - x.estimate) ** 2 for x in (self, other)) ** 0.5
        middle = self.estimate + other.estimate
        return Interval(middle, max(0.0, middle - down), middle + up)


@dataclass(frozen=True)
class Rates:
    """Expected errors among pairs of rows of which one at least has no identifier.

    links: such pairs that the linkage put together. missed: pairs of one person left apart;
    missed_rate: their share of the pairs that there are. false: pairs of two people put together;
    false_rate: their share of the links. doubtful_share: of the missed pairs, those in doubt.
    missed_expected, false_expected: what the model alone expects.
    """

    method: Method
    links: int
    people_tested: int
    missed: Interval
    missed_rate: Interval
    false: Interval
    false_rate: Interval
    doubtful_share: float | None
    missed_expected: float
    false_expected: float


@dataclass(frozen=True)
class CoupleRates:
    """The same for one pair of sources."""

    source_a: str
    source_b: str
    rates: Rates


@dataclass(frozen=True)
class CoupleMissed:
    """The missed pairs of rows of one pair of sources."""

    source_a: str
    source_b: str
    missed: Interval


@dataclass(frozen=True)
class SecondEstimate:
    """What a run expects of the same errors without hiding anything (`second`).

    people: without an identifier. sought: of them, those sought again widely. missed: pairs of rows
    of one person left apart; unmet: of them, those that nobody compared. false: pairs of two people
    put together. couples: the missed ones by pair of sources.
    """

    people: int
    sought: int
    missed: Interval
    unmet: Interval
    false: Interval
    couples: tuple[CoupleMissed, ...] = ()


@dataclass(frozen=True)
class ExpectedErrors:
    """What a linkage measured of itself, or the `reason` alone where nothing can be said.

    whole: all pairs of sources together. measured: those that hiding identifiers measures.
    couples: each, in the order of their sources. second: the same errors, estimated in another way.
    """

    reason: Reason | None = None
    people_tested: int = 0
    whole: Rates | None = None
    measured: Rates | None = None
    couples: tuple[CoupleRates, ...] = ()
    second: SecondEstimate | None = None

    @property
    def disagree(self) -> tuple[Literal["missed", "false"], ...]:
        """Return the kinds of errors of which the intervals of the two estimates do not meet."""
        if self.whole is None or self.second is None:
            return ()
        pairs: tuple[tuple[Literal["missed", "false"], Interval, Interval], ...] = (
            ("missed", self.whole.missed, self.second.missed),
            ("false", self.whole.false, self.second.false),
        )
        return tuple(kind for kind, one, other in pairs if not one.meets(other))
