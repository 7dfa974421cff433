"""Dates, by their parts."""

from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import runs, spread
from siei_match.stages.link.compare.kinds.base import (
    Compared,
    Levels,
    Shares,
    first_that_holds,
)
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.country import DAYS_OF_BIRTH, STRENGTH
from siei_match.stages.link.records.records import Codes, Fiches, Ids

Parts = npt.NDArray[np.int32]
WIDTHS = (4, 2, 2)
"""Digits of the year, the month and the day."""
FEBRUARY: Final = 2
UNKNOWN_DAY = np.iinfo(np.int32).min


class Dates:
    """A date in three numbers, each of which may be unknown; a year alone unknown is a partial date.

    A date on 1 January may stand for an unknown day (births abroad, judgments in lieu of a
    certificate: matchID), so it agrees with any date of its year as a partial date does. So does February without a
    day: such a date was mostly written as a day that February does not have (30/02, 31/02), and whoever wrote it
    knew no month either.
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        self.trait = trait
        self.parts = np.column_stack([fiches.codes(c).astype(np.int32) for c in trait.columns])
        self.parts[(self.parts[:, 1] == FEBRUARY) & (self.parts[:, 2] == 0), 1] = 0
        self.digits = digits_of(self.parts)
        full = (self.parts > 0).all(axis=1)
        self.stands_for_unknown = (self.parts[:, 0] > 0) & (self.parts[:, 1:] <= 1).all(axis=1)
        """No day or month, or 1 January."""
        self._values = np.where(full, number_of(self.parts), np.uint64(0))
        self.days = np.where(full, days_of(self.parts), UNKNOWN_DAY).astype(np.int32)
        found = runs(spread(self._values))
        born = found.lengths[found.numbers()] + STRENGTH / DAYS_OF_BIRTH
        share = np.where(full, born / (full.sum() + STRENGTH), np.nan)
        self.share: Shares = share.astype(np.float32)

    def compare(self, a: Ids, b: Ids) -> Compared:
        # Most candidates are born on one day, and then nothing more is asked.
        values = self._values[a]
        if "egal" not in self.trait.levels:
            return self._levels(a, b), self.share[a]
        levels = np.full(len(a), self.trait.code("egal"), dtype=np.uint8)
        other = np.flatnonzero((values != self._values[b]) | (values == 0))
        levels[other] = self._levels(a[other], b[other])
        return levels, self.share[a]

    def _levels(self, a: Ids, b: Ids) -> Levels:
        x, y = self.parts[a], self.parts[b]
        wrong_digits = (self.digits[a] != self.digits[b]).sum(axis=1)
        same = x == y
        unknown = (x == 0) | (y == 0)
        year = same[:, 0]
        partial = unknown.any(axis=1)
        agree = (same | unknown).all(axis=1)
        # Without a year, day and month together still say something; one of them does not.
        absent = unknown[:, 0] & unknown[:, 1:].any(axis=1)
        january = (x[:, 1:] == 1).all(axis=1) | (y[:, 1:] == 1).all(axis=1)
        exchanged = same.sum(axis=1) == 2
        exchanged &= exchanged_digits(self.digits[a], self.digits[b])
        swapped = year & (x[:, 1] == y[:, 2]) & (x[:, 2] == y[:, 1])
        return first_that_holds(
            self.trait,
            absent,
            [
                (partial & agree, "partiel"),
                (partial, "different"),
                (same.all(axis=1), "egal"),
                (swapped | exchanged, "inversion"),
                (wrong_digits == 1, "un_chiffre"),
                (next_days(self.days[a], self.days[b]), "un_jour"),
                (year & january, "partiel"),
                (same.sum(axis=1) == 2, "deux_elements"),
                ((same.sum(axis=1) == 1) & (wrong_digits == 2), "deux_chiffres"),
            ],
            "different",
        )

    def values(self) -> Codes:
        """Return the full date as a number, 0 where a part is unknown."""
        return self._values

    def shares(self) -> Shares:
        return self.share


def digits_of(parts: Parts) -> npt.NDArray[np.uint8]:
    """Return the digits of dates written in figures, one column each."""
    columns = [
        (parts[:, part] // 10**place) % 10
        for part, width in enumerate(WIDTHS)
        for place in range(width)
    ]
    return np.column_stack(columns).astype(np.uint8)


def exchanged_digits(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Tell which dates differ by two neighbouring digits of one part that changed places (1983, 1938)."""
    found = np.zeros(len(a), dtype=np.bool_)
    differ = a != b
    places = np.cumsum((0, *WIDTHS))
    for start, end in pairwise(places):
        for k in range(start, end - 1):
            swapped = (a[:, k] == b[:, k + 1]) & (a[:, k + 1] == b[:, k]) & differ[:, k]
            found |= swapped & (differ.sum(axis=1) == 2)
    return found


def number_of(parts: Parts) -> Codes:
    year, month, day = parts.astype(np.uint64).T
    return np.asarray((year * np.uint64(100) + month) * np.uint64(100) + day)


def days_of(parts: Parts) -> npt.NDArray[np.int32]:
    """Return full dates as days since 1970; some number for a date that no calendar holds.

    Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    """
    year, month, day = parts.T
    year = year - (month <= 2)
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return np.asarray(era * 146_097 + day_of_era - 719_468)


def next_days(x: Parts, y: Parts) -> npt.NDArray[np.bool_]:
    known = (x != UNKNOWN_DAY) & (y != UNKNOWN_DAY)
    return np.asarray(known & (np.abs(x.astype(np.int64) - y) == 1))
