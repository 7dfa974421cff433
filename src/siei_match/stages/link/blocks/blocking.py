"""Candidate pairs: several blocking passes, each counted before it is paid for.

A pass gives each fiche one or more keys; fiches that share a key are compared. Which passes there
are, and who seeks a partner in each, is declared (`Spec`). Loose passes seek one for the fiches
that no identifier places, or whose date is partial: two groups that both hold one are one person
only by a clerical error, and then the strict passes meet them. In a block of more than `MAX_BLOCK`
fiches a pair must agree on one more trait; what this leaves out is counted, never silent.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import Marked, marked, packed, spans, unpacked
from siei_match.reference.engines import Shelf
from siei_match.reference.parallel import each
from siei_match.stages.link.blocks.counting import MEETING, count_with
from siei_match.stages.link.blocks.cutting import cut_blocks
from siei_match.stages.link.blocks.keys import LETTER, Blocking
from siei_match.stages.link.blocks.mixed import in_mixed_blocks, in_ranges
from siei_match.stages.link.blocks.seekers import seekers_of
from siei_match.stages.link.blocks.slices import alike_cut, slices
from siei_match.stages.link.declared.names import PassSpec
from siei_match.stages.link.records.alike import AlikeNames
from siei_match.stages.link.records.records import Fiches, Ids
from siei_match.stages.link.records.words import Keys, Words, concat_keys
from siei_match.stages.link.toolkit import Index, Pass

LAID_OUT: Final = 1 << 24
"""Keys of a pass whose blocks are laid out together: what brings them together takes fifty bytes a key."""
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
    among: Ids | None = None,
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
        among: the fiches that may be paired, ascending; by default all.
        most: pairs, before blocks are cut, that a pass may make with those near, who are few.
        shelf: see `build_index`.
    """
    seekers = seekers_of(fiches, groups, own)
    declared = fiches.spec.file.blocs.passes
    keys: dict[str, list[Keys]] = {passe.nom: [] for passe in declared}
    met = dict.fromkeys(keys, 0)

    def cut(passe: PassSpec, blocking: Blocking) -> None:
        free, mixed = seekers[passe.cherchent], []
        for part in blocking.keys(passe, free):
            if near is not None and most is not None:
                met[passe.nom] += count_with(part, near)
                if met[passe.nom] > most:
                    keys.pop(passe.nom)
                    return
            mixed.append(in_mixed_blocks(part, groups, free))
        found = concat_keys(mixed)
        keys[passe.nom].append(shelf.put(found) if shelf else found)

    def whole(passe: PassSpec) -> BlockingPass:
        free = seekers[passe.cherchent]
        alike = words.alike() if LETTER in passe.cle else None
        made = BlockingPass(passe.nom, keys.pop(passe.nom), fiches, groups, free, alike)
        # All of them together are several times as large as one: none waits for the others.
        return shelf.put(made, but=[groups, alike]) if shelf else made

    for column, passes in alike_cut(declared, fiches):
        for some in slices(fiches, column, among):
            asked = [passe for passe in passes if passe.nom in keys]
            each(partial(cut, blocking=Blocking(fiches, words, asked, near, some)), asked)
    left = [passe for passe in declared if passe.nom not in keys]
    made = [passe for passe in declared if passe.nom in keys]
    # Where memory is bounded none of the largest is worked on beside another.
    return list(map(whole, made)) if shelf and shelf.memory else each(whole, made), left


class BlockingPass(Pass):
    """The blocks of a declared pass, cut where they are too large: whom it will bring together.

    The first fiche of a pair owns it, whatever the pass. So a chunk of fiches gives its pairs in all
    passes, and what two passes find is seen twice within one chunk only.

    Args:
        name: of the pass.
        keys: in pieces, of fiches, of every one that shares a key with a seeker, of blocks that make a pair alone.
        fiches: the records.
        groups: the group of each fiche.
        free: the fiches that seek a partner: one at least of each pair.
        alike: of which pairs names must have letters in common; by default nobody looks.
    """

    def __init__(
        self,
        name: str,
        keys: Sequence[Keys],
        fiches: Fiches,
        groups: Labels,
        free: Bools,
        alike: AlikeNames | None = None,
    ) -> None:
        super().__init__()
        self.alike = alike
        keyed = np.zeros(fiches.count, dtype=np.bool_)
        for piece in keys:
            keyed[piece.fiches] = True
        parts = [cut_blocks(part, fiches, groups, free) for part in in_ranges(keys, LAID_OUT)]
        self.counts = PassCounts(
            name=name,
            records=int(keyed.sum()),
            blocks=sum(part.blocks for part in parts),
            pairs=sum(part.pairs for part in parts),
            largest_block=max(part.largest for part in parts),
            pairs_left_out=sum(part.left for part in parts),
        )
        self.groups = groups
        self.source = fiches.table["source"].to_numpy()
        self.once = np.array(fiches.spec.once)
        self.members = np.concatenate([part.members for part in parts])
        self.after = np.concatenate([part.after for part in parts])
        self.sorts = np.concatenate([part.sorts for part in parts])
        del parts
        self._lay_out()

    def _lay_out(self) -> None:
        """Keep who is met by whom, and who comes before whom by fiche."""
        places = np.arange(len(self.members), dtype=np.uint32)
        held = np.bincount(self.sorts, minlength=len(MEETING)) > 0
        # Sorts that meet the same others, of those that occur, share their partners; None: all places.
        alike: dict[bytes, Marked | None] = {}
        self.partners: dict[int, Marked | None] = {}
        for sort in np.flatnonzero(held):
            met = MEETING[sort] & held
            if met.tobytes() not in alike:
                alike[met.tobytes()] = None if (met == held).all() else marked(met[self.sorts])
            self.partners[int(sort)] = alike[met.tobytes()]
        owned = places[self.after > 0]
        by_fiche = packed(self.members[owned], owned)
        by_fiche.sort()
        self.owned = unpacked(by_fiche)[1]

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
                ends = [partners.ranks(end) for end in ends]
            of_some, found = spans(*ends)
            left.append(places[some[of_some]])
            right.append(found.astype(np.uint32) if partners is None else partners.places[found])
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
