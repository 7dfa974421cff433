"""The keys of blocking: what the fiches of one block have in common, pass by pass."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import mix, nearly, spread
from siei_match.stages.link.declared.names import EVERYBODY, PassSpec
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import Keys, Words, concat_keys

LETTER: Final = "lettre"
SLICE: Final = 1_000_000
"""Keys made at a time."""
Bools = npt.NDArray[np.bool_]
Parts = Callable[[Ids | None], Iterator[Keys]]
"""Keys in parts: of these fiches, or of all."""


@dataclass
class _Once:
    """Keys that are made once, whichever pass asks first."""

    lock: Lock = field(default_factory=Lock)
    keys: Keys | None = None


@dataclass(frozen=True)
class Sought:
    """Whom a pass seeks a partner for: of each pair, a fiche of each of `wanted`."""

    name: str
    wanted: list[Bools]

    def among(self, found: Keys) -> Keys:
        """Leave out the keys that none of them has: most of those there are."""
        for wanted in self.wanted:
            asked = found.keys[wanted[found.fiches]]
            if 2 * len(asked) < len(found.keys):
                found = found.where(np.flatnonzero(nearly(asked).hold(found.keys)))
        return found

    def among_parts(self, parts: Parts, among: Ids | None) -> Keys:
        """Do the same with keys that come in parts: all of them together never stand.

        Args:
            parts: of the fiches that it is given, or of all.
            among: fiches, or all.
        """
        sharing = []
        for wanted in self.wanted:
            asked = wanted if among is None else wanted[among]
            few = np.flatnonzero(asked).astype(np.uint32)
            # A filter for most fiches keeps most keys.
            if 2 * len(few) < len(asked):
                theirs = parts(few if among is None else among[few])
                sharing.append(nearly(np.concatenate([part.keys for part in theirs])))
        kept = []
        for found in parts(among):
            part = found
            for shared in sharing:
                part = part.where(np.flatnonzero(shared.hold(part.keys)))
            kept.append(part)
        return concat_keys(kept)

    def among_mixed(self, found: Keys, columns: Sequence[npt.NDArray[Any]]) -> Keys:
        """Return keys with columns' values mixed in, without those that none of them has.

        A slice at a time: what is left out, most of them, never stands.

        Args:
            found: keys.
            columns: by fiche, 0 where absent: these have no key.
        """
        sharing = []
        for wanted in self.wanted:
            asked = _mixed_in(found.where(np.flatnonzero(wanted[found.fiches])), columns).keys
            if 2 * len(asked) < len(found.keys):
                sharing.append(nearly(asked))
        parts = []
        for start in range(0, max(1, len(found.keys)), SLICE):
            part = _mixed_in(found.where(slice(start, start + SLICE)), columns)
            for shared in sharing:
                part = part.where(np.flatnonzero(shared.hold(part.keys)))
            parts.append(part)
        return concat_keys(parts)


def _mixed_in(found: Keys, columns: Sequence[npt.NDArray[Any]]) -> Keys:
    for column in columns:
        values = column[found.fiches]
        told = values != 0
        if not told.all():
            kept = np.flatnonzero(told)
            found, values = found.where(kept), values[kept]
        found = found.with_keys(mix(found.keys, values))
    return found


_Place = tuple[str, tuple[str, ...]]
"""A prefix: who seeks, and the columns that its keys are made of."""


class Blocking:
    """The keys of fiches, pass by pass.

    Args:
        fiches: the records.
        words: the sounds of their names.
        passes: which may be asked for.
        near: the fiches of which each pair must hold one; by default all.
        among: the fiches whose keys are made, ascending; by default all.
    """

    def __init__(
        self,
        fiches: Fiches,
        words: Words,
        passes: Sequence[PassSpec],
        near: Bools | None = None,
        among: Ids | None = None,
    ) -> None:
        self.fiches = fiches
        self.near = near
        self.words = words
        self.among = among
        self.parts: dict[str, Parts] = {"son": words.each, "paire": words.pairs}
        self._known: dict[_Place, _Once] = {}
        self._uses = self._count_uses(passes)
        self._left = self._uses.copy()
        self._lock = Lock()

    def keys(self, passe: PassSpec, seekers: Bools) -> Iterator[Keys]:
        """Return the keys of a pass, in parts that have none in common; every fiche that shares one with a seeker is
        among them.
        """
        wanted = [self.near, None if passe.cherchent == EVERYBODY else seekers]
        sought = Sought(passe.cherchent, [w for w in wanted if w is not None])
        found = self._prefix(self._columns(passe), sought)
        if LETTER in passe.cle:
            yield from by_letter(found, self.words.letters(found), sought)
        else:
            yield found

    def _columns(self, passe: PassSpec) -> tuple[str, ...]:
        """Return what a pass mixes, in order: first those of which a fiche has several."""
        several = [c for c in passe.cle if c in self.parts or c in self.fiches.sets]
        return (*several, *(c for c in passe.cle if c not in several and c != LETTER))

    def _count_uses(self, passes: Sequence[PassSpec]) -> Counter[_Place]:
        """Count how often each prefix is asked for: by passes, and by the prefixes made from it."""
        uses: Counter[_Place] = Counter()
        for passe in passes:
            columns = self._columns(passe)
            while True:
                uses[passe.cherchent, columns] += 1
                first_asked = uses[passe.cherchent, columns] == 1
                if not (first_asked and columns) or columns[-1] in (*self.parts, *self.fiches.sets):
                    break
                columns = columns[:-1]
        return uses

    def _prefix(self, columns: tuple[str, ...], sought: "Sought") -> Keys:
        """Return the keys made of some columns: passes that begin alike share the work.

        Who asks last takes them away: all of them together would be as large as the records.
        """
        place = (sought.name, columns)
        with self._lock:
            known = self._known.setdefault(place, _Once())
        with known.lock:
            if known.keys is None:
                known.keys = self._made(columns, sought)
            found = known.keys
        with self._lock:
            self._left[place] -= 1
            if not self._left[place]:
                self._known.pop(place, None)
        return found

    def _made(self, columns: tuple[str, ...], sought: Sought) -> Keys:
        if not columns:
            fiches = self.among
            if fiches is None:
                fiches = np.arange(self.fiches.count, dtype=np.uint32)
            return Keys(fiches, np.zeros(len(fiches), dtype=np.uint64))
        before, own = self._shared(columns, sought.name)
        if not own:
            return sought.among_parts(self._parts_of(columns[-1], ()), self.among)
        mixed = [self._united(own)]
        if len(before) == 1 and self._uses[sought.name, before] == 1:
            return sought.among_parts(self._parts_of(before[0], mixed), self.among)
        return sought.among_mixed(self._prefix(before, sought), mixed)

    def _shared(self, columns: tuple[str, ...], who: str) -> tuple[tuple[str, ...], list[str]]:
        """Return the columns up to where another pass takes them over, and those that are mixed in after these at
        once: keys as large as the records stand once for all of them.
        """
        several = (*self.parts, *self.fiches.sets)
        own: list[str] = []
        while columns and columns[-1] not in several:
            own.insert(0, columns[-1])
            columns = columns[:-1]
            if self._uses[who, columns] > 1:
                break
        return columns, own

    def _parts_of(self, several: str, mixed: Sequence[npt.NDArray[Any]]) -> Parts:
        """Return the keys of what a fiche may have several of, in parts, with columns' values mixed in."""
        made = self.parts.get(several)

        def parts(of: Ids | None) -> Iterator[Keys]:
            given = iter([list_keys(self.fiches, several, of)]) if made is None else made(of)
            return (_mixed_in(part, mixed) for part in given)

        return parts

    def _united(self, names: Sequence[str]) -> npt.NDArray[Any]:
        """Return columns' values by fiche as one, 0 where one is absent: keys are several a fiche, and ask once."""
        first, *others = (self._column(name) for name in names)
        if not others:
            return first
        # A mix of two small numbers does not tell which is which.
        united = spread(first.astype(np.uint64))
        for column in others:
            united = np.where((united != 0) & (column != 0), mix(united, column), np.uint64(0))
        return united

    def _column(self, name: str) -> npt.NDArray[Any]:
        """Return a column's values by fiche, 0 where absent: `jour_et_mois`, `col`, or `col:3`."""
        if name == "jour_et_mois":
            return self._day_and_month()
        column, _, length = name.partition(":")
        if length:
            return self.fiches.heads(column, int(length))
        return self.fiches.codes(column)

    def _day_and_month(self) -> npt.NDArray[np.uint32]:
        """Return day and month in either order, 0 where one is unknown."""
        date = self.fiches.spec.of_kind("date")
        assert date is not None  # noqa: S101
        month, day = (self.fiches.codes(c).astype(np.uint32) for c in date.columns[1:])
        both = np.minimum(month, day) * np.uint32(100) + np.maximum(month, day)
        return np.where((month > 0) & (day > 0), both, np.uint32(0))


def by_letter(found: Keys, letters: Codes, sought: Sought) -> Iterator[Keys]:
    """Return the keys of words with each first and each last letter of the other name, of whom is sought: a part a
    letter.
    """
    # Eight letters at a time: a name has few of them, and all names need not be looked at for each.
    for first in range(0, 64, 8):
        eight = (letters >> np.uint64(first)).astype(np.uint8)
        those = np.flatnonzero(eight != 0)
        eight = eight[those]
        for letter in range(8):
            rows = those[(eight & np.uint8(1 << letter)) != 0]
            held = found.where(rows)
            keys = mix(held.keys, np.full(len(rows), first + letter + 1))
            yield sought.among(held.with_keys(keys))


def list_keys(fiches: Fiches, column: str, of: Ids | None = None) -> Keys:
    """Return each fiche, or each of some, with each value of a list column."""
    table = fiches.sets[column] if of is None else fiches.sets[column][of]
    held, place = np.nonzero(table)
    whose = held.astype(np.uint32) if of is None else of[held]
    return Keys(whose, table[held, place])
