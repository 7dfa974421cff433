"""Blocks that make a pair: records of one key that are of two groups or more, brought together a slice at a time."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import Runs, distinct, packed, runs, unpacked
from siei_match.stages.link.blocks.counting import Bools, Sizes, Sorts, sorts_of, sorts_within
from siei_match.stages.link.records.records import Ids
from siei_match.stages.link.records.words import Keys, concat_keys

SLICE: Final = 2_000_000
"""Keys brought together at a time: some 100 MB."""
Labels = npt.NDArray[np.uint32]
Counts = npt.NDArray[np.uint16]


def in_blocks(kept: Keys, lengths: npt.NDArray[np.int64], free: Bools) -> tuple[Ids, Counts, Sorts]:
    """Return the fiches of blocks, ascending in each, how many come after each in its block, and their sorts.

    Some blocks at a time: what orders them is several times as large as they are.

    Args:
        kept: keys, block by block.
        lengths: of the blocks.
        free: who seeks a partner.
    """
    offsets = np.append(0, np.cumsum(lengths))
    starts = np.arange(0, max(1, len(kept.keys)), SLICE)
    begins = np.unique(np.searchsorted(offsets[1:], starts, side="right"))
    parts = [
        _in_blocks(kept.where(slice(offsets[first], offsets[end])), lengths[first:end], free)
        for first, end in pairwise([*begins, len(lengths)])
    ]
    members, after, sorts = zip(*parts, strict=True)
    return np.concatenate(members), np.concatenate(after), np.concatenate(sorts)


def _in_blocks(
    kept: Keys, lengths: npt.NDArray[np.int64], free: Bools
) -> tuple[Ids, Counts, Sorts]:
    every = packed(np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths), kept.fiches)
    ordered = distinct(every)
    block, members = unpacked(ordered)
    stops = np.searchsorted(
        ordered, np.arange(1, len(lengths) + 1, dtype=np.uint64) << np.uint64(32)
    )
    # No more than HOPELESS_BLOCK, in half the bytes of a place.
    after = (stops[block] - np.arange(1, len(ordered) + 1)).astype(np.uint16)
    return members, after, sorts_within(kept, np.searchsorted(ordered, every), free[members])


def in_mixed_blocks(keys: Keys, groups: Labels, free: Bools) -> Keys:
    """Return the keys of `mixed_blocks`, a slice of all keys at a time: few of them make a pair, and what
    brings them together is several times as large as they are.
    """
    ranges = in_ranges([keys], SLICE)
    return concat_keys([part.where(mixed_blocks(part, groups, free).order) for part in ranges])


def in_ranges(pieces: Sequence[Keys], most: int) -> Iterator[Keys]:
    """Give keys a range of their values at a time, about `most` of them: equal ones are in one range.

    Args:
        pieces: the keys; put together, they would be as large again.
        most: of a range, about.
    """
    bits = (sum(len(piece.keys) for piece in pieces) // most).bit_length()
    if not bits:
        yield concat_keys(pieces) if len(pieces) > 1 else pieces[0]
        return
    heads = [(piece.keys >> np.uint64(64 - bits)).astype(np.uint16) for piece in pieces]
    for number in range(1 << bits):
        yield concat_keys(
            [
                piece.where(np.flatnonzero(head == number))
                for piece, head in zip(pieces, heads, strict=True)
            ]
        )


def mixed_blocks(keys: Keys, groups: Labels, free: Bools) -> Runs:
    """Bring together the fiches of each key that two groups or more have, and that may make a pair."""
    found = runs(keys.keys)
    # Most keys are one fiche's alone: nothing more is asked of them.
    found = found.where(found.lengths > 1)
    if not len(found.starts):
        return found
    theirs = groups[keys.fiches[found.order]]
    others = theirs != np.repeat(theirs[found.starts], found.lengths)
    found = found.where(np.logical_or.reduceat(others, found.starts))
    shared = keys.where(found.order)
    sizes = Sizes(Runs(np.arange(len(found.order)), found.starts), sorts_of(shared, free))
    return found.where(sizes.pairs() > 0)
