"""Names that differ, and what e-mails say: that one spells the other side's name, or that each spells its own."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.compare.kinds.base import Bools
from siei_match.stages.link.compare.kinds.first_names import FirstNames
from siei_match.stages.link.compare.kinds.mails import Spelt, mail_pairs, sounds_in
from siei_match.stages.link.compare.kinds.names import Surnames, crossings
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import Keys

APART: Final = "deux_courriels"
ALIKE: Final = frozenset({"egal", "inverse", "inverse_proche", "courriel", "surnom", "partie"})
"""Levels of first names that two e-mails leave as they are: one name, or one that is longer."""
Columns = Mapping[str, npt.NDArray[Any]]
Name = Surnames | FirstNames


class Spelling:
    """What e-mails spell of names, told of pairs whose names were compared.

    A first look at letters leaves one pair in a hundred; the e-mails of those alone are taken apart.

    Args:
        fiches: the records.
        mails: the column of their e-mails.
        names: surnames, and first names.
    """

    def __init__(self, fiches: Fiches, mails: str, names: tuple[Surnames, FirstNames]) -> None:
        self.fiches = fiches
        self.mails = mails
        self.names = names

    @property
    def told(self) -> list[tuple[Name, Name]]:
        """The names that an e-mail may spell, each with the other one."""
        surnames, first = self.names
        both: list[tuple[Name, Name]] = [(surnames, first), (first, surnames)]
        return [(kind, other) for kind, other in both if kind.trait.declared.ecrit_dans is not None]

    @cached_property
    def read(self) -> Codes:
        """The pairs of letters in the e-mails of each fiche."""
        return mail_pairs(self.fiches.mails[self.mails])

    def tell_apart(self, levels: Columns, a: Ids, b: Ids) -> None:
        """Set the level `deux_courriels` of first names that differ, each spelt by an e-mail of its own side.

        They are no slip then: LUCA and LUCIE, of luca.moal@ and lucie.moal31@, are two. A first look at letters
        tells: an e-mail that may spell the other's name as well (SARA, in sarah.moal@) says nothing, nor one
        that both sides hold.
        """
        first = self.names[1]
        trait = first.trait
        if APART not in trait.levels:
            return
        differ = [trait.code(level) for level in trait.levels if level not in ALIKE]
        rows = np.flatnonzero(np.isin(levels[trait.name], differ))
        rows = rows[self._own[a[rows]] & self._own[b[rows]]]
        x, y = a[rows], b[rows]
        apart = ~self._share_one(x, y)
        for may, _, _ in self._looks(first, x, y):
            apart[may] = False
        levels[trait.name][rows[apart]] = trait.code(APART)

    @cached_property
    def _own(self) -> Bools:
        """Whether the e-mails of each fiche hold the letters of its first name."""
        return self._hold_own(self.names[1], np.arange(self.fiches.count, dtype=np.uint32))

    def _hold_own(self, kind: Name, fiches: Ids) -> Bools:
        """Tell which fiches' e-mails hold all letters of one of their own names."""
        letters = kind.spelt[1][kind.sets.ids[fiches]]
        spelt = ((self.read[fiches, None] & letters) == letters) & (letters != 0)
        return np.asarray(spelt.any(axis=1))

    def sounds(self) -> Keys:
        """Return the sounds of the words that e-mails spell and their rows do not say."""
        return sounds_in(self.fiches, self.mails, self._others())

    def _others(self) -> Ids:
        """Return the fiches whose e-mails spell less than both of their names: perhaps another one."""
        held = np.flatnonzero(self.read != 0).astype(np.uint32)
        explained = np.ones(len(held), dtype=np.bool_)
        for kind in self.names:
            explained &= self._hold_own(kind, held)
        return held[~explained]

    def asked(self, levels: Columns, a: Ids, b: Ids) -> dict[str, Bools]:
        """Tell by trait of which pairs an e-mail may say that names which differ are one.

        An e-mail that both sides hold may be a family's, in the name of one child: it tells no
        first name.
        """
        found = {}
        for kind, _ in self.told:
            trait = kind.trait
            asked = np.zeros(len(a), dtype=np.bool_)
            rows = np.flatnonzero(levels[trait.name] > trait.code("courriel"))
            for may, _, _ in self._looks(kind, a[rows], b[rows]):
                asked[rows[may]] = True
            if kind is self.names[1]:
                rows = np.flatnonzero(asked)
                asked[rows] = ~self._share_one(a[rows], b[rows])
            found[trait.name] = asked
        return found

    def tell(self, columns: dict[str, npt.NDArray[Any]], a: Ids, b: Ids) -> None:
        """Set the level `courriel` of names that e-mails spell, in levels that can be written to."""
        asked = self.asked(columns, a, b)
        for kind, other in self.told:
            rows = np.flatnonzero(asked[kind.trait.name])
            if len(rows):
                told = self._spelt(kind, other, a[rows], b[rows])
                columns[kind.trait.name][rows[told]] = kind.trait.code("courriel")

    def asked_of(self, compared: pl.DataFrame) -> Bools:
        """Tell of which compared pairs an e-mail may say more."""
        return np.asarray(np.logical_or.reduce([*self._asked_of(compared).values()]))

    def _asked_of(self, compared: pl.DataFrame) -> dict[str, Bools]:
        levels = {kind.trait.name: compared[kind.trait.name].to_numpy() for kind, _ in self.told}
        return self.asked(levels, *(compared[side].to_numpy() for side in ("a", "b")))

    def told_of(self, compared: pl.DataFrame) -> pl.DataFrame:
        """Return compared pairs with what e-mails say of their names."""
        names = [kind.trait.name for kind, _ in self.told]
        columns = {name: compared[name].to_numpy().copy() for name in names}
        self.tell(columns, *(compared[side].to_numpy() for side in ("a", "b")))
        return compared.with_columns(**{name: pl.Series(columns[name]) for name in names})

    def guesses(
        self, compared: pl.DataFrame
    ) -> Iterator[tuple[npt.NDArray[np.intp], pl.DataFrame]]:
        """Give the pairs of which e-mails may say more, by their places, as they would then be.

        A pair of which both names are asked comes three times: either may be spelt, or both.
        """
        asked = self._asked_of(compared)
        names = [*asked]
        codes = {kind.trait.name: kind.trait.code("courriel") for kind, _ in self.told}
        for spelt in [*((name,) for name in names), tuple(names)][: 2 * len(names) - 1]:
            rows = np.flatnonzero(np.logical_and.reduce([asked[name] for name in spelt]))
            levels = {name: pl.lit(codes[name], pl.UInt8) for name in spelt}
            yield rows, compared[rows].with_columns(**levels)

    def _looks(
        self, kind: Name, a: Ids, b: Ids
    ) -> Iterator[tuple[npt.NDArray[np.intp], Ids, Codes]]:
        """Give the pairs where one side's e-mails hold all letters of a name of the other's.

        Gives: places, whose e-mails, and the names (hashes).
        """
        names, letters = kind.spelt
        for x, y in ((a, b), (b, a)):
            read, sets = self.read[x], kind.sets.ids[y]
            for name, asked in zip(names.T, letters.T, strict=True):
                sought = asked[sets]
                may = np.flatnonzero((read & sought == sought) & (sought != 0))
                yield may, x[may], name[sets[may]]

    def _spelt(self, kind: Name, other: Name, a: Ids, b: Ids) -> Bools:
        """Tell in which pairs an e-mail of one side spells a name of the other."""
        looks = list(self._looks(kind, a, b))
        rows = np.concatenate([may for may, _, _ in looks])
        whose = np.concatenate([x for _, x, _ in looks])
        names = np.concatenate([name for _, _, name in looks])
        spelt = Spelt(self.fiches, self.mails, np.unique(whose), other.trait.columns)
        found = np.zeros(len(a), dtype=np.bool_)
        found[rows[spelt.holds(whose, names)]] = True
        return found

    def _share_one(self, a: Ids, b: Ids) -> Bools:
        """Tell which pairs have an e-mail in common."""
        table = self.fiches.sets[self.mails]
        x, y = table[a], table[b]
        found = np.zeros(len(a), dtype=np.bool_)
        for i, j in crossings(table.shape[1]):
            found |= (x[:, i] != 0) & (x[:, i] == y[:, j])
        return found
