"""Likeness of texts, over numbered vocabularies: each pair of distinct texts is compared once."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from siei_match.reference.arrays import TEXT, packed, runs, spread
from siei_match.stages.link.compare.letters import FAR_FROM, Letters
from siei_match.stages.link.records.sounds import heard

Numbers = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Texts = list[str] | npt.NDArray[np.object_]

EQUAL: Final = 1
PART: Final = 2
NEAR: Final = 3
FAR: Final = 4
SLIP: Final = 5
DIFFERENT: Final = 6
MIN_LETTERS_FOR_A_TYPO: Final = 4
ROOT: Final = 4
"""Letters that two names of one root share."""
SHORTEST_BEGINNING: Final = 3
"""Letters of a name cut short."""
GLUED: Final = 7
"""Letters of a word that may be two names."""
NEAR_FROM: Final = 0.93
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


def words_in_places(split: pl.Series) -> list[pl.Series]:
    """Return the words of lists by their place, null where there are no more; one column at least."""
    width = max(1, int(split.list.len().max() or 1))  # type: ignore[arg-type]
    return [split.list.get(place, null_on_oob=True) for place in range(width)]


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
        self._head = bare.str.head(SHORTEST_BEGINNING).hash(seed=TEXT).to_numpy()
        self._letters = Letters(bare)
        self._row, self._words, self._spelt = _words_of(texts)
        self._read_glued()

    def _read_glued(self) -> None:
        """Read a long word that another text writes in several as these (JEANBAPTISTE, JEAN BAPTISTE)."""
        several = np.flatnonzero(self._row)
        long = np.flatnonzero((self._row == 0) & (self.length >= GLUED))
        if not len(several):
            return
        codes, first = np.unique(self.code[several], return_index=True)
        place = np.minimum(np.searchsorted(codes, self.code[long]), len(codes) - 1)
        same = codes[place] == self.code[long]
        self._row[long[same]] = self._row[several[first[place[same]]]]

    def likeness(self, a: Numbers, b: Numbers) -> npt.NDArray[np.uint8]:
        """Return how alike texts `a` and `b` are (numbers, none of them 0).

        `EQUAL` ignores spaces (DE LA CRUZ, DELACRUZ); `PART`: the words of one are among the
        other's; `NEAR`: one typing error or nearly so; `FAR`: some likeness; `SLIP`: as many slips as short texts
        hold (AXEL, AXRL, LUC, LC).
        """
        found = np.full(len(a), EQUAL, dtype=np.uint8)
        unequal = np.flatnonzero(self.code[a] != self.code[b])
        # In one order, since Jaro's transpositions may depend on it.
        low, high = np.minimum(a, b)[unequal], np.maximum(a, b)[unequal]
        found[unequal] = DIFFERENT
        # Most have too few letters in common for any likeness: no text is looked at.
        open_ = np.flatnonzero(
            (self._row[low] > 0) | (self._row[high] > 0) | self._letters.may(low, high)
        )
        found[unequal[open_]] = self._distinct(low[open_], high[open_])
        return found

    def _distinct(self, low: Numbers, high: Numbers) -> npt.NDArray[np.uint8]:
        if len(low) < REPEATING:
            return self._unlike(low, high)
        again = runs(spread(packed(low, high)))
        once = again.first
        return self._unlike(low[once], high[once])[again.numbers()]

    def _unlike(self, a: Numbers, b: Numbers) -> npt.NDArray[np.uint8]:
        alike = graded(self.bare[a], self.bare[b], self.length[a], self.length[b])
        return np.where(self._contained(a, b), np.uint8(PART), alike).astype(np.uint8)

    def initial_of(self, a: Numbers, b: Numbers) -> Bools:
        """Tell which texts are the other's initial."""
        found = np.minimum(self.length[a], self.length[b]) == 1
        rows = np.flatnonzero(found)
        found[rows] = _cut(self.bare[a[rows]], self.bare[b[rows]])
        return np.asarray(found)

    def begin(self, a: Numbers, b: Numbers) -> Bools:
        """Tell which texts of some letters are the other's beginning (KARINE called KAR)."""
        found = (self._head[a] == self._head[b]) & (self.length[a] != self.length[b])
        found &= np.minimum(self.length[a], self.length[b]) >= SHORTEST_BEGINNING
        rows = np.flatnonzero(found)
        found[rows] = _cut(self.bare[a[rows]], self.bare[b[rows]])
        return np.asarray(found)

    def end_otherwise(self, a: Numbers, b: Numbers) -> Bools:
        """Tell which texts begin alike and end as two names do, not as one that is cut or mistyped."""
        x, y = self.bare[a], self.bare[b]
        alike = [u[:ROOT] == v[:ROOT] for u, v in zip(x, y, strict=True)]
        return np.asarray(np.array(alike, dtype=np.bool_) & (edits(x, y) > 2) & ~_cut(x, y))

    def likeness_of_the_rest(self, a: Numbers, b: Numbers) -> npt.NDArray[np.uint8]:
        """Return how alike what two texts of several words do not share is; `EQUAL` for one word.

        MOHAMED AMINE and MOHAMED ALI are as unlike as AMINE and ALI, though most letters are the
        same. So are two texts that share no word.
        """
        found = np.full(len(a), EQUAL, dtype=np.uint8)
        several = self._of_several_words(a, b)
        if not len(several):
            return found
        rests = self._rests(a[several], b[several])
        lengths = [np.array([len(word) for word in rest]) for rest in rests]
        alike = graded(*rests, *lengths)
        alike[_cut(*rests)] = NEAR
        alike[(rests[0] == rests[1]) | (lengths[0] == 0) | (lengths[1] == 0)] = EQUAL
        found[several] = alike
        return found

    def abbreviated(self, a: Numbers, b: Numbers) -> Bools:
        """Tell which texts of several words differ by an initial alone (M DIARRA, MAME DIARRA)."""
        found = np.zeros(len(a), dtype=np.bool_)
        several = self._of_several_words(a, b)
        if len(several):
            # One letter is what is left of a text of several words: the others are shared.
            found[several] = [
                min(len(x), len(y)) == 1 and x[0] == y[0]
                for x, y in zip(*self._rests(a[several], b[several]), strict=True)
            ]
        return found

    def _of_several_words(self, a: Numbers, b: Numbers) -> npt.NDArray[np.intp]:
        return np.flatnonzero((self._row[a] > 0) & (self._row[b] > 0))

    def _rests(self, a: Numbers, b: Numbers) -> list[npt.NDArray[np.object_]]:
        """Return in one word what each of two texts of several words does not share, the lesser number first."""
        low, high = np.minimum(a, b), np.maximum(a, b)
        x, y = self._words[self._row[low]], self._words[self._row[high]]
        same = (x[:, :, None] == y[:, None, :]) & (x != 0)[:, :, None]
        return [
            _joined(self._spelt[self._row[text]], (words != 0) & ~same.any(axis=axis))
            for text, words, axis in ((low, x, 2), (high, y, 1))
        ]

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


def graded(
    a: npt.NDArray[np.object_],
    b: npt.NDArray[np.object_],
    length_a: npt.NDArray[Any],
    length_b: npt.NDArray[Any],
) -> npt.NDArray[np.uint8]:
    """Return how alike distinct texts without spaces are: `NEAR`, `FAR`, `SLIP` or `DIFFERENT`.

    A beginning in common lifts Jaro–Winkler: beyond two typing errors it is near only where the one
    text is the other's beginning (a field that cuts), not where they end otherwise (MAXIMIN,
    MAXIMILIEN).
    """
    similarity = jaro_winkler(a, b)
    shortest = np.minimum(length_a, length_b)
    apart = np.abs(length_a.astype(np.int64) - length_b)
    distance = np.full(len(a), 4, dtype=np.uint8)
    # Texts whose lengths differ by more are further apart than any level asks.
    close = np.flatnonzero(apart <= 2)
    distance[close] = edits(a[close], b[close])
    likely = np.flatnonzero((similarity >= NEAR_FROM) & (distance > 2))
    cut = np.zeros(len(a), dtype=np.bool_)
    cut[likely] = _cut(a[likely], b[likely])
    near = (
        ((distance <= 1) & (shortest >= MIN_LETTERS_FOR_A_TYPO))
        | ((distance <= 2) & (shortest >= 2 * MIN_LETTERS_FOR_A_TYPO))
        | ((similarity >= NEAR_FROM) & ((distance <= 2) | cut))
    )
    far = (similarity >= FAR_FROM) | ((distance <= 2) & (shortest >= MIN_LETTERS_FOR_A_TYPO + 1))
    # Most names of three letters are one letter from another name: a slip there says less.
    far |= (distance <= 1) & (shortest == MIN_LETTERS_FOR_A_TYPO - 1)
    slip = distance <= np.minimum(2, shortest - 1)
    return np.select([near, far, slip], [NEAR, FAR, SLIP], DIFFERENT).astype(np.uint8)


def _cut(a: npt.NDArray[np.object_], b: npt.NDArray[np.object_]) -> Bools:
    """Tell which texts are the beginning of the other: an initial, or a field that cuts."""
    ends = [x.startswith(y) or y.startswith(x) for x, y in zip(a, b, strict=True)]
    return np.array(ends, dtype=np.bool_)


def _joined(words: npt.NDArray[np.object_], kept: Bools) -> npt.NDArray[np.object_]:
    """Return in one word those words of each row that are kept."""
    text = np.where(kept[:, 0], words[:, 0], "")
    for place in range(1, words.shape[1]):
        text = text + np.where(kept[:, place], words[:, place], "")
    return np.asarray(text, dtype=object)


def _words_of(
    texts: pl.Series,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint64], npt.NDArray[np.object_]]:
    """Return for each number the row of its words in two tables, 0 for a text of one word.

    The tables hold the hashes of the words and the words, 0 and nothing where there are no more;
    their row 0 is empty.
    """
    several = texts.str.contains(" ", literal=True)
    row = np.zeros(len(texts) + 1, dtype=np.int64)
    row[1:][several.to_numpy()] = np.arange(1, int(several.sum()) + 1)
    words = texts.filter(several).str.split(" ")
    width = int(words.list.len().max() or 1)  # type: ignore[arg-type]
    table = np.zeros((len(words) + 1, width), dtype=np.uint64)
    spelt = np.full((len(words) + 1, width), "", dtype=object)
    for place in range(width):
        table[1:, place] = words.list.get(place, null_on_oob=True).hash(seed=TEXT).to_numpy()
        table[1:, place][words.list.len().to_numpy() <= place] = 0
        spelt[1:, place] = words.list.get(place, null_on_oob=True).fill_null("").to_list()
    return row, table, spelt
