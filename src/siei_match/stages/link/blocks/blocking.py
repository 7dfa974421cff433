"""Candidate pairs: several blocking passes, each counted before it is paid for.

A pass gives each fiche one or more keys; fiches that share a key are compared. Which passes there
are, and who seeks a partner in each, is declared (`Spec`). Loose passes seek one for the fiches
that no identifier places, or whose date is partial: two groups that both hold one are one person
only by a clerical error, and then the strict passes meet them. In a block of more than `MAX_BLOCK`
fiches a pair must agree on one more trait; what this leaves out is counted, never silent.
"""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import (
    Runs,
    distinct,
    mix,
    packed,
    runs,
    spans,
    unpacked,
)
from siei_match.reference.parallel import each
from siei_match.stages.link.blocks.keys import Blocking
from siei_match.stages.link.declared.names import (
    EVERYBODY,
    PARTIAL_DATE,
    WITHOUT_IDENTIFIER,
    PassSpec,
)
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import Keys, Words, concat_keys
from siei_match.stages.link.toolkit import Index, Pass

MAX_BLOCK: Final = 400
HOPELESS_BLOCK: Final = 5_000
"""So many fiches with one more trait in common are a defect of the delivery: they are left out."""
Labels = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class PassCounts:
    """What a blocking pass did.

    records: those that have a key another group's record may share. pairs: brought together to be
    compared. largest_block: its records, before it is cut. pairs_left_out: of blocks too large,
    those that agree on nothing more, and were not compared, each once.
    """

    name: str
    records: int
    blocks: int
    pairs: int
    largest_block: int
    pairs_left_out: int


def seekers_of(fiches: Fiches, groups: Labels, own: Bools | None = None) -> dict[str, Bools]:
    """Tell which fiches seek a partner in the passes of each sort.

    `own`: by source, whether it numbers people in its own way too.
    """
    everybody = np.ones(fiches.count, dtype=np.bool_)
    found = {EVERYBODY: everybody, WITHOUT_IDENTIFIER: everybody, PARTIAL_DATE: everybody}
    identifier, date = fiches.spec.identifier, fiches.spec.of_kind("date")
    if identifier is not None:
        placed = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.bool_)
        placed[groups[fiches.codes(identifier.columns[0]) != 0]] = True
        # A source's own number places nobody elsewhere.
        if own is not None and own.any():
            placed &= in_several_sources(fiches, groups) | ~standing_in(fiches, groups, own)
        found[WITHOUT_IDENTIFIER] = ~placed[groups]
    if date is not None:
        month, day = (fiches.codes(c) for c in date.columns[1:])
        # 1 January often means that the day is unknown.
        found[PARTIAL_DATE] = (month == 0) | (day == 0) | ((month == 1) & (day == 1))
    return found


def in_several_sources(fiches: Fiches, groups: Labels) -> Bools:
    """Tell which groups stand in more than one source."""
    source = fiches.codes("source")
    count = int(groups.max(initial=0)) + 1
    first = np.full(count, 255, dtype=np.uint8)
    last = np.zeros(count, dtype=np.uint8)
    np.minimum.at(first, groups, source)
    np.maximum.at(last, groups, source)
    return np.asarray(first < last)


def standing_in(fiches: Fiches, groups: Labels, sources: Bools) -> Bools:
    """Tell which groups stand in one of these sources."""
    found = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.bool_)
    found[groups[sources[fiches.codes("source")]]] = True
    return found


def build_index(
    fiches: Fiches,
    words: Words,
    groups: Labels,
    near: Bools | None = None,
    own: Bools | None = None,
) -> Index:
    """Return the index of the declared passes, each counted; no pair is made yet.

    Its pairs `a` < `b` are of fiches of different groups, each once, whichever passes bring it together.

    Args:
        fiches: the campaign's records.
        words: the sounds of their names.
        groups: the group of each fiche: those of one group are not paired again.
        near: the fiches of which each pair must hold one; by default all.
        own: by source, whether it numbers people in its own way too: such a number places nobody.
    """
    blocking = Blocking(fiches, words, near)
    seekers = seekers_of(fiches, groups, own)

    def one(passe: PassSpec) -> BlockingPass:
        free = seekers[passe.cherchent]
        return BlockingPass(passe.nom, blocking.keys(passe, free), fiches, groups, free)

    return Index(each(one, fiches.spec.file.blocs.passes))


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
    """

    def __init__(self, name: str, keys: Keys, fiches: Fiches, groups: Labels, free: Bools) -> None:
        super().__init__()
        keyed = np.zeros(fiches.count, dtype=np.bool_)
        keyed[keys.fiches] = True
        blocks = mixed_blocks(keys, groups, free)
        held = np.repeat(blocks.lengths, blocks.lengths)
        large = keys.where(blocks.order[held > MAX_BLOCK])
        small = keys.where(blocks.order[held <= MAX_BLOCK])
        kept, left = small, 0
        if len(large.keys):
            cuts, seek = split(large, fiches), free[large.fiches]
            held_by = [np.flatnonzero(cut) for cut in cuts]
            parts = [Keys(large.fiches[h], cut[h]) for h, cut in zip(held_by, cuts, strict=True)]
            kept = concat_keys([small, *parts])
            left = count_pairs(runs(large.keys), seek) - count_united(cuts, seek)
        last = mixed_blocks(kept, groups, free) if len(large.keys) else runs(kept.keys)
        paid = count_pairs(last, free[kept.fiches])
        self.counts = PassCounts(
            name=name,
            records=int(keyed.sum()),
            blocks=len(last.starts),
            pairs=paid,
            largest_block=int(blocks.lengths.max(initial=0)),
            pairs_left_out=left,
        )
        self.groups = groups
        self.source = fiches.table["source"].to_numpy()
        self.once = np.array(fiches.spec.once)
        self._lay_out(kept.fiches[last.order], last.lengths, free)

    def _lay_out(self, members: Ids, lengths: npt.NDArray[np.int64], free: Bools) -> None:
        """Keep the fiches block by block, ascending in each, and who comes before whom by fiche."""
        block = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
        ordered = distinct(packed(block, members))
        block, self.members = unpacked(ordered)
        after = np.arange(1, len(lengths) + 1, dtype=np.uint64) << np.uint64(32)
        stops = np.searchsorted(ordered, after)
        self.stops = stops.astype(np.uint32)[block]
        places = np.arange(len(ordered), dtype=np.uint32)
        # Whoever seeks nobody is paired with those who seek, not with others like them.
        self.leads = free[self.members]
        self.seeking = places[self.leads]
        owns = places + 1 < self.stops
        self.owned = unpacked(np.sort(packed(self.members, places)[owns]))[1]

    def _owner(self, place: int) -> int:
        return int(self.members[self.owned[place]])

    def pairs(self, first: int, end: int) -> tuple[Ids, Ids]:
        """Return the pairs that fiches `first` to `end`, excluded, own: with whom comes after in a block."""
        at, until = (
            bisect_left(range(len(self.owned)), fiche, key=self._owner) for fiche in (first, end)
        )
        places = self.owned[at:until]
        a, stops = self.members[places], self.stops[places]
        leading = self.leads[places]
        of_all, partners = spans(places[leading] + 1, stops[leading])
        bound = ~leading
        begin, finish = (np.searchsorted(self.seeking, ends[bound]) for ends in (places, stops))
        of_some, seekers = spans(begin, finish)
        left = np.concatenate([a[leading][of_all], a[bound][of_some]])
        right = self.members[np.concatenate([partners, self.seeking[seekers]])]
        apart = self.groups[left] != self.groups[right]
        if self.once.any():
            source = self.source[left]
            apart &= (source != self.source[right]) | ~self.once[source]
        return left[apart], right[apart]


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


def count_united(cuts: list[Codes], free: Bools) -> int:
    """Count the pairs that one at least of some ways to cut brings together, each once.

    Two records may agree on several traits: those that agree on this one are counted, less those
    that agree on an earlier one too. Records that stay alone drop out on the way.

    Args:
        cuts: by trait, the finer key of each record, 0 for none.
        free: the records of which each pair must hold one.
    """
    total = 0
    for number, cut in enumerate(cuts):
        held = np.flatnonzero(cut)
        found = runs(cut[held])
        total += count_pairs(found, free[held])
        paired = held[found.order[np.repeat(found.lengths > 1, found.lengths)]]
        both = [
            np.where(other[paired] != 0, mix(cut[paired], other[paired]), np.uint64(0))
            for other in cuts[:number]
        ]
        total -= count_united(both, free[paired])
    return total


def count_pairs(blocks: Runs, free: Bools) -> int:
    """Count the pairs of which one at least seeks a partner."""
    size = blocks.lengths
    held = np.add.reduceat(free[blocks.order], blocks.starts) if len(size) else size
    bound = size - held
    return int((size * (size - 1) // 2 - bound * (bound - 1) // 2).sum())
