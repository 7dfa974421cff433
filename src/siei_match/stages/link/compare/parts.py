"""Words of names of several words: whether one of them, mistyped, stands in the other name."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.compare.letters import Letters
from siei_match.stages.link.compare.likeness import (
    NEAR,
    Bools,
    Numbers,
    graded,
    objects,
    words_in_places,
)
from siei_match.stages.link.records.coding import numbers_of

FEWEST_LETTERS: Final = 4
"""Shorter words are many names' own: DE, ALI, LEA."""
CELLS: Final = 4_000_000
"""Words compared with words at a time."""


class NameParts:
    """The words of numbered texts; number 0 is none."""

    def __init__(self, texts: pl.Series) -> None:
        """Take distinct texts without null; number k + 1 is that of `texts[k]`."""
        split = texts.str.split(" ")
        words = split.explode().unique().sort()
        bare = pl.concat([pl.Series([""], dtype=pl.String), words])
        self.words = objects(bare)
        self.length = bare.str.len_chars().to_numpy()
        self._letters = Letters(bare)
        table = numbers_of(words_in_places(split), words)
        self.table = np.pad(table, ((1, 0), (0, 0)))
        self.several = (self.table > 0).sum(axis=1) > 1

    def near(self, a: Numbers, b: Numbers) -> Bools:
        """Tell which texts have a word of some letters that is the other's, or nearly; one at least has several."""
        found = np.zeros(len(a), dtype=np.bool_)
        asked = np.flatnonzero(self.several[a] | self.several[b])
        step = max(1, CELLS // self.table.shape[1] ** 2)
        for start in range(0, len(asked), step):
            rows = asked[start : start + step]
            found[rows] = self._near(self.table[a[rows]], self.table[b[rows]])
        return found

    def _near(self, left: Numbers, right: Numbers) -> Bools:
        long = [self.length[side] >= FEWEST_LETTERS for side in (left, right)]
        rows, i, j = np.nonzero(long[0][:, :, None] & long[1][:, None, :])
        x, y = left[rows, i], right[rows, j]
        alike = x == y
        open_ = np.flatnonzero(~alike & self._letters.may(x, y))
        low, high = np.minimum(x, y)[open_], np.maximum(x, y)[open_]
        texts, lengths = [[of[low], of[high]] for of in (self.words, self.length)]
        alike[open_] = graded(*texts, *lengths) == NEAR
        found = np.zeros(len(left), dtype=np.bool_)
        found[rows[alike]] = True
        return found


def initials(x: npt.NDArray[np.object_], y: npt.NDArray[np.object_]) -> Bools:
    """Tell which texts begin with an initial of the other's first word, and have more words: M LAURENCE, MARIE."""
    return np.array([_initial(u, v) or _initial(v, u) for u, v in zip(x, y, strict=True)], np.bool_)


def _initial(short: str, long: str) -> bool:
    return short[1:2] == " " and long[:1] == short[:1] and long[1:2] not in ("", " ")
