"""Which texts have too few letters in common to be alike: a bound, from numbers alone."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]

FAR_FROM: Final = 0.86
"""The Jaro–Winkler similarity below which nothing is alike."""
CLASSES: Final = 32
"""Letters are told apart by their last five bits: A to Z all are."""
PREFIX: Final = 0.4
"""What a beginning in common lifts at most, of what is missing (Winkler 1990: four letters, .1 each)."""
MOST_EDITS: Final = 2
"""Typing errors between texts that are alike all the same."""
MARGIN: Final = 1e-3
SLICE: Final = 50_000


class Letters:
    """The letters of numbered texts, as bits.

    Two texts never have more letters in common than `may` counts, so that what it refuses is
    `DIFFERENT` to whoever compares the texts themselves.
    """

    def __init__(self, texts: pl.Series) -> None:
        slices = [texts.slice(start, SLICE) for start in range(0, max(1, len(texts)), SLICE)]
        bits, more, first = zip(*map(_bits_of, slices), strict=True)
        self.bits = np.concatenate(bits)
        self.more = np.concatenate(more)
        self.first = np.concatenate(first)
        self.length = texts.str.len_chars().to_numpy().astype(np.uint16)

    def may(self, a: Numbers, b: Numbers) -> Bools:
        """Tell which texts may be alike.

        m letters in common give Jaro at most (m/|a| + m/|b| + 1)/3; so many edits leave all letters
        but these in common.
        """
        common = np.bitwise_count(self.bits[a] & self.bits[b]).astype(np.float32)
        common += np.minimum(self.more[a], self.more[b])
        x, y = (np.maximum(self.length[side], 1).astype(np.float32) for side in (a, b))
        jaro = (common / x + common / y + 1) / 3
        lifted = np.where(self.first[a] == self.first[b], jaro + PREFIX * (1 - jaro), jaro)
        lifted = np.maximum(lifted, jaro)
        return np.asarray((lifted >= FAR_FROM - MARGIN) | (common >= np.maximum(x, y) - MOST_EDITS))


def _bits_of(
    texts: pl.Series,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint16], npt.NDArray[np.uint8]]:
    """Return which letters stand once and which twice, how many more there are, and the first one."""
    lengths = texts.str.len_chars().to_numpy().astype(np.int64)
    content = "".join(texts.to_list()).encode("utf-32-le")
    letters = np.frombuffer(content, dtype="<u4") % CLASSES
    text = np.repeat(np.arange(len(texts)), lengths)
    counts = np.bincount(text * CLASSES + letters, minlength=len(texts) * CLASSES)
    counts = counts.reshape(len(texts), CLASSES)
    weights = np.uint64(1) << np.arange(CLASSES, dtype=np.uint64)
    once, twice = ((counts >= times) @ weights for times in (1, 2))
    more = np.maximum(counts - 2, 0).sum(axis=1).astype(np.uint16)
    first = np.zeros(len(texts), dtype=np.uint8)
    starts = np.cumsum(lengths) - lengths
    first[lengths > 0] = letters[starts[lengths > 0]]
    return once.astype(np.uint64) | twice.astype(np.uint64) << np.uint64(CLASSES), more, first
