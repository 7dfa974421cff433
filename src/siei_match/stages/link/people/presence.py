"""In which sources a person stands: a twin whom no source ever shows is unlikely.

Two rows of one surname and day, with first names that differ, are one person's two spellings or
twins. If twins, each of them must be somebody whose every row is there: one who stands in no source
but this one. The people already made say how often that happens, and how often somebody stands in
the sources of both; and how often twins stand in the same ones, for what one does the other often does too.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.people.twins import count_alike
from siei_match.stages.link.records.country import STRENGTH

Labels = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.int64]
Bits = npt.NDArray[np.float64]
MOST: Final = 2
"""Records of one source that are counted: one, or several."""
SMOOTHING: Final = 50.0
"""A year of birth leans on all of them as if it had so many people more."""
UNSEEN: Final = 0.5
"""People who stand in sources in which nobody was seen to stand together."""
FARTHEST: Final = 8.0
"""Bits that the sources alone may add or take off: what decides must be seen in the rows."""


@dataclass(frozen=True)
class Presence:
    """How many people stand in which sources, by year of birth.

    places: the source of each record, as a unit of its own in base `MOST` + 1. years: its year of
    birth, 0 if unknown or undeclared. sources: how many there are. counts: `year`, `places`, `n`. alike: the
    share of twins who stand in the same sources because they are twins (`twins.py`).
    """

    places: Codes
    years: Codes
    sources: int
    counts: pl.DataFrame
    alike: float = 0.0

    def bits(self, persons: Labels, pa: Labels, pb: Labels) -> tuple[Bits, Bits]:
        """Return what the sources alone say of two people `pa`, `pb`, in bits; 0 where it is the same person.

        First the log2 odds that they are one: P(somebody stands where both do) over P(where the one does) ·
        P(where the other does). Then how much more often twins stand where these do than two people who have
        nothing to do with each other.

        Args:
            persons: the person of each record.
            pa: people.
            pb: people, same length.
        """
        where, year = self.of(persons)
        born = np.maximum(year[pa], year[pb])
        both = self._together(where[pa], where[pb])
        whole, left, right = (self._shares(born, places) for places in (both, where[pa], where[pb]))
        apart = pa != pb
        odds = np.where(apart, np.clip(whole - left - right, -FARTHEST, FARTHEST), 0.0)
        if not self.alike:
            return odds, np.zeros(len(odds))
        same = np.where(where[pa] == where[pb], np.exp2(-left), 0.0)
        twins = np.log2(1.0 - self.alike + self.alike * same, where=apart, out=np.zeros(len(odds)))
        return odds, np.clip(twins, -FARTHEST, FARTHEST)

    def within(self, persons: Labels, groups: Labels, ga: Labels, gb: Labels) -> Bits:
        """Return what the sources alone say of two groups of records of one person, in bits, 0 where they speak against it.

        Were it not one person, the one group or the other would be somebody who stands in its sources and nowhere
        else, beside the person without it: the likelier of the two counts. A small delivery says little (`trust`).

        Args:
            persons: the person of each record.
            groups: its group.
            ga: groups.
            gb: groups of the same people, same length.
        """
        person_of = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.uint32)
        person_of[groups] = persons
        where, year = self.of(persons)
        whose = person_of[ga]
        ends = (ga, gb)
        alone, rest = (np.zeros((len(ends), len(ga)), dtype=np.int64) for _ in range(2))
        for unit in self._units:
            here = self.places == unit
            own = np.bincount(groups[here], minlength=len(person_of))
            all_of = np.bincount(persons[here], minlength=len(year))[whose]
            for number, end in enumerate(ends):
                alone[number] += np.minimum(own[end], MOST) * unit
                rest[number] += np.minimum(all_of - own[end], MOST) * unit
        born = year[whose]
        together = self._shares(born, where[whose])
        said = np.full(len(ga), FARTHEST)
        for one, other in zip(alone, rest, strict=True):
            odds = together - self._shares(born, one) - self._shares(born, other)
            said = np.minimum(said, odds)
        bits: Bits = self.trust * np.maximum(said, 0.0)
        return bits

    @property
    def people(self) -> float:
        """How many people there are, one at least."""
        return max(1.0, float(self.counts["n"].sum()))

    @property
    def everybody(self) -> float:
        """The log2 of how many people there are: whoever is drawn from all of them is a given one once in so many times."""
        return float(np.log2(self.people))

    @property
    def trust(self) -> float:
        """What counting them is worth beside what is known of the country, from 0 to 1 (`records/country.py`)."""
        return self.people / (self.people + STRENGTH)

    def of(self, persons: Labels) -> tuple[Codes, Codes]:
        """Return the sources and the year of birth of each person, given that of each record."""
        count = int(persons.max(initial=0)) + 1
        places = np.zeros(count, dtype=np.int64)
        for unit in self._units:
            here = persons[self.places == unit]
            places += np.minimum(np.bincount(here, minlength=count), MOST) * unit
        years = np.zeros(count, dtype=np.int64)
        np.maximum.at(years, persons, self.years)
        return places, years

    @property
    def _units(self) -> list[int]:
        return [(MOST + 1) ** source for source in range(self.sources)]

    def _together(self, a: Codes, b: Codes) -> Codes:
        """Return the sources of two people taken as one."""
        total = np.zeros(len(a), dtype=np.int64)
        for unit in self._units:
            seen = a // unit % (MOST + 1) + b // unit % (MOST + 1)
            total += np.minimum(seen, MOST) * unit
        return total

    def _shares(self, years: Codes, places: Codes) -> Bits:
        """Return log2 of the share of people of a year who stand in exactly these sources."""
        total = float(self.counts["n"].sum())
        by_places = self.counts.group_by("places").agg(everywhere=pl.col("n").sum())
        by_year = self.counts.group_by("year").agg(born=pl.col("n").sum())
        found = (
            pl.DataFrame({"year": years, "places": places})
            .join(self.counts, on=["year", "places"], how="left", maintain_order="left")
            .join(by_places, on="places", how="left", maintain_order="left")
            .join(by_year, on="year", how="left", maintain_order="left")
            .fill_null(0)
        )
        whole = (pl.col("everywhere") + UNSEEN) / (total + UNSEEN)
        share = (pl.col("n") + SMOOTHING * whole) / (pl.col("born") + SMOOTHING)
        return np.asarray(found.select(share.log(2)).to_series().to_numpy())


def count_presence(comparator: Comparator, persons: Labels) -> Presence:
    """Count in which sources people stand, given the person of each record."""
    fiches = comparator.fiches
    date = fiches.spec.of_kind("date")
    years = np.zeros(fiches.count, dtype=np.int64)
    if date is not None:
        years = fiches.codes(date.columns[0]).astype(np.int64)
    places = (MOST + 1) ** fiches.codes("source").astype(np.int64)
    nobody = pl.DataFrame(schema={"year": pl.Int64, "places": pl.Int64, "n": pl.Float64})
    empty = Presence(places, years, len(fiches.spec.sources), nobody)
    where, born = empty.of(persons)
    people = pl.DataFrame({"year": born, "places": where})
    counted = people.group_by("year", "places").agg(n=pl.len().cast(pl.Float64))
    counts = counted.sort("year", "places")
    alike = count_alike(comparator, persons, where, born, counts)
    return replace(empty, counts=counts, alike=alike)
