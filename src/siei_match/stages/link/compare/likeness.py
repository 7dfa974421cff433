"""Likeness of texts, over numbered vocabularies: each pair of distinct texts is compared once."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from siei_match.reference.arrays import TEXT, packed, runs, spread
from siei_match.stages.link.records.sounds import heard

Numbers = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Texts = list[str] | npt.NDArray[np.object_]

EQUAL: Final = 1
PART: Final = 2
NEAR: Final = 3
FAR: Final = 4
DIFFERENT: Final = 5
MIN_LETTERS_FOR_A_TYPO: Final = 4
NEAR_FROM: Final = 0.93
FAR_FROM: Final = 0.86
REPEATING: Final = 20_000
"""From so many pairs on, finding those that come again costs less than comparing them again."""
CELLS: Final = 20_000_000
"""Words compared with words at a time: 20 MB."""


def jaro_winkler(a: Texts, b: Texts) -> npt.NDArray[np.float32]:
    """Return the Jaro–Winkler similarity of texts, 0 below `FAR_FROM` (Winkler 1990)."""
    return np.asarray(
        cpdist(
            a,
            b,
            scorer=JaroWinkler.similarity,
            score_cutoff=FAR_FROM,
            dtype=np.float32,
            workers=-1,
        )
    )


def edits(a: Texts, b: Texts) -> npt.NDArray[np.uint8]:
    """Count insertions, deletions, substitutions and transpositions, up to 3 (then 4)."""
    return np.asarray(cpdist(a, b, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8, workers=-1))


def objects(texts: pl.Series) -> npt.NDArray[np.object_]:
    """Return texts as Python objects, to gather many of them at once."""
    array = np.empty(len(texts), dtype=object)
    array[:] = texts.to_list()
    return array


class Vocabulary:
    """Distinct texts, numbered from 1; number 0 is none.

    bare: the texts without their spaces. length: of `bare`. code: hash of `bare`. sound: hash of how
    it is heard.
    """

    def __init__(self, texts: pl.Series) -> None:
        """Take distinct texts without null; number k + 1 is that of `texts[k]`."""
        self.texts = texts
        bare = pl.concat([pl.Series([""], dtype=pl.String), texts.str.replace_all(" ", "")])
        self.bare = objects(bare)
        self.length = bare.str.len_chars().to_numpy()
        self.code = bare.hash(seed=TEXT).to_numpy()
        sounds = bare.to_frame("mot").select(son=heard(pl.col("mot")).hash(seed=TEXT))
        self.sound = sounds["son"].to_numpy()
        self._row, self._words = _words_of(texts)

    def likeness(self, a: Numbers, b: Numbers) -> npt.NDArray[np.uint8]:
        """Return how alike texts `a` and `b` are (numbers, none of them 0).

        `EQUAL` ignores spaces (DE LA CRUZ, DELACRUZ); `PART`: the words of one are among the
        other's; `NEAR`: one typing error or nearly so; `FAR`: some likeness.
        """
        found = np.full(len(a), EQUAL, dtype=np.uint8)
        unequal = np.flatnonzero(self.code[a] != self.code[b])
        # In one order, since Jaro's transpositions may depend on it.
        low, high = np.minimum(a, b)[unequal], np.maximum(a, b)[unequal]
        found[unequal] = self._distinct(low, high)
        return found

    def _distinct(self, low: Numbers, high: Numbers) -> npt.NDArray[np.uint8]:
        if len(low) < REPEATING:
            return self._unlike(low, high)
        again = runs(spread(packed(low, high)))
        once = again.first
        return self._unlike(low[once], high[once])[again.numbers()]

    def _unlike(self, a: Numbers, b: Numbers) -> npt.NDArray[np.uint8]:
        similarity = jaro_winkler(self.bare[a], self.bare[b])
        shortest = np.minimum(self.length[a], self.length[b])
        apart = np.abs(self.length[a].astype(np.int64) - self.length[b])
        distance = np.full(len(a), 4, dtype=np.uint8)
        # Texts whose lengths differ by more are further apart than any level asks.
        close = np.flatnonzero(apart <= 2)
        distance[close] = edits(self.bare[a[close]], self.bare[b[close]])
        near = (
            ((distance <= 1) & (shortest >= MIN_LETTERS_FOR_A_TYPO))
            | ((distance <= 2) & (shortest >= 2 * MIN_LETTERS_FOR_A_TYPO))
            | (similarity >= NEAR_FROM)
        )
        far = (similarity >= FAR_FROM) | (
            (distance <= 2) & (shortest >= MIN_LETTERS_FOR_A_TYPO + 1)
        )
        part = self._contained(a, b)
        return np.select([part, near, far], [PART, NEAR, FAR], DIFFERENT).astype(np.uint8)

    def _contained(self, a: Numbers, b: Numbers) -> Bools:
        """Tell whether the words of one text are all among the other's."""
        found = np.zeros(len(a), dtype=np.bool_)
        several = np.flatnonzero((self._row[a] > 0) & (self._row[b] > 0))
        one = np.flatnonzero((self._row[a] > 0) != (self._row[b] > 0))
        long = np.where(self._row[a[one]] > 0, a[one], b[one])
        short = np.where(self._row[a[one]] > 0, b[one], a[one])
        found[one] = (self._words[self._row[long]] == self.code[short][:, None]).any(axis=1)
        step = max(1, CELLS // self._words.shape[1] ** 2)
        for start in range(0, len(several), step):
            rows = several[start : start + step]
            x, y = self._words[self._row[a[rows]]], self._words[self._row[b[rows]]]
            same = x[:, :, None] == y[:, None, :]
            found[rows] = (same.any(axis=2) | (x == 0)).all(axis=1) | (
                same.any(axis=1) | (y == 0)
            ).all(axis=1)
        return found


def _words_of(texts: pl.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Return for each number the row of its words in a table, 0 for a text of one word.

    The table holds the hashes of the words, 0 where there are no more; its row 0 is empty.
    """
    several = texts.str.contains(" ", literal=True)
    row = np.zeros(len(texts) + 1, dtype=np.int64)
    row[1:][several.to_numpy()] = np.arange(1, int(several.sum()) + 1)
    words = texts.filter(several).str.split(" ")
    width = int(words.list.len().max() or 1)  # type: ignore[arg-type]
    table = np.zeros((len(words) + 1, width), dtype=np.uint64)
    for place in range(width):
        table[1:, place] = words.list.get(place, null_on_oob=True).hash(seed=TEXT).to_numpy()
        table[1:, place][words.list.len().to_numpy() <= place] = 0
    return row, table
