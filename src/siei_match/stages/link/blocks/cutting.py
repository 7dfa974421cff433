"""The blocks of some keys, cut where they are too large: what this leaves out is counted."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from siei_match.reference.arrays import Runs, mix, runs
from siei_match.stages.link.blocks.counting import Bools, Sorts, count_pairs, count_united, sorts_of
from siei_match.stages.link.blocks.mixed import Counts, Labels, in_blocks, mixed_blocks
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import Keys, concat_keys

MAX_BLOCK: Final = 400
HOPELESS_BLOCK: Final = 5_000
"""So many fiches with one more trait in common are a defect of the delivery: they are left out."""


@dataclass(frozen=True)
class Blocks:
    """Blocks of fiches, one after another.

    members: the fiches, ascending in each block. after: how many come after each in its block. sorts: of each.
    blocks: how many there are. pairs: see `PassCounts`. largest: fiches of the largest block, before it was cut.
    left: pairs that cutting left out.
    """

    members: Ids
    after: Counts
    sorts: Sorts
    blocks: int
    pairs: int
    largest: int
    left: int


def cut_blocks(keys: Keys, fiches: Fiches, groups: Labels, free: Bools) -> Blocks:
    """Return the blocks of all fiches of some keys.

    Args:
        keys: of blocks that make a pair alone.
        fiches: the records.
        groups: the group of each fiche.
        free: the fiches that seek a partner.
    """
    found, left = runs(keys.keys), 0
    largest = int(found.lengths.max(initial=0))
    if largest > MAX_BLOCK:
        keys, left = without_large(keys, found, fiches, free)
        found = mixed_blocks(keys, groups, free)
    pairs = count_pairs(found, sorts_of(keys, free))
    members, after, sorts = in_blocks(keys.where(found.order), found.lengths, free)
    return Blocks(members, after, sorts, len(found.starts), pairs, largest, left)


def without_large(keys: Keys, blocks: Runs, fiches: Fiches, free: Bools) -> tuple[Keys, int]:
    """Return the keys of blocks, the large ones cut (`split`), and how many pairs that leaves out."""
    held = np.repeat(blocks.lengths, blocks.lengths)
    large, small = (
        keys.where(blocks.order[which]) for which in (held > MAX_BLOCK, held <= MAX_BLOCK)
    )
    cuts, sorts = split(large, fiches), sorts_of(large, free)
    parts = [large.with_keys(cut).where(np.flatnonzero(cut)) for cut in cuts]
    left = count_pairs(runs(large.keys), sorts) - count_united(cuts, sorts)
    return concat_keys([small, *parts]), left


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
