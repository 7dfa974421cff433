"""A second count of a text's records, from its bytes, by none of the code that reads them.

It tells what no reader can: a quote that was left open makes one row of several, with the text of one
person in a field of another, and a reader finds nothing wrong with it. A record that spans lines is
looked at here; all others are only counted, in columns of bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK: Final = 1 << 18
"""Bytes looked at together: they stay in the processor's cache."""
SMALL: Final = 1 << 13
"""Bytes that are looked at one by one where a quote stands within a field."""
LONGEST: Final = 1 << 21
"""Bytes of a row after which it cannot be meant: no row of an extract has as many."""
FEED, RETURN, QUOTE = (ord(letter) for letter in '\n\r"')
_BREAK: Final = re.compile(rb"\r\n|\r|\n")

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Swallowed:
    """A record that holds the text of several: its number, the heading's among them, and its lines."""

    record: int
    first: int
    last: int
    is_open: bool = False
    """Its quote is not closed at all, as far as the text was read."""
    is_long: bool = False
    """It is one line, without an end as far as anybody would write one."""


class RecordCount:
    """Counts the records of a text that are not blank, quotes honoured, as its bytes pass by.

    A quote opens a field at its first byte only, and is doubled within; what follows the closing one is
    plain. Without `cite`, quotes are letters. `swallowed` is the first record that cannot be meant: it
    spans lines, and holds a separator and a line break in one field, or the separators of two records,
    or another number of fields than the first record; or has no end. Counting ends there; without `look`, nothing is
    looked at, and all are counted.
    """

    def __init__(self, separator: str, *, cite: bool, look: bool = True) -> None:
        self.records = 0
        self.swallowed: Swallowed | None = None
        self._lines = 0
        self._cite = cite
        self._look_within = look
        self._quotes = _Quotes(separator)
        self._fields: int | None = None
        self._rest = b""

    def feed(self, octets: bytes) -> None:
        """Count what is whole of the text so far."""
        for begin in range(0, len(octets), BLOCK):
            if self.swallowed is None:
                self._rest = self._take(self._rest + octets[begin : begin + BLOCK])

    def close(self, mark: bytes = b"") -> None:
        """Count what stands at the end without a line break; `mark` is no part of the text."""
        if self.swallowed is None and self._rest:
            self._rest = self._take(self._rest + b"\n")
        if self.swallowed is None and self._rest:
            text = self._rest.partition(mark)[0] if mark else self._rest
            self._tell_open(text.rstrip(b"\r\n"))
            self.records += 1

    def _take(self, octets: bytes, *, whole: bool = False) -> bytes:
        """Count the whole records of some bytes that begin with one, and return the rest."""
        block = _Block(octets)
        if not block.end:
            if len(octets) > LONGEST:
                self._tell_open(octets, is_long=True)
            return octets
        if self._cite and b'"' in octets:
            if not self._quotes.find(block):
                if len(octets) > SMALL and not whole:
                    return self._take_halves(octets)
                self._quotes.mend(block)
            if not block.end:
                if len(octets) > LONGEST:
                    self._tell_open(octets)
                return octets
        if self._fields is None:
            self._fields = self._quotes.count_first(block)
        if block.within.size and self._look_within:
            self._look(block)
        self.records += block.count_records(block.end)
        self._lines += block.count_lines(block.end)
        return octets[block.end :]

    def _take_halves(self, octets: bytes) -> bytes:
        """Look for a quote within a field one by one where it stands, and only there."""
        half = len(octets) // 2
        rest = self._take(octets[:half])
        if self.swallowed is not None:
            return rest
        return self._take(rest + octets[half:], whole=len(rest) == half)

    def _look(self, block: "_Block") -> None:
        """Look at the records that span lines."""
        assert self._fields is not None  # noqa: S101 - told to the type checker
        for begin, end in self._quotes.suspect(block, self._fields):
            if self._quotes.swallows(block.octets[begin:end], self._fields):
                lines = self._lines + block.count_lines(begin) + 1
                last = lines + _count_breaks(block.octets[begin:end])
                record = self.records + block.count_records(begin) + 1
                self.swallowed = Swallowed(record, lines, last)
                return

    def _tell_open(self, octets: bytes, *, is_long: bool = False) -> None:
        if not self._look_within:
            return
        lines = self._lines + 1
        last = lines + _count_breaks(octets)
        self.swallowed = Swallowed(self.records + 1, lines, last, not is_long, is_long)


class _Block:
    """Some bytes that begin with a record, and where its lines and whole records end."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        # Between \r and \n there is no place to cut.
        self.end = max(octets.rfind(b"\n"), octets.rfind(b"\r", 0, len(octets) - 1)) + 1
        self.array: Bytes = np.frombuffer(octets, dtype=np.uint8)
        self.feeds: Flags = self.array[: self.end] == FEED
        self.returns: Flags = self.array[: self.end] == RETURN
        self.ends: Flags = self.feeds | self.returns
        self.quotes: Positions = np.empty(0, dtype=np.intp)
        """Where quotes open and close, in turn."""
        self.within: Positions = self.quotes
        """The line breaks of whole records that stand within quotes."""

    def set_quotes(self, quotes: Positions) -> None:
        """Leave the line breaks that stand within quotes out of the records' ends."""
        breaks = np.flatnonzero(self.ends)
        is_within = np.searchsorted(quotes, breaks) % 2 == 1
        self.ends[breaks[is_within]] = False
        outer = breaks[~is_within]
        self.end = int(outer[-1]) + 1 if outer.size else 0
        self.quotes, self.within = quotes, breaks[is_within & (breaks < self.end)]

    def count_records(self, end: int) -> int:
        """Count the records before a place: a line break ends one unless it follows another."""
        ends = self.ends[:end]
        return int(np.count_nonzero(ends[1:] & ~ends[:-1]))

    def count_lines(self, end: int) -> int:
        feeds, returns = self.feeds[:end], self.returns[:end]
        lines = int(np.count_nonzero(feeds))
        if carriage := int(np.count_nonzero(returns)):
            lines += carriage - int(np.count_nonzero(returns[:-1] & feeds[1:]))
        return lines


class _Quotes:
    """Where quotes open and close, and what stands within them."""

    def __init__(self, separator: str) -> None:
        own = separator.encode()
        self.separator = own
        quoted = rb'"(?<![^' + re.escape(own) + rb'\r\n]")[^"]*(?:""[^"]*)*(?:"|\Z)'
        self.quoted = re.compile(quoted)
        self.quoted_or_letter = re.compile(b"(" + quoted + b')|"')

    def find(self, block: _Block) -> bool:
        """Find the quotes of a block, unless one of them opens nothing: then return False."""
        array = block.array
        quotes = np.flatnonzero(array == QUOTE)
        opening = quotes[::2]
        before = array[opening - 1]
        # One that stands right after a closing one is the second of a doubled quote.
        opens = (opening == 0) | (before == self.separator[0]) | (before == QUOTE)
        opens |= (before == FEED) | (before == RETURN)
        if not opens.all():
            return False
        block.set_quotes(quotes)
        return True

    def mend(self, block: _Block) -> None:
        """Find the quotes of a block in which some are letters, one by one."""
        block.octets = self.quoted_or_letter.sub(lambda found: found[1] or b"x", block.octets)
        block.array = np.frombuffer(block.octets, dtype=np.uint8)
        block.set_quotes(np.flatnonzero(block.array == QUOTE))

    def count_first(self, block: _Block) -> int | None:
        """Count the fields of the first record that is not blank, if there is one."""
        begin = len(block.octets) - len(block.octets.lstrip(b"\r\n"))
        ends = np.flatnonzero(block.ends[begin:])
        if not ends.size:
            return None
        separators = self._separators(block)
        own = separators[separators < begin + ends[0]]
        return int(_outside(own, block.quotes).size) + 1

    def _separators(self, block: _Block) -> Positions:
        return np.flatnonzero(block.array == self.separator[0])

    def suspect(self, block: _Block, fields: int) -> Iterator[tuple[int, int]]:
        """Give the records that span lines, but those that plainly are what they seem."""
        outer = np.flatnonzero(block.ends)
        which = np.unique(np.searchsorted(outer, block.within))
        begins, ends = np.r_[-1, outer][which] + 1, outer[which]
        separators = self._separators(block)
        held = np.searchsorted(separators, ends) - np.searchsorted(separators, begins)
        before = np.searchsorted(separators, block.quotes)
        opening, closing = before[::2], before[1::2]
        doubtful = held != fields - 1
        if (closing != opening[: closing.size]).any():
            # Some field of the block holds a separator: it may be one of a record that spans lines.
            inside = np.searchsorted(block.quotes, separators) % 2 == 1
            total = np.r_[0, np.cumsum(inside)]
            doubtful |= (
                total[np.searchsorted(separators, ends)]
                != total[np.searchsorted(separators, begins)]
            )
        yield from zip(begins[doubtful].tolist(), ends[doubtful].tolist(), strict=True)

    def swallows(self, record: bytes, fields: int) -> bool:
        """True for a record that spans lines and cannot be one."""
        spans = [found[0] for found in self.quoted.finditer(record)]
        within = sum(text.count(self.separator) for text in spans)
        held = record.count(self.separator)
        if held - within != fields - 1 or held >= 2 * (fields - 1) > 0:
            return True
        return any(self.separator in text and _BREAK.search(text) for text in spans)


def count_records(text: str, separator: str) -> int:
    """Count the records of a whole text that has quotes."""
    count = RecordCount(separator, cite=True, look=False)
    for begin in range(0, len(text), BLOCK):
        count.feed(text[begin : begin + BLOCK].encode())
    count.close()
    return count.records


def _outside(positions: Positions, quotes: Positions) -> Positions:
    outside: Positions = positions[np.searchsorted(quotes, positions) % 2 == 0]
    return outside


def _count_breaks(octets: bytes) -> int:
    return octets.count(b"\n") + octets.count(b"\r") - octets.count(b"\r\n")
