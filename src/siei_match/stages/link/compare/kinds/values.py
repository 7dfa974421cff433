"""Traits of one value: categories, places, identifiers, codes, free texts; and of several: contacts."""

from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import mix, runs, spread
from siei_match.reference.identifiers import departement
from siei_match.stages.link.compare.kinds.base import Bools, Compared, Shares, first_that_holds
from siei_match.stages.link.compare.likeness import (
    EQUAL,
    FAR,
    NEAR,
    PART,
    Vocabulary,
    edits,
    jaro_winkler,
)
from siei_match.stages.link.declared.spec import Spec, Trait
from siei_match.stages.link.records.country import (
    STRENGTH,
    UNLISTED,
    lean,
    share_in_country,
    unseen,
)
from siei_match.stages.link.records.own_numbers import own_numbers
from siei_match.stages.link.records.records import Codes, Fiches, Ids

SAME_STREET: Final = 0.92
WIDE: Final = 6
"""Values of a record from which looking them up costs less than comparing each with each."""


class Categories:
    """One value, equal or not."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        self.trait = trait
        self.fiches = fiches
        self.column = trait.columns[0]
        self.codes = fiches.codes(self.column)

    def _sides(self, a: Ids, b: Ids) -> tuple[Bools, Bools]:
        """Return where one side lacks the value, and where both have the same."""
        x, y = self.codes[a], self.codes[b]
        return (x == 0) | (y == 0), x == y

    def _shares_of_equals(self, a: Ids) -> Shares | None:
        return self.share[a] if self.trait.frequent else None

    @cached_property
    def share(self) -> Shares:
        return share_of_column(self.fiches, self.column, self.trait.declared.frequences)

    def compare(self, a: Ids, b: Ids) -> Compared:
        absent, same = self._sides(a, b)
        levels = first_that_holds(self.trait, absent, [(same, "egal")], "different")
        return levels, self._shares_of_equals(a)

    def values(self) -> Codes:
        """Return the value of each fiche as a key that `runs` brings together, 0 where absent."""
        return spread(self.codes.astype(np.uint64))

    def shares(self) -> Shares:
        return self.share


class Places(Categories):
    """A commune or a country by its code, then its département: a country is one more of these."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        super().__init__(fiches, trait)
        self.departements = departements(fiches, self.column)

    def compare(self, a: Ids, b: Ids) -> Compared:
        absent, same = self._sides(a, b)
        near = self.departements[a] == self.departements[b]
        levels = first_that_holds(
            self.trait, absent, [(same, "egal"), (near, "departement")], "different"
        )
        return levels, self._shares_of_equals(a)


class Identifiers(Categories):
    """A number that names its holder: equal, one typing error apart, or different; nothing where they
    differ and one is a source's own (`propres`).
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        super().__init__(fiches, trait)
        self.own = own_numbers(fiches)

    def compare(self, a: Ids, b: Ids) -> Compared:
        absent, same = self._sides(a, b)
        absent |= ~same & (self.own[a] | self.own[b])
        near = np.zeros(len(a), dtype=np.bool_)
        other = np.flatnonzero(~absent & ~same)
        texts = (self.fiches.texts(self.column, side[other]) for side in (a, b))
        near[other] = edits(*texts) == 1
        levels = first_that_holds(
            self.trait, absent, [(same, "egal"), (near, "voisin")], "different"
        )
        return levels, self._shares_of_equals(a)


class Texts(Categories):
    """A free text, or several columns read as one: equal, near, far, different."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        super().__init__(fiches, trait)
        self.numbers, self.words = text_numbers(fiches, trait.columns)
        if len(trait.columns) > 1:
            # One text: its value, and how rare it is, are those of all columns together.
            self.codes = self.numbers

    @cached_property
    def share(self) -> Shares:
        if len(self.trait.columns) == 1:
            return share_of_column(self.fiches, self.column, self.trait.declared.frequences)
        held = np.bincount(self.numbers).astype(np.float64)
        known = max(1.0, float(held[1:].sum()))
        held[0] = np.nan
        return (held / known).astype(np.float32)[self.numbers]

    def compare(self, a: Ids, b: Ids) -> Compared:
        x, y = self.numbers[a], self.numbers[b]
        known = np.flatnonzero((x > 0) & (y > 0))
        alike = np.zeros(len(a), dtype=np.uint8)
        alike[known] = self.words.likeness(x[known], y[known])
        levels = first_that_holds(
            self.trait,
            alike == 0,
            [
                (alike == EQUAL, "egal"),
                ((alike == NEAR) | (alike == PART), "proche"),
                (alike == FAR, "lointain"),
            ],
            "different",
        )
        return levels, self._shares_of_equals(a)


class Contacts:
    """Several values, such as phones: one in common is enough."""

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        self.trait = trait
        tables = [fiches.sets[column] for column in trait.columns]
        self.table = tables[0] if len(tables) == 1 else np.hstack(tables)
        self.part = share_of_contacts(self.table)

    def compare(self, a: Ids, b: Ids) -> Compared:
        x, y = self.table[a], self.table[b]
        common, shares = self._met(x, y, a) if x.shape[1] <= WIDE else self._looked_up(x, y, a)
        absent = (x == 0).all(axis=1) | (y == 0).all(axis=1)
        levels = first_that_holds(self.trait, absent, [(common, "egal")], "different")
        return levels, shares

    def _met(self, x: Codes, y: Codes, a: Ids) -> tuple[Bools, Shares]:
        """Compare each value of one side with each of the other: for few values a record."""
        common = np.zeros(len(a), dtype=np.bool_)
        shares = np.full(len(a), np.nan, dtype=np.float32)
        for i in range(x.shape[1]):
            for j in range(x.shape[1]):
                same = (x[:, i] == y[:, j]) & (x[:, i] != 0)
                common |= same
                rows = np.flatnonzero(same)
                shares[rows] = np.fmin(shares[rows], self.part[a[rows], i])
        return common, shares

    def _looked_up(self, x: Codes, y: Codes, a: Ids) -> tuple[Bools, Shares]:
        """Say the same by looking up: where a record holds many values."""
        common = np.zeros(len(a), dtype=np.bool_)
        shares = np.full(len(a), np.nan, dtype=np.float32)
        rows, places = np.nonzero(x)
        others, other_places = np.nonzero(y)
        mine = mix(rows.astype(np.uint64), x[rows, places])
        yours = pl.Series(mix(others.astype(np.uint64), y[others, other_places]))
        # Several times as fast as numpy's own.
        same = pl.Series(mine).is_in(yours.implode()).to_numpy()
        rows, places = rows[same], places[same]
        common[rows] = True
        np.fmin.at(shares, rows, self.part[a[rows], places])
        return common, shares


class Addresses:
    """A residence: the street in the commune, then the commune, then the département.

    An address that hundreds give (a domiciliation, a hostel) is nobody's own: it is worth what it is
    rare, as a phone is.
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        self.trait = trait
        self.fiches = fiches
        self.street, commune = trait.columns
        self.streets = fiches.codes(self.street)
        self.communes = fiches.codes(commune)
        self.departements = departements(fiches, commune)
        self.share = share_of_column(fiches, commune, trait.declared.frequences)
        known = (self.streets != 0) & (self.communes != 0)
        homes = np.where(known, mix(fiches.keys(self.street), self.communes), np.uint64(0))
        self.share_of_home = share_of_homes(homes, fiches.spec)

    def compare(self, a: Ids, b: Ids) -> Compared:
        x, y = self.streets[a], self.streets[b]
        here = self.communes[a] == self.communes[b]
        absent = (self.communes[a] == 0) | (self.communes[b] == 0)
        known = (x != 0) & (y != 0)
        near = np.zeros(len(a), dtype=np.bool_)
        other = np.flatnonzero(here & ~absent & known & (x != y))
        near[other] = near_streets(
            *(self.fiches.texts(self.street, side[other]) for side in (a, b))
        )
        levels = first_that_holds(
            self.trait,
            absent,
            [
                (here & known & (x == y), "egal"),
                (near, "proche"),
                (here, "commune"),
                (self.departements[a] == self.departements[b], "departement"),
            ],
            "different",
        )
        at_home = levels == self.trait.code("egal")
        return levels, np.where(at_home, self.share_of_home[a], self.share[a])


def text_numbers(
    fiches: Fiches, columns: tuple[str, ...]
) -> tuple[npt.NDArray[np.uint32], Vocabulary]:
    """Number the distinct texts that some columns make, read as one; 0 is none.

    Returns: the number of each fiche's, and the texts.
    """
    if len(columns) == 1:
        values, numbers = fiches.distinct(columns[0])
        order = values.slice(1).arg_sort()
        ranks = np.zeros(len(values), dtype=np.uint32)
        ranks[order.to_numpy() + 1] = np.arange(1, len(values), dtype=np.uint32)
        return ranks[numbers], Vocabulary(values.slice(1).gather(order))
    letters = pl.DataFrame([fiches.letters(column) for column in columns])
    held = letters.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    held = held.set(held == "", None)
    distinct = held.drop_nulls().unique().sort()
    numbered = pl.DataFrame({"text": distinct}).with_row_index("n", offset=1)
    found = pl.DataFrame({"text": held}).join(
        numbered, on="text", how="left", maintain_order="left"
    )
    return found["n"].fill_null(0).to_numpy(), Vocabulary(distinct)


def near_streets(a: list[str], b: list[str]) -> Bools:
    return np.asarray(jaro_winkler(a, b) >= SAME_STREET)


def share_of_column(fiches: Fiches, column: str, frequences: str | None) -> Shares:
    """Return for each fiche the share of fiches with its value, leaning on the country's."""
    values, numbers = fiches.distinct(column)
    borne = pl.Series("len", np.bincount(numbers, minlength=len(values)))
    counts = pl.DataFrame([values.cast(pl.String).alias("valeur"), borne])
    known = counts.drop_nulls("valeur")
    shares = counts.join(
        lean(known, int(known["len"].sum()), share_in_country(frequences)),
        on="valeur",
        how="left",
        maintain_order="left",
    )["part"]
    return np.asarray(shares.cast(pl.Float32).fill_null(np.nan).to_numpy()[numbers])


def departements(fiches: Fiches, column: str) -> Ids:
    """Return the number of the département of a place's code, by fiche; 0 where absent."""
    return fiches.numbered(column, departement(pl.col(column)))


def share_of_homes(homes: npt.NDArray[Any], spec: Spec) -> Shares:
    """Return the share of the home, or place, of each fiche, among all and those of people who are not seen."""
    seen = int(np.count_nonzero(homes))
    return share_of_contacts(homes[:, None], unseen(spec.file.population, seen))[:, 0]


def share_of_contacts(table: npt.NDArray[Any], others: float = STRENGTH) -> Shares:
    """Return the share of each value among all of them and `others` that are not seen, in the shape of the table."""
    held = np.flatnonzero(table)
    found = runs(spread(table.ravel()[held].astype(np.uint64)))
    counts = found.lengths[found.numbers()]
    shares = np.full(table.size, np.nan, dtype=np.float32)
    shares[held] = (counts + others * UNLISTED) / (len(held) + others)
    return shares.reshape(table.shape)
