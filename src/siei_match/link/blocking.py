"""Candidate pairs: several blocking passes, each counted before it is paid for.

A pass gives each fiche one or more keys; fiches that share a key are compared. Which passes there
are, and who seeks a partner in each, is declared (`Spec`). Loose passes seek one for the fiches
that no identifier places, or whose date is partial: two groups that both hold one are one person
only by a clerical error, and then the strict passes meet them. In a block of more than `MAX_BLOCK`
fiches a pair must agree on one more trait; what this leaves out is counted, never silent.
"""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.arrays import (
    TEXT,
    Runs,
    distinct,
    mix,
    nearly_among,
    packed,
    pairs_in_runs,
    runs,
    unpacked,
)
from siei_match.link.declared import EVERYBODY, PARTIAL_DATE, WITHOUT_IDENTIFIER, PassSpec
from siei_match.link.fiches import Codes, Fiches
from siei_match.link.parallel import each
from siei_match.link.words import Keys, Words, concat_keys

MAX_BLOCK: Final = 400
HOPELESS_BLOCK: Final = 5_000
"""So many fiches with one more trait in common are a defect of the delivery: they are left out."""
LETTER: Final = "lettre"
Labels = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Passe:
    """What a blocking pass did, as the manifest tells it (`PasseBlocage`)."""

    nom: str
    fiches: int
    blocs: int
    paires: int
    plus_grand_bloc: int
    paires_laissees: int


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
                found = found.where(np.flatnonzero(nearly_among(found.keys, asked)))
        return found


class Blocking:
    """The keys of a campaign's fiches, pass by pass.

    Args:
        fiches: the records.
        words: the sounds of their names.
        near: the fiches of which each pair must hold one; by default all.
    """

    def __init__(self, fiches: Fiches, words: Words, near: Bools | None = None) -> None:
        self.fiches = fiches
        self.near = near
        self.parts = {"son": words.each, "paire": words.pairs}
        schema = fiches.rows.schema
        self.lists = {c for c in fiches.spec.columns if schema[c] == pl.List(pl.String)}
        self._known: dict[tuple[str, tuple[str, ...]], _Once] = {}
        self._lock = Lock()

    def keys(self, passe: PassSpec, seekers: Bools) -> Keys:
        """Return the keys of a pass; every fiche that shares one with a seeker is among them."""
        several = [c for c in passe.cle if c in self.parts or c in self.lists]
        others = [c for c in passe.cle if c not in several and c != LETTER]
        wanted = [self.near, None if passe.cherchent == EVERYBODY else seekers]
        sought = Sought(passe.cherchent, [w for w in wanted if w is not None])
        found = self._prefix((*several, *others), sought)
        return sought.among(by_letter(found)) if LETTER in passe.cle else found

    def _prefix(self, columns: tuple[str, ...], sought: "Sought") -> Keys:
        """Return the keys made of some columns: passes that begin alike share the work."""
        place = (sought.name, columns)
        with self._lock:
            known = self._known.setdefault(place, _Once())
        with known.lock:
            if known.keys is None:
                known.keys = sought.among(self._mixed(columns, sought))
            return known.keys

    def _mixed(self, columns: tuple[str, ...], sought: "Sought") -> Keys:
        if not columns:
            count = self.fiches.count
            return Keys(np.arange(count, dtype=np.uint32), np.zeros(count, dtype=np.uint64))
        *before, last = columns
        if last in self.parts:
            return self.parts[last]
        if last in self.lists:
            return list_keys(self.fiches, last)
        found = self._prefix(tuple(before), sought)
        values = self._column(last)[found.fiches]
        kept = np.flatnonzero(values)
        found = found.where(kept) if len(kept) < len(values) else found
        return Keys(found.fiches, mix(found.keys, values[kept]), found.letters)

    def _column(self, name: str) -> npt.NDArray[Any]:
        """Return a column's values by fiche, 0 where absent: `jour_et_mois`, `col`, or `col:3`."""
        if name == "jour_et_mois":
            return self._day_and_month()
        column, _, length = name.partition(":")
        if length:
            return prefix(self.fiches, column, int(length))
        return self.fiches.codes(column)

    def _day_and_month(self) -> Codes:
        """Return day and month in either order, 0 where one is unknown."""
        date = self.fiches.spec.of_kind("date")
        assert date is not None  # noqa: S101
        month, day = (self.fiches.codes(c).astype(np.uint64) for c in date.columns[1:])
        both = np.minimum(month, day) * np.uint64(100) + np.maximum(month, day)
        return np.where((month > 0) & (day > 0), both, np.uint64(0))


def by_letter(found: Keys) -> Keys:
    """Return the keys of words with each first and each last letter of the other name."""
    assert found.letters is not None  # noqa: S101
    parts = []
    for letter in range(64):
        rows = np.flatnonzero(found.letters & (np.uint64(1) << np.uint64(letter)))
        keys = mix(found.keys[rows], np.full(len(rows), letter + 1))
        parts.append(Keys(found.fiches[rows], keys))
    return concat_keys(parts)


def list_keys(fiches: Fiches, column: str) -> Keys:
    """Return each fiche with each value of a list column."""
    table = fiches.lists(column)
    held, place = np.nonzero(table)
    return Keys(held.astype(np.uint32), table[held, place])


def prefix(fiches: Fiches, column: str, length: int) -> Codes:
    """Return the hash of the first letters of a text column, by fiche, 0 where absent."""
    heads = fiches.rows[column].str.head(length).hash(seed=TEXT).to_numpy()
    absent = fiches.rows[column].is_null().to_numpy()
    return np.asarray(np.where(absent, np.uint64(0), heads)[fiches.premiere])


def seekers_of(fiches: Fiches, groups: Labels) -> dict[str, Bools]:
    """Tell which fiches seek a partner in the passes of each sort."""
    everybody = np.ones(fiches.count, dtype=np.bool_)
    found = {EVERYBODY: everybody, WITHOUT_IDENTIFIER: everybody, PARTIAL_DATE: everybody}
    identifier, date = fiches.spec.identifier, fiches.spec.of_kind("date")
    if identifier is not None:
        placed = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.bool_)
        placed[groups[fiches.codes(identifier.columns[0]) != 0]] = True
        found[WITHOUT_IDENTIFIER] = ~placed[groups]
    if date is not None:
        month, day = (fiches.codes(c) for c in date.columns[1:])
        # 1 January often means that the day is unknown.
        found[PARTIAL_DATE] = (month == 0) | (day == 0) | ((month == 1) & (day == 1))
    return found


def block(
    fiches: Fiches, words: Words, groups: Labels, near: Bools | None = None
) -> tuple[pl.DataFrame, list[Passe]]:
    """Return the distinct pairs `a` < `b` of fiches of different groups, and each pass's account.

    Args:
        fiches: the campaign's records.
        words: the sounds of their names.
        groups: the group of each fiche: those of one group are not paired again.
        near: the fiches of which each pair must hold one; by default all.
    """
    blocking = Blocking(fiches, words, near)
    seekers = seekers_of(fiches, groups)

    def one(passe: PassSpec) -> tuple[Codes, Passe]:
        free = seekers[passe.cherchent]
        return run_pass(passe.nom, blocking.keys(passe, free), fiches, groups, free)

    done = each(one, fiches.spec.file.blocs.passes)
    a, b = unpacked(distinct(np.concatenate([pairs for pairs, _ in done])))
    return pl.DataFrame({"a": a, "b": b}), [account for _, account in done]


def run_pass(
    name: str, keys: Keys, fiches: Fiches, groups: Labels, free: Bools
) -> tuple[Codes, Passe]:
    """Pair the fiches that share a key; split the blocks that are too large.

    Args:
        name: of the pass.
        keys: of fiches, of every one that shares a key with a seeker.
        fiches: the records.
        groups: the group of each fiche.
        free: the fiches that seek a partner: one at least of each pair.

    Returns: distinct pairs, each as `a` · 2^32 + `b` with `a` < `b`; the pass's account.
    """
    keyed = np.zeros(fiches.count, dtype=np.bool_)
    keyed[keys.fiches] = True
    blocks = mixed_blocks(keys, groups, free)
    held = np.repeat(blocks.lengths, blocks.lengths)
    counted = count_pairs(blocks, free[keys.fiches])
    large = keys.where(blocks.order[held > MAX_BLOCK])
    small = keys.where(blocks.order[held <= MAX_BLOCK])
    kept = concat_keys([small, split(large, fiches)]) if len(large.keys) else small
    last = mixed_blocks(kept, groups, free) if len(large.keys) else runs(kept.keys)
    paid = count_pairs(last, free[kept.fiches])
    source = fiches.table["source"].to_numpy() if fiches.spec.file.un_par_source else None
    return pair_up(kept, last, groups, free, source), Passe(
        name,
        int(keyed.sum()),
        len(last.starts),
        paid,
        int(blocks.lengths.max(initial=0)),
        max(0, counted - paid),
    )


def mixed_blocks(keys: Keys, groups: Labels, free: Bools) -> Runs:
    """Bring together the fiches of each key that two groups or more have, a seeker among them."""
    found = runs(keys.keys)
    group = groups[keys.fiches]
    mixed = found.least(group) != found.most(group)
    mixed &= found.most(free[keys.fiches].view(np.uint8)).astype(np.bool_)
    lengths = found.lengths
    order = found.order[np.repeat(mixed, lengths)]
    kept = lengths[mixed]
    return Runs(order, np.cumsum(kept) - kept)


def pair_up(
    kept: Keys,
    blocks: Runs,
    groups: Labels,
    free: Bools,
    source: npt.NDArray[np.uint8] | None = None,
) -> Codes:
    """Return the distinct pairs of a block's fiches, of two groups, one at least free.

    With `source`, of two sources too.
    """
    left, right = pairs_in_runs(blocks, free[kept.fiches])
    a, b = kept.fiches[left], kept.fiches[right]
    apart = groups[a] != groups[b]
    if source is not None:
        apart &= source[a] != source[b]
    a, b = a[apart], b[apart]
    return distinct(packed(np.minimum(a, b), np.maximum(a, b)))


def split(large: Keys, fiches: Fiches) -> Keys:
    """Cut blocks by each trait of `decoupe` in turn: a pair must agree on one of them."""
    parts = [large.where(np.empty(0, dtype=np.int64))]
    for number, trait in enumerate(fiches.spec.file.blocs.decoupe):
        values = fiches.codes(trait)[large.fiches]
        finer = mix(mix(large.keys, np.full(len(values), number + 1)), values)
        parts.append(Keys(large.fiches, finer).where(values != 0))
    whole = concat_keys(parts)
    found = runs(whole.keys)
    hopeless = np.repeat(found.lengths > HOPELESS_BLOCK, found.lengths)
    return whole.where(found.order[~hopeless])


def count_pairs(blocks: Runs, free: Bools) -> int:
    """Count the pairs of which one at least seeks a partner."""
    size = blocks.lengths
    held = np.add.reduceat(free[blocks.order], blocks.starts) if len(size) else size
    bound = size - held
    return int((size * (size - 1) // 2 - bound * (bound - 1) // 2).sum())
