"""Grouping of whole arrays by 64-bit keys: one sort, no hash table.

numpy sorts ten million integers in a fraction of the time that hash tables take to group them, and
in less memory; so equal keys are brought together by sorting, with the place of each packed in its
lower bits.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
ODD: Final = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, whose multiples spread (Knuth, TAOCP 6.4)."""


TEXT: Final = 7
"""The seed of the hashes of texts: one, so that a word is the same number in any column."""


@dataclass(frozen=True)
class Runs:
    """Places of an array brought together by key.

    order: all places, those of one key side by side, keys ascending. starts: where in `order` each
    run of one key begins.
    """

    order: Places
    starts: Places

    @property
    def lengths(self) -> Places:
        return np.diff(self.starts, append=len(self.order))

    @property
    def first(self) -> Places:
        """One place of each run."""
        return self.order[self.starts]

    def numbers(self) -> npt.NDArray[np.uint32]:
        """Return the number of the run of each place."""
        numbers = np.empty(len(self.order), dtype=np.uint32)
        numbers[self.order] = np.repeat(np.arange(len(self.starts), dtype=np.uint32), self.lengths)
        return numbers

    def least(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the least value of each run, `values` being in the order of places."""
        return self._reduce(np.minimum, values)

    def most(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return self._reduce(np.maximum, values)

    def where(self, kept: Bools) -> "Runs":
        """Return some of the runs."""
        lengths = self.lengths
        order, left = self.order[np.repeat(kept, lengths)], lengths[kept]
        return Runs(order, np.cumsum(left) - left)

    def _reduce(self, ufunc: np.ufunc, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        if not len(self.starts):
            return values[:0]
        reduced: npt.NDArray[Any] = ufunc.reduceat(values[self.order], self.starts)
        return reduced


def runs(keys: Keys) -> Runs:
    """Bring equal keys together."""
    count = len(keys)
    low = np.uint64(max(1, count - 1).bit_length())
    mask = (np.uint64(1) << low) - np.uint64(1)
    heads = keys & ~mask
    heads |= np.arange(count, dtype=np.uint64)
    heads.sort()
    order = (heads & mask).view(np.int64)
    heads >>= low
    begins = np.ones(count, dtype=np.bool_)
    begins[1:] = heads[1:] != heads[:-1]
    # Keys whose first bits differ are two: only the others are looked up, and most keys are one place's alone.
    alike = np.flatnonzero(~begins)
    begins[alike] = keys[order[alike]] != keys[order[alike - 1]]
    wrong = alike[begins[alike]]
    if len(wrong):
        mixed = _places_of(heads, heads[wrong])
        again = order[mixed]
        order[mixed] = again[np.argsort(keys[again], kind="stable")]
        begins[mixed] = keys[order[mixed]] != keys[order[mixed - 1]]
        # The first place of all has none before it.
        begins[:1] = True
    return Runs(order, np.flatnonzero(begins))


def _places_of(heads: Keys, mixed: Keys) -> Places:
    """Return where some of the ascending `heads` stand: the places took the bits that order them."""
    few = distinct(mixed)
    first = np.searchsorted(heads, few, "left")
    lengths = np.searchsorted(heads, few, "right") - first
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.asarray(np.repeat(first, lengths) + within)


def first_places(labels: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
    """Return the first place of each label from 0 to the largest, 0 for one that nothing bears; without a sort."""
    first = np.zeros(int(labels.max()) + 1 if len(labels) else 0, dtype=np.uint32)
    # Of several places of a label the last one written stays: the first.
    first[labels[::-1]] = np.arange(len(labels), dtype=np.uint32)[::-1]
    return first


def pairs_in_runs(found: Runs, leading: Bools) -> tuple[Places, Places]:
    """Return the pairs of places of one run of which one at least leads.

    Args:
        found: places brought together.
        leading: by place.
    """
    run = np.repeat(np.arange(len(found.starts)), found.lengths)
    # Those that lead come first in their run: each is then paired with all after it.
    order = found.order[np.argsort(2 * run + ~leading[found.order], kind="stable")]
    position = np.arange(len(order)) - np.repeat(found.starts, found.lengths)
    after = np.repeat(found.lengths, found.lengths) - position - 1
    after[~leading[order]] = 0
    first = np.repeat(np.arange(len(order)), after)
    step = np.arange(len(first)) - np.repeat(np.cumsum(after) - after, after)
    return order[first], order[first + step + 1]


def pairs_of_holders(keys: Keys, holders: npt.NDArray[Any], most: int) -> tuple[Places, Places]:
    """Return the pairs of places of one key and of two holders, of whom the first place alone counts.

    Args:
        keys: of the places.
        holders: whose each place is.
        most: a key that more hold brings nobody together.
    """
    first = runs(mix(keys, holders)).first
    found = runs(keys[first])
    few = first[(found.lengths <= most)[found.numbers()]]
    a, b = pairs_in_runs(runs(keys[few]), np.ones(len(few), dtype=np.bool_))
    return few[a], few[b]


def spans(begins: npt.NDArray[Any], ends: npt.NDArray[Any]) -> tuple[Places, Places]:
    """Return every place from each begin to its end, excluded, with the number of its span."""
    lengths = np.maximum(ends.astype(np.int64) - begins.astype(np.int64), 0)
    number = np.repeat(np.arange(len(lengths)), lengths)
    step = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return number, begins.astype(np.int64)[number] + step


@dataclass(frozen=True)
class Marked:
    """Some of many places, of which one may ask how many stand before another: by count, not by search.

    places: those marked, ascending. bits: all places, 64 a word, one word past the last. before: how many of
    those marked stand before each word. A fifth of a byte a place (Jacobson 1989).
    """

    places: npt.NDArray[np.uint32]
    bits: Keys
    before: npt.NDArray[np.uint32]

    def ranks(self, ends: npt.NDArray[Any]) -> npt.NDArray[np.uint32]:
        """Return how many marked places stand before each end, at most the number of all places."""
        word = ends >> 6
        below = (np.uint64(1) << (ends & 63).astype(np.uint64)) - np.uint64(1)
        found: npt.NDArray[np.uint32] = self.before[word] + np.bitwise_count(
            self.bits[word] & below
        )
        return found


def marked(mask: Bools) -> Marked:
    """Mark the places where the mask holds."""
    packed_bits = np.zeros((len(mask) // 64 + 1) * 8, dtype=np.uint8)
    packed_bits[: -(-len(mask) // 8)] = np.packbits(mask, bitorder="little")
    bits = packed_bits.view("<u8").astype(np.uint64, copy=False)
    before = np.zeros(len(bits), dtype=np.uint32)
    np.cumsum(np.bitwise_count(bits[:-1]), out=before[1:], dtype=np.uint32)
    return Marked(np.flatnonzero(mask).astype(np.uint32), bits, before)


@dataclass(frozen=True)
class Nearly:
    """Keys by their first bits: tells which others are among them; one in sixteen that is not passes too."""

    held: Bools
    shift: np.uint64

    def hold(self, keys: Keys) -> Bools:
        return np.asarray(self.held[keys >> self.shift])


def nearly(wanted: Keys) -> Nearly:
    """Return what tells, of any keys, which are among the wanted ones, and few others."""
    bits = min(27, max(10, len(wanted).bit_length() + 4))
    shift = np.uint64(64 - bits)
    held = np.zeros(1 << bits, dtype=np.bool_)
    held[wanted >> shift] = True
    return Nearly(held, shift)


def mix(keys: Keys, values: npt.NDArray[Any]) -> Keys:
    """Mix one more value into keys, order of the values included."""
    mixed = values.astype(np.uint64)
    mixed ^= keys
    mixed *= ODD
    mixed ^= mixed >> np.uint64(29)
    return mixed


def distinct(keys: Keys) -> Keys:
    """Return the distinct keys, ascending: numpy's own `unique` builds a hash table, ten times slower."""
    ascending = np.sort(keys)
    kept = np.ones(len(keys), dtype=np.bool_)
    kept[1:] = ascending[1:] != ascending[:-1]
    return ascending[kept]


def spread(keys: Keys) -> Keys:
    """Return keys whose every bit depends on every bit (finaliser of MurmurHash3)."""
    mixed = (keys ^ (keys >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    mixed = (mixed ^ (mixed >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return np.asarray(mixed ^ (mixed >> np.uint64(33)))


def packed(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> Keys:
    """Return pairs of 32-bit numbers as one array."""
    return (a.astype(np.uint64) << np.uint64(32)) | b.astype(np.uint64)


def unpacked(pairs: Keys) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    return (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)
