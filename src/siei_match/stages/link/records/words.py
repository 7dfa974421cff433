"""The words of names: distinct sets of names, their sounds, and one record's pairs of sounds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import combinations
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import mix, pairs_in_runs, runs, spread
from siei_match.reference.parallel import both
from siei_match.stages.link.records.alike import AlikeNames, neighbouring_letters
from siei_match.stages.link.records.hearing import Heard, HeardNames, hear
from siei_match.stages.link.records.records import Codes, Fiches, Ids

Roles = npt.NDArray[np.uint8]

SURNAME: Final = 0
CALLED: Final = 1
FURTHER: Final = 2
LONG_WORD: Final = 4
"""Letters of a word that says something alone: no particle, no initial."""


def ends_of_compound(name: pl.Expr, *, last: bool) -> pl.Expr:
    """Return the first or the last word of a surname of several, null if it is short or there is but one."""
    words = name.str.split(" ")
    word = words.list.last() if last else words.list.first()
    told = (words.list.len() > 1) & (word.str.len_chars() >= LONG_WORD)
    return pl.when(told).then(word)


@dataclass(frozen=True)
class Keys:
    """Keys of fiches: `fiches[k]` has `keys[k]`; a fiche may have several, or none.

    roles: what the word of each key is in its fiche's name: `SURNAME`, `CALLED` (the first first name),
    `FURTHER` (another one). None where this is not told.
    """

    fiches: Ids
    keys: Codes
    roles: Roles | None = None

    def where(self, kept: npt.NDArray[Any] | slice) -> "Keys":
        roles = None if self.roles is None else self.roles[kept]
        return Keys(self.fiches[kept], self.keys[kept], roles)

    def with_keys(self, keys: Codes) -> "Keys":
        """Return the same fiches under other keys."""
        return replace(self, keys=keys)


def concat_keys(parts: Sequence[Keys]) -> Keys:
    roles = [p.roles for p in parts if p.roles is not None]
    return Keys(
        np.concatenate([p.fiches for p in parts]),
        np.concatenate([p.keys for p in parts]),
        np.concatenate(roles) if len(roles) == len(parts) else None,
    )


@dataclass(frozen=True)
class NameSets:
    """The distinct sets of values of some text columns.

    ids: the set of each fiche. table: one row per set, the columns as text.
    """

    ids: Ids
    table: pl.DataFrame

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many fiches hold each set."""
        return np.bincount(self.ids, minlength=self.table.height)


def name_sets(fiches: Fiches, columns: tuple[str, ...]) -> NameSets:
    """Number the distinct sets of names, in the order of their hashes: rows leave no trace."""
    keys = np.zeros(fiches.count, dtype=np.uint64)
    for column in columns:
        keys = mix(keys, fiches.hashes(column))
    found = runs(keys)
    texts = [fiches.letters(c, found.first).alias(c) for c in columns]
    return NameSets(found.numbers(), pl.DataFrame(texts))


class Words(Protocol):
    """The words of the names of each fiche, by sound.

    Made anew at each call: they are several times as large as the names, and blocking alone asks.
    """

    def each(self, of: Ids | None = None) -> Iterator[Keys]:
        """Return the sound of each word, of these fiches or of all, in parts."""

    def pairs(self, of: Ids | None = None) -> Iterator[Keys]:
        """Return pairs of sounds of one fiche, so too."""

    def letters(self, found: Keys) -> Codes:
        """Return the first and last letters (see `Heard`) of the other name of words of `each`: of the
        surname for a first name and the reverse.
        """

    def alike(self) -> AlikeNames | None:
        """Return what tells which names have letters in common, where surname and first name stand apart."""


class NoWords:
    """The words of records whose names are not declared."""

    def each(self, of: Ids | None = None) -> Iterator[Keys]:
        nobody, nothing = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint64)
        yield Keys(nobody, nothing, np.empty(0, dtype=np.uint8))

    def pairs(self, of: Ids | None = None) -> Iterator[Keys]:
        yield from (replace(nothing, roles=None) for nothing in self.each(of))

    def letters(self, found: Keys) -> Codes:
        return np.zeros(len(found.keys), dtype=np.uint64)

    def alike(self) -> AlikeNames | None:
        return None


class SoundingWords:
    """The words of surnames and first names.

    A pair is a word of the surnames with one of the first names, in no order, so that name and
    first name may be inverted.

    Args:
        names: the surnames of the fiches.
        prenoms: their first names.
        spelt: fiches with the sounds of words that their e-mails spell; those that are no name of
            the fiche make pairs with each of its names, and with each other.
    """

    def __init__(self, names: NameSets, prenoms: NameSets, spelt: Keys | None = None) -> None:
        self.names = names
        self.prenoms = prenoms
        self.spelt = spelt
        self.of_names, (self.of_first, self.roles) = both(
            partial(hear, names.table), partial(_hear_called, prenoms.table)
        )

    def each(self, of: Ids | None = None) -> Iterator[Keys]:
        yield from _keys_of_words(self.names.ids, self.of_names.sounds, of=of)
        yield from _keys_of_words(self.prenoms.ids, self.of_first.sounds, self.roles, of)

    def letters(self, found: Keys) -> Codes:
        assert found.roles is not None  # noqa: S101
        surnames = self.of_names.letters[self.names.ids[found.fiches]]
        first = self.of_first.letters[self.prenoms.ids[found.fiches]]
        return np.asarray(np.where(found.roles == SURNAME, first, surnames))

    def alike(self) -> AlikeNames | None:
        # The first name that one is called by: among three of either side letters in common are chance.
        return AlikeNames(
            self.names.ids,
            self.prenoms.ids,
            neighbouring_letters(self.names.table),
            neighbouring_letters(self.prenoms.table[:, :1]),
        )

    def pairs(self, of: Ids | None = None) -> Iterator[Keys]:
        for name in _keys_of_words(self.names.ids, self.of_names.sounds, of=of):
            with_first = name
            for sons in self.of_first.sounds.T:
                first = sons[self.prenoms.ids[with_first.fiches]]
                kept = np.flatnonzero(first)
                # Who has no such first name has no further one.
                with_first = with_first.where(kept)
                # A sum does not know the order; the sounds are hashes already.
                yield Keys(with_first.fiches, spread(with_first.keys + first[kept]))
        yield from self._spelt(of)

    def _spelt(self, of: Ids | None) -> list[Keys]:
        if self.spelt is None:
            return []
        spelt = self.spelt
        if of is not None:
            asked = np.zeros(len(self.names.ids), dtype=np.bool_)
            asked[of] = True
            spelt = spelt.where(asked[spelt.fiches])
        whose = spelt.fiches
        return _with_own(
            spelt,
            np.hstack(
                [
                    self.of_names.sounds[self.names.ids[whose]],
                    self.of_first.sounds[self.prenoms.ids[whose]],
                ]
            ),
        )


class SoundingFullNames:
    """The words of each fiche's full name; a pair is two of them.

    Args:
        names: the full names of the fiches.
    """

    def __init__(self, names: NameSets) -> None:
        self.names = names
        self.heard = hear(names.table)

    def each(self, of: Ids | None = None) -> Iterator[Keys]:
        yield from _keys_of_words(self.names.ids, self.heard.sounds, of=of)

    def letters(self, found: Keys) -> Codes:
        return np.asarray(self.heard.letters[self.names.ids[found.fiches]])

    def alike(self) -> AlikeNames | None:
        return None

    def pairs(self, of: Ids | None = None) -> Iterator[Keys]:
        yield from NoWords().pairs()
        sounds, fiches = self.heard.sounds, _all_or(of, len(self.names.ids))
        for i, j in combinations(range(sounds.shape[1]), 2):
            x, y = sounds[self.names.ids[fiches], i], sounds[self.names.ids[fiches], j]
            kept = np.flatnonzero((x != 0) & (y != 0))
            yield Keys(fiches[kept], spread(x[kept] + y[kept]))


def _hear_called(table: pl.DataFrame) -> tuple[Heard, Roles]:
    """Return what is heard of sets of first names, and of which sounds one is called: those of the first column."""
    names = HeardNames(table)
    heard = names.sets(table)
    called = is_among(heard.sounds, names.sets(table[:, :1]).sounds)
    return heard, np.where(called, np.uint8(CALLED), np.uint8(FURTHER))


def _all_or(of: Ids | None, count: int) -> Ids:
    return np.arange(count, dtype=np.uint32) if of is None else of


def _with_own(spelt: Keys, own: Codes) -> list[Keys]:
    """Return the pairs of sounds that are no fiche's own, with its own ones and with each other.

    Args:
        spelt: fiches in order, with sounds.
        own: the sounds of the names of each, a row each, 0 where there are no more.
    """
    other = np.flatnonzero((own != spelt.keys[:, None]).all(axis=1))
    row, place = np.nonzero(own[other])
    found = other[row]
    with_own = Keys(spelt.fiches[found], spread(spelt.keys[found] + own[found, place]))
    left, right = pairs_in_runs(
        runs(spread(spelt.fiches[other].astype(np.uint64))), np.ones(len(other), dtype=np.bool_)
    )
    a, b = other[left], other[right]
    return [with_own, Keys(spelt.fiches[a], spread(spelt.keys[a] + spelt.keys[b]))]


def is_among(sounds: Codes, others: Codes) -> npt.NDArray[np.bool_]:
    """Tell which sounds of each set are among others of its own, sets being rows."""
    return np.asarray((sounds[:, :, None] == others[:, None, :]).any(axis=2))


def _keys_of_words(
    ids: Ids, sounds: Codes, roles: Roles | None = None, of: Ids | None = None
) -> Iterator[Keys]:
    """Return the fiches' sounds, a word of each at a time: who has no second word is not asked for a third.

    Args:
        ids: the set of each fiche.
        sounds: of the words of each set, a row each, 0 where there are no more.
        roles: so too, or all surnames.
        of: the fiches asked for; by default all.
    """
    for place in range(sounds.shape[1]):
        word = sounds[:, place]
        heard = word[ids if of is None else ids[of]]
        held = np.flatnonzero(heard)
        of = held.astype(np.uint32) if of is None else of[held]
        told = np.full(len(held), SURNAME, np.uint8) if roles is None else roles[ids[of], place]
        yield Keys(of, heard[held], told)
