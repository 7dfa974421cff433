"""What every kind of trait does: two arrays of record numbers in, levels out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Ids

Levels = npt.NDArray[np.uint8]
Shares = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Compared = tuple[Levels, Shares | None]


class Kind(Protocol):
    """A trait, ready to be compared.

    `compare` returns the level of each pair of fiches, and for the traits whose agreement depends
    on how rare the value is, the share of people who have it (NaN where none agrees).
    """

    trait: Trait

    def compare(self, a: Ids, b: Ids) -> Compared: ...


def first_that_holds(
    trait: Trait, absent: Bools, tests: Sequence[tuple[Bools, str]], otherwise: str
) -> Levels:
    """Return the code of the first level whose test holds, `ABSENT` where a side lacks the trait.

    Levels that are not declared are passed over.
    """
    tests = [(test, level) for test, level in tests if level in trait.levels]
    return np.select(
        [absent, *(test for test, _ in tests)],
        [ABSENT, *(trait.code(level) for _, level in tests)],
        trait.code(otherwise),
    ).astype(np.uint8)
