"""Which names have letters in common: a quick look that spares most pairs their comparison.

Two records of one day whose surnames sound alike, and whose first names begin or end with one letter, are
mostly strangers. A slip, a first name cut short and a variant keep two neighbouring letters more.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import ODD
from siei_match.reference.parallel import each
from siei_match.stages.link.records.records import Codes, Ids

Bools = npt.NDArray[np.bool_]

IN_COMMON: Final = 2
"""Pairs of neighbouring letters that names of one person share, ends of words being letters: HUGO and HGUO share
` H` and `O `; with three, names of four letters with a slip are lost."""
LETTERS: Final = 27
PLACE_OF_PAIR: Final = np.arange(LETTERS * LETTERS, dtype=np.uint64) * ODD >> np.uint64(57)
"""One of 128 places for each pair of letters."""
SLICE: Final = 50_000
"""Texts whose letters are looked at together: what fits in a cache."""


def neighbouring_letters(names: pl.DataFrame) -> Codes:
    """Return which neighbouring letters each row's names hold, ends of words being a letter: 128 bits, two columns.

    Args:
        names: columns of names in capitals, or null.
    """
    texts = names.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series()
    slices = [texts.slice(start, SLICE) for start in range(0, max(1, len(texts)), SLICE)]
    return np.concatenate(each(_neighbouring, slices))


def _neighbouring(texts: pl.Series) -> Codes:
    padded = " " + texts.fill_null("") + " "
    content = np.frombuffer(padded.str.join("").item().encode(), dtype=np.uint8)
    letter = np.where((content >= ord("A")) & (content <= ord("Z")), content - ord("@"), 0)
    pair = letter[:-1].astype(np.uint16) * LETTERS + letter[1:]
    place = PLACE_OF_PAIR[pair]
    # From the end of one text to the begin of the next, both of which are no letter.
    bit = np.where(pair > 0, np.uint64(1) << (place & np.uint64(63)), np.uint64(0))
    ends = np.cumsum(padded.str.len_bytes().to_numpy().astype(np.int64))
    starts = ends - np.diff(ends, prepend=0)
    halves = [np.where(place >> np.uint64(6) == half, bit, np.uint64(0)) for half in (0, 1)]
    return np.column_stack([np.bitwise_or.reduceat(half, starts) for half in halves])


@dataclass(frozen=True)
class AlikeNames:
    """The letters of surnames and first names.

    surnames, first: the set of each record. of_surnames, of_first: `neighbouring_letters` by set.
    """

    surnames: Ids
    first: Ids
    of_surnames: Codes
    of_first: Codes

    def holds(self, a: Ids, b: Ids) -> Bools:
        """Tell of which pairs of records both names have letters in common, inverted or not."""
        straight = self._share(
            (self.of_surnames, self.surnames), (self.of_surnames, self.surnames), a, b
        )
        straight &= self._share((self.of_first, self.first), (self.of_first, self.first), a, b)
        others = np.flatnonzero(~straight)
        a, b = a[others], b[others]
        inverted = self._share((self.of_surnames, self.surnames), (self.of_first, self.first), a, b)
        inverted &= self._share(
            (self.of_first, self.first), (self.of_surnames, self.surnames), a, b
        )
        straight[others] = inverted
        return straight

    @staticmethod
    def _share(one: tuple[Codes, Ids], other: tuple[Codes, Ids], a: Ids, b: Ids) -> Bools:
        (letters, sets), (others, other_sets) = one, other
        both = letters[sets[a]] & others[other_sets[b]]
        return np.asarray(np.bitwise_count(both).sum(axis=1, dtype=np.uint8) >= IN_COMMON)
