"""Candidate pairs: several blocking passes, each counted before it is paid for.

A pass gives each fiche one or more keys; fiches that share a key are compared. Which passes there
are, and who seeks a partner in each, is declared (`Spec`). Loose passes seek one for the fiches
that no identifier places, or whose date is partial: two groups that both hold one are one person
only by a clerical error, and then the strict passes meet them. In a block of more than `MAX_BLOCK`
fiches a pair must agree on one more trait; what this leaves out is counted, never silent.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import Runs, distinct, mix, packed, runs, spans, unpacked
from siei_match.reference.engines import Shelf
from siei_match.reference.parallel import each
from siei_match.stages.link.blocks.counting import (
    MEETING,
    Sizes,
    count_pairs,
    count_united,
    count_with,
    sorts_of,
    sorts_within,
)
from siei_match.stages.link.blocks.keys import LETTER, Blocking
from siei_match.stages.link.blocks.seekers import seekers_of
from siei_match.stages.link.declared.names import PassSpec
from siei_match.stages.link.records.alike import AlikeNames
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import Keys, Words, concat_keys
from siei_match.stages.link.toolkit import Index, Pass

MAX_BLOCK: Final = 400
HOPELESS_BLOCK: Final = 5_000
"""So many fiches with one more trait in common are a defect of the delivery: they are left out."""
SLICE: Final = 2_000_000
"""Keys brought together at a time: some 100 MB."""
Labels = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Sorts = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PassCounts:
    """What a blocking pass did.

    records: those that share a key with a record of another group. pairs: brought together by their
    keys (with `lettre`, fewer are compared: those whose names have letters in common). largest_block: its records, before it is cut. pairs_left_out: of blocks too large,
    those that agree on nothing more, and were not compared, each once.
    """

    name: str
    records: int
    blocks: int
    pairs: int
    largest_block: int
    pairs_left_out: int


def build_index(
    fiches: Fiches,
    words: Words,
    groups: Labels,
    near: Bools | None = None,
    own: Bools | None = None,
    shelf: Shelf | None = None,
) -> Index:
    """Return the index of the declared passes, each counted; no pair is made yet.

    Its pairs `a` < `b` are of fiches of different groups, each once, whichever passes bring it together.

    Args:
        fiches: the campaign's records.
        words: the sounds of their names.
        groups: the group of each fiche: those of one group are not paired again.
        near: the fiches of which each pair must hold one; by default all.
        own: by source, whether it numbers people in its own way too: such a number places nobody.
        shelf: where each pass is held as soon as it is made; by default in memory.
    """
    return Index(build_passes(fiches, words, groups, near, own, shelf=shelf)[0])


def build_passes(
    fiches: Fiches,
    words: Words,
    groups: Labels,
    near: Bools | None = None,
    own: Bools | None = None,
    *,
    most: float | None = None,
    shelf: Shelf | None = None,
) -> tuple[list["BlockingPass"], list[PassSpec]]:
    """Return the declared passes, and those that would bring too many records together, which are not made.

    Args:
        fiches: see `build_index`.
        words: so too.
        groups: so too.
        near: so too.
        own: so too.
        most: pairs, before blocks are cut, that a pass may make with those near, who are few.
        shelf: see `build_index`.
    """
    blocking = Blocking(fiches, words, near)
    seekers = seekers_of(fiches, groups, own)

    def one(passe: PassSpec) -> BlockingPass | None:
        free = seekers[passe.cherchent]
        found: Iterable[Keys] = blocking.keys(passe, free)
        if near is not None and most is not None:
            found = list(found)
            if sum(count_with(part, near) for part in found) > most:
                return None
        keys = concat_keys([in_mixed_blocks(part, groups, free) for part in found])
        alike = words.alike() if LETTER in passe.cle else None
        made = BlockingPass(passe.nom, keys, fiches, groups, free, alike)
        # All of them together are several times as large as one: none waits for the others.
        return shelf.put(made, but=[groups, alike]) if shelf else made

    declared = fiches.spec.file.blocs.passes
    made = each(one, declared)
    left = [passe for passe, found in zip(declared, made, strict=True) if found is None]
    return [found for found in made if found is not None], left


class BlockingPass(Pass):
    """The blocks of a declared pass, cut where they are too large: whom it will bring together.

    The first fiche of a pair owns it, whatever the pass. So a chunk of fiches gives its pairs in all
    passes, and what two passes find is seen twice within one chunk only.

    Args:
        name: of the pass.
        keys: of fiches, of every one that shares a key with a seeker.
        fiches: the records.
        groups: the group of each fiche.
        free: the fiches that seek a partner: one at least of each pair.
        alike: of which pairs names must have letters in common; by default nobody looks.
    """

    def __init__(
        self,
        name: str,
        keys: Keys,
        fiches: Fiches,
        groups: Labels,
        free: Bools,
        alike: AlikeNames | None = None,
    ) -> None:
        super().__init__()
        self.alike = alike
        blocks = mixed_blocks(keys, groups, free)
        keyed = np.zeros(fiches.count, dtype=np.bool_)
        keyed[keys.fiches[blocks.order]] = True
        held = np.repeat(blocks.lengths, blocks.lengths)
        largest = int(blocks.lengths.max(initial=0))
        large = keys.where(blocks.order[held > MAX_BLOCK])
        small = keys.where(blocks.order[held <= MAX_BLOCK])
        kept, left = small, 0
        if len(large.keys):
            cuts, sorts = split(large, fiches), sorts_of(large, free)
            held_by = [np.flatnonzero(cut) for cut in cuts]
            parts = [large.with_keys(cut).where(h) for h, cut in zip(held_by, cuts, strict=True)]
            kept = concat_keys([small, *parts])
            left = count_pairs(runs(large.keys), sorts) - count_united(cuts, sorts)
        last = mixed_blocks(kept, groups, free) if len(large.keys) else runs(kept.keys)
        del blocks, held, keys, large, small
        paid = count_pairs(last, sorts_of(kept, free))
        self.counts = PassCounts(
            name=name,
            records=int(keyed.sum()),
            blocks=len(last.starts),
            pairs=paid,
            largest_block=largest,
            pairs_left_out=left,
        )
        self.groups = groups
        self.source = fiches.table["source"].to_numpy()
        self.once = np.array(fiches.spec.once)
        in_order, lengths = kept.where(last.order), last.lengths
        del kept, last
        self._lay_out(in_order, lengths, free)

    def _lay_out(self, kept: Keys, lengths: npt.NDArray[np.int64], free: Bools) -> None:
        """Keep the fiches block by block, ascending in each, and who comes before whom by fiche."""
        block = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
        every = packed(block, kept.fiches)
        ordered = distinct(every)
        block, self.members = unpacked(ordered)
        next_block = np.arange(1, len(lengths) + 1, dtype=np.uint64) << np.uint64(32)
        stops = np.searchsorted(ordered, next_block)
        # How many stand after in the block: no more than HOPELESS_BLOCK, in half the bytes of a place.
        self.after = (stops[block] - np.arange(1, len(ordered) + 1)).astype(np.uint16)
        del block, next_block, stops
        self.sorts = sorts_within(kept, np.searchsorted(ordered, every), free[self.members])
        del every
        places = np.arange(len(ordered), dtype=np.uint32)
        held = np.bincount(self.sorts, minlength=len(MEETING)) > 0
        # Sorts that meet the same others, of those that occur, share their partners: places ascending, or all.
        alike: dict[bytes, Ids | None] = {}
        self.partners: dict[int, Ids | None] = {}
        for sort in np.flatnonzero(held):
            met = MEETING[sort] & held
            if met.tobytes() not in alike:
                alike[met.tobytes()] = None if (met == held).all() else places[met[self.sorts]]
            self.partners[int(sort)] = alike[met.tobytes()]
        self.owned = unpacked(np.sort(packed(self.members, places)[self.after > 0]))[1]

    def _owner(self, place: int) -> int:
        return int(self.members[self.owned[place]])

    def _spans(self, places: Ids) -> tuple[Ids, Ids]:
        """Return these places with each that comes after in its block and is of a sort they meet."""
        stops, sorts = places + 1 + self.after[places], self.sorts[places]
        left, right = [places[:0]], [places[:0]]
        for sort, partners in self.partners.items():
            some = np.flatnonzero(sorts == sort)
            ends = [places[some] + 1, stops[some]]
            if partners is not None:
                ends = [np.searchsorted(partners, end).astype(np.uint32) for end in ends]
            of_some, found = spans(*ends)
            left.append(places[some[of_some]])
            right.append(found.astype(np.uint32) if partners is None else partners[found])
        return np.concatenate(left), np.concatenate(right)

    def pairs(self, first: int, end: int) -> tuple[Ids, Ids]:
        """Return the pairs that fiches `first` to `end`, excluded, own: with whom comes after in a block."""
        at, until = (
            bisect_left(range(len(self.owned)), fiche, key=self._owner) for fiche in (first, end)
        )
        left, right = (self.members[side] for side in self._spans(self.owned[at:until]))
        apart = self.groups[left] != self.groups[right]
        if self.once.any():
            source = self.source[left]
            apart &= (source != self.source[right]) | ~self.once[source]
        left, right = left[apart], right[apart]
        if self.alike is None:
            return left, right
        kept = self.alike.holds(left, right)
        return left[kept], right[kept]


def in_mixed_blocks(keys: Keys, groups: Labels, free: Bools) -> Keys:
    """Return the keys of `mixed_blocks`, a slice of all keys at a time: few of them make a pair, and what
    brings them together is several times as large as they are.
    """
    bits = max(1, (len(keys.keys) // SLICE).bit_length())
    head = (keys.keys >> np.uint64(64 - bits)).astype(np.uint16)
    parts = []
    for number in range(1 << bits):
        part = keys.where(np.flatnonzero(head == number))
        parts.append(part.where(mixed_blocks(part, groups, free).order))
    return concat_keys(parts)


def mixed_blocks(keys: Keys, groups: Labels, free: Bools) -> Runs:
    """Bring together the fiches of each key that two groups or more have, and that may make a pair."""
    found = runs(keys.keys)
    group = groups[keys.fiches]
    mixed = found.least(group) != found.most(group)
    mixed &= Sizes(found, sorts_of(keys, free)).pairs() > 0
    lengths = found.lengths
    order = found.order[np.repeat(mixed, lengths)]
    kept = lengths[mixed]
    return Runs(order, np.cumsum(kept) - kept)


def split(large: Keys, fiches: Fiches) -> list[Codes]:
    """Cut blocks by each trait of `decoupe` in turn: a pair must agree on one of them.

    Returns: by trait, the finer key of each of `large`, 0 where it is absent, or a block hopeless.
    """
    cuts = []
    for number, trait in enumerate(fiches.spec.file.blocs.decoupe):
        values = fiches.codes(trait)[large.fiches]
        finer = mix(mix(large.keys, np.full(len(values), number + 1)), values)
        finer[values == 0] = 0
        found = runs(finer)
        hopeless = found.lengths > HOPELESS_BLOCK
        finer[found.order[np.repeat(hopeless, found.lengths)]] = 0
        cuts.append(finer)
    return cuts
