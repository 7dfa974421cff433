"""Numbers, ages, postcodes and initials: values that are near each other in their own way."""

from typing import Final

import numpy as np
import polars as pl

from siei_match.stages.link.compare.kinds.base import Compared, first_that_holds
from siei_match.stages.link.compare.kinds.values import Categories, departements
from siei_match.stages.link.compare.likeness import edits
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Fiches, Ids

SECTOR: Final = 3
"""First characters of a postcode that neighbours share, where the declaration says nothing."""


class Numbers(Categories):
    """A number or an age: equal, or as far apart as `ecarts` allows."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        super().__init__(fiches, trait)
        values = fiches.letters(self.column).cast(pl.Float64, strict=False)
        self.values_read = values.fill_null(np.nan).to_numpy()

    def compare(self, a: Ids, b: Ids) -> Compared:
        x, y = self.values_read[a], self.values_read[b]
        apart = np.abs(x - y)
        steps = self.trait.declared.ecarts
        near = zip(("proche", "lointain"), steps, strict=False)
        tests = [(apart == 0, "egal"), *((apart <= step, level) for level, step in near)]
        levels = first_that_holds(self.trait, np.isnan(apart), tests, "different")
        return levels, self._shares_of_equals(a)


class Postcodes(Categories):
    """A postcode: equal, one slip apart, then the same sector and département by its first characters."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        super().__init__(fiches, trait)
        sector, *larger = trait.declared.prefixes or (SECTOR,)
        self.sectors = fiches.heads(self.column, sector)
        if larger:
            self.regions = fiches.heads(self.column, larger[0])
        elif trait.declared.prefixes:
            self.regions = self.sectors
        else:
            self.regions = departements(fiches, self.column)

    def compare(self, a: Ids, b: Ids) -> Compared:
        absent, same = self._sides(a, b)
        slip = np.zeros(len(a), dtype=np.bool_)
        other = np.flatnonzero(~absent & ~same)
        slip[other] = edits(*(self.fiches.texts(self.column, side[other]) for side in (a, b))) == 1
        levels = first_that_holds(
            self.trait,
            absent,
            [
                (same, "egal"),
                (slip, "voisin"),
                (self.sectors[a] == self.sectors[b], "secteur"),
                (self.regions[a] == self.regions[b], "departement"),
            ],
            "different",
        )
        return levels, self._shares_of_equals(a)


class Initials(Categories):
    """A name, or its first letter alone: the letter agrees with every name that begins so."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        super().__init__(fiches, trait)
        self.alone = fiches.read(self.column, lambda values: values.str.len_chars()) == 1
        self.letters = fiches.heads(self.column, 1)
        known = max(1, int((self.letters != 0).sum()))
        self.share_of_letter = (np.bincount(self.letters)[self.letters] / known).astype(np.float32)

    def compare(self, a: Ids, b: Ids) -> Compared:
        absent, same = self._sides(a, b)
        either = self.alone[a] | self.alone[b]
        begins = self.letters[a] == self.letters[b]
        levels = first_that_holds(
            self.trait,
            absent,
            [(same & ~either, "egal"), (begins & either, "initiale")],
            "different",
        )
        return levels, np.where(either, self.share_of_letter[a], self.share[a])
