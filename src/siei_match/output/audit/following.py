"""Follow the audit log from look to look: each reads only what was added since the last one.

A page of a million lines that is looked at ten times a day must not be read ten times whole. What was
added is checked as `verify` does; the whole again an hour later, or as soon as what was read before
is not there any more. `siei audit verify` remains what proves it.
"""

import os
import threading
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from siei_match.output.audit.entry import Entry, key_name, parse
from siei_match.output.audit.log import JOURNAL, MEMOIRE, read_log
from siei_match.output.audit.verification import UNSEALED, Checker, Fault
from siei_match.reference.files import output_guard

CHUNK: Final = 1 << 22
WHOLE_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Followed:
    """What is known of the log: its lines, its faults, and since when the whole was read."""

    lignes: int
    faults: tuple[Fault, ...]
    since: datetime

    @property
    def whole(self) -> bool:
        return not self.faults

    @property
    def awaiting(self) -> bool:
        """Nothing is altered, but lines wait for whoever holds the key to answer for them."""
        return not self.whole and all(fault.raison in UNSEALED for fault in self.faults)


@dataclass
class _Read:
    """What was read so far: where each line begins, and what checks the next."""

    since: datetime
    checker: Checker
    starts: "array[int]" = field(default_factory=lambda: array("Q", [0]))
    last: bytes = b""
    stamp: tuple[int, int, int] = (0, 0, 0)


class LogFollower:
    """The log of one output folder, as a page shows it; several threads may ask."""

    def __init__(self, sortie: Path, keys: Sequence[bytes] = ()) -> None:
        self._path = sortie / MEMOIRE / JOURNAL
        self._keys = {key_name(key): key for key in keys}
        self._read: _Read | None = None
        self._lock = threading.Lock()

    def look(
        self, when: datetime, *, before: int | None, count: int
    ) -> tuple[Followed, list[Entry]]:
        """Return the state of the log, and `count` entries that stand before line `before`, last first.

        Without `before`: the newest. What is no entry is left out.

        Raises:
            OutputError: the log cannot be read.
        """
        with self._lock, output_guard(self._path.parent):
            log = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                read = self._follow(log, when)
                lines = len(read.starts) - 1
                end = lines if before is None else max(0, min(before - 1, lines))
                first = max(0, end - count)
                entries = map(parse, _lines(log, read.starts[first], read.starts[end]))
                shown = [entry for entry in entries if entry is not None][::-1]
            finally:
                os.close(log)
        return Followed(lines, read.checker.faults(), read.since), shown

    def _follow(self, log: int, when: datetime) -> _Read:
        told = os.fstat(log)
        stamp = (told.st_ino, told.st_size, told.st_mtime_ns)
        read = self._read
        if read is None or not _goes_on(log, read, stamp) or when - read.since >= WHOLE_AGAIN:
            read = self._read = _Read(when, Checker(self._keys))
        position, rest = read.starts[-1], b""
        while part := os.pread(log, CHUNK, position + len(rest)):
            *whole, rest = (rest + part).split(b"\n")
            for line in whole:
                read.checker.take(parse(line))
                position += len(line) + 1
                read.starts.append(position)
                read.last = line
        read.stamp = stamp
        return read


def _goes_on(log: int, read: _Read, stamp: tuple[int, int, int]) -> bool:
    """Say whether the file is the one that was read, and more; the same size written anew is not."""
    if stamp == read.stamp:
        return True
    end = read.starts[-1]
    kept = os.pread(log, len(read.last) + 1, end - len(read.last) - 1) if end else b""
    return (
        stamp[0] == read.stamp[0]
        and stamp[1] > read.stamp[1]
        and kept == read.last + b"\n" * bool(end)
    )


def _lines(log: int, start: int, end: int) -> list[bytes]:
    return os.pread(log, end - start, start).split(b"\n")[:-1]


def read_entries(sortie: Path, holding: bytes = b"") -> list[Entry]:
    """Return the entries in order; a line that is no entry is left out (`verify` tells it).

    `holding`: of those alone whose line has these bytes: a long log is then read in no time.

    Raises:
        OutputError: the log cannot be read.
    """
    lines = read_log(sortie)[0].split(b"\n")[:-1]
    return [found for line in lines if holding in line and (found := parse(line)) is not None]
