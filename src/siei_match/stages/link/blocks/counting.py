"""Who may be paired within a block, and how many pairs that makes, from sizes alone: no pair is made."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from siei_match.reference.arrays import Runs, distinct, mix, runs
from siei_match.stages.link.records.records import Codes
from siei_match.stages.link.records.words import CALLED, FURTHER, SURNAME, Keys

Bools = npt.NDArray[np.bool_]
Sorts = npt.NDArray[np.uint8]

ROLES: Final = np.ones((3, 3), dtype=np.bool_)
"""Which roles of one word meet. Surnames and first names may be inverted, but nobody's third first name
is another's surname: THOMAS, second first name of many, brings them all to each M. THOMAS.
"""
ROLES[FURTHER, SURNAME] = ROLES[SURNAME, FURTHER] = False

MEETING: Final = np.kron(np.array([[False, True], [True, True]]), ROLES)
"""Which sorts meet: roles that do, and one at least that seeks. Sort = 3 × seeks + role."""


def sorts_of(keys: Keys, free: Bools) -> Sorts:
    """Return the sort of each key: its role, and whether its fiche seeks a partner (`free`, by fiche)."""
    role = np.uint8(CALLED) if keys.roles is None else keys.roles
    return np.asarray(3 * free[keys.fiches].astype(np.uint8) + role, dtype=np.uint8)


ROLE_OF_SEVERAL: Final = np.array(
    # Which of SURNAME (1), CALLED (2) and FURTHER (4) a fiche has: a surname that is a further first name
    # too meets whatever one called so meets.
    [CALLED, SURNAME, CALLED, CALLED, FURTHER, CALLED, CALLED, CALLED],
    dtype=np.uint8,
)


def sorts_within(keys: Keys, places: npt.NDArray[np.int64], seeks: Bools) -> Sorts:
    """Return the sort of each fiche of a block, which may hold the key in several roles.

    Args:
        keys: of the blocks.
        places: where the fiche of each key stands.
        seeks: by place.
    """
    if keys.roles is None:
        return np.asarray(3 * seeks.astype(np.uint8) + CALLED, dtype=np.uint8)
    held = np.zeros(len(seeks), dtype=np.uint8)
    for role in (SURNAME, CALLED, FURTHER):
        held[places[keys.roles == role]] |= 1 << role
    return np.asarray(3 * seeks.astype(np.uint8) + ROLE_OF_SEVERAL[held], dtype=np.uint8)


@dataclass(frozen=True)
class Sizes:
    """How many keys of each sort each block holds.

    blocks: the keys, block by block. sorts: by key.
    """

    blocks: Runs
    sorts: Sorts

    @cached_property
    def held(self) -> dict[int, npt.NDArray[np.int64]]:
        """By sort that occurs, its keys in each block."""
        placed = self.sorts[self.blocks.order]
        return {
            int(sort): np.add.reduceat((placed == sort).astype(np.int64), self.blocks.starts)
            for sort in (np.flatnonzero(np.bincount(placed)) if len(placed) else ())
        }

    def pairs(self) -> npt.NDArray[np.int64]:
        """Count the pairs of each block."""
        total = np.zeros(len(self.blocks.starts), dtype=np.int64)
        for sort, size in self.held.items():
            if MEETING[sort, sort]:
                total += size * (size - 1) // 2
            for other, many in self.held.items():
                if other > sort and MEETING[sort, other]:
                    total += size * many
        return total


def count_pairs(blocks: Runs, sorts: Sorts) -> int:
    """Count the pairs of keys of one block whose sorts meet."""
    return int(Sizes(blocks, sorts).pairs().sum())


def count_with(keys: Keys, sought: Bools) -> int:
    """Count the pairs of keys that are equal and of which one at least is of somebody sought, uncut, whatever their roles.

    Args:
        keys: of fiches.
        sought: by fiche; few of them.
    """
    ours = sought[keys.fiches]
    asked = distinct(keys.keys[ours])
    if not len(asked):
        return 0
    place = np.minimum(np.searchsorted(asked, keys.keys), len(asked) - 1)
    shared = asked[place] == keys.keys
    of_all, of_ours = (np.bincount(place[held], minlength=len(asked)) for held in (shared, ours))
    return int((of_ours * of_all - of_ours * (of_ours + 1) // 2).sum())


def count_united(cuts: list[Codes], sorts: Sorts) -> int:
    """Count the pairs that one at least of some ways to cut brings together, each once.

    Two records may agree on several traits: those that agree on this one are counted, less those
    that agree on an earlier one too. Records that stay alone drop out on the way.

    Args:
        cuts: by trait, the finer key of each record, 0 for none.
        sorts: of each record.
    """
    total = 0
    for number, cut in enumerate(cuts):
        held = np.flatnonzero(cut)
        found = runs(cut[held])
        total += count_pairs(found, sorts[held])
        paired = held[found.order[np.repeat(found.lengths > 1, found.lengths)]]
        both = [
            np.where(other[paired] != 0, mix(cut[paired], other[paired]), np.uint64(0))
            for other in cuts[:number]
        ]
        total -= count_united(both, sorts[paired])
    return total
