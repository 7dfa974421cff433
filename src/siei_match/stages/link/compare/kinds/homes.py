"""A home as one fact: number, street, place and postcode say it together, and count once."""

from collections.abc import Mapping

import numpy as np

from siei_match.reference.arrays import mix
from siei_match.stages.link.compare.kinds.base import Bools, Compared, first_that_holds
from siei_match.stages.link.compare.kinds.values import (
    departements,
    share_of_homes,
    text_numbers,
)
from siei_match.stages.link.compare.likeness import EQUAL, NEAR, edits
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Codes, Fiches, Ids

Sides = tuple[Bools, Bools, Bools]
"""Where both sides know a part, where it is the same, and where it is nearly so."""


class Homes:
    """An address in several columns: whole, nearly whole, its street, its place, its département."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        self.trait = trait
        self.fiches = fiches
        self.parts: Mapping[str, str] = {
            str(part): column for part, column in trait.declared.parties.items()
        }
        self.words = {
            part: text_numbers(fiches, (self.parts[part],))
            for part in ("rue", "localite")
            if part in self.parts
        }
        place = self.parts.get("code_postal") or self.parts["localite"]
        self.places = fiches.codes(place)
        self.regions: Ids | None = (
            departements(fiches, place) if "code_postal" in self.parts else None
        )
        self.share_of_place = share_of_homes(self.places, fiches.spec)
        self.share_of_home = share_of_homes(self._homes(), fiches.spec)

    def _homes(self) -> Codes:
        """Return one number for each home, 0 where its street or its place is unknown."""
        street = self.fiches.keys(self.parts["rue"])
        number = self.parts.get("numero")
        homes = mix(street, self.places)
        if number is not None:
            homes = mix(homes, self.fiches.codes(number))
        return np.where((street != 0) & (self.places != 0), homes, np.uint64(0))

    def compare(self, a: Ids, b: Ids) -> Compared:
        street_known, same_street, near_street = self._texts("rue", a, b)
        place_known, same_place, near_place = self._place(a, b)
        number_known, same_number, _ = self._codes("numero", a, b)
        street = same_street | near_street
        place = same_place | near_place
        other_number = number_known & ~same_number
        absent = ~street_known & ~place_known
        region = np.zeros(len(a), dtype=np.bool_)
        if self.regions is not None:
            region = (self.regions[a] == self.regions[b]) & (self.regions[a] != 0)
        whole = same_street & same_place & ~other_number
        if "numero" in self.parts:
            whole &= same_number
        levels = first_that_holds(
            self.trait,
            absent,
            [
                (whole, "egal"),
                (street & (place | ~place_known) & ~other_number, "proche"),
                (street, "rue"),
                (place, "localite"),
                (region, "departement"),
            ],
            "different",
        )
        shares = np.where(whole, self.share_of_home[a], self.share_of_place[a])
        return levels, shares

    def _place(self, a: Ids, b: Ids) -> Sides:
        """Tell where postcode or locality agree: either is enough, for it is one place.

        A slip in the postcode is one only where the locality does not say another place.
        """
        coded, same_code, slip = self._codes("code_postal", a, b)
        named, same_name, like = self._texts("localite", a, b)
        elsewhere = named & ~same_name & ~like
        return coded | named, same_code | same_name, (slip & ~elsewhere) | like

    def _texts(self, part: str, a: Ids, b: Ids) -> Sides:
        if part not in self.words:
            return nowhere(len(a))
        numbers, words = self.words[part]
        x, y = numbers[a], numbers[b]
        known = (x > 0) & (y > 0)
        rows = np.flatnonzero(known)
        alike = np.zeros(len(a), dtype=np.uint8)
        alike[rows] = words.likeness(x[rows], y[rows])
        return known, known & (alike == EQUAL), known & (alike > EQUAL) & (alike <= NEAR)

    def _codes(self, part: str, a: Ids, b: Ids) -> Sides:
        if part not in self.parts:
            return nowhere(len(a))
        codes = self.fiches.codes(self.parts[part])
        x, y = codes[a], codes[b]
        known = (x != 0) & (y != 0)
        near = np.zeros(len(a), dtype=np.bool_)
        rows = np.flatnonzero(known & (x != y))
        texts = (self.fiches.texts(self.parts[part], side[rows]) for side in (a, b))
        near[rows] = edits(*texts) == 1
        return known, known & (x == y), near


def nowhere(count: int) -> Sides:
    """Return that no pair knows a part, for one that is not declared."""
    return tuple(np.zeros(count, dtype=np.bool_) for _ in range(3))  # type: ignore[return-value]
