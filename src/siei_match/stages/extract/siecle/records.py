"""Elements of an export that are rows of something: pupils, addresses, guardians."""

from collections.abc import Callable, Collection
from typing import Final

from siei_match.stages.extract.xml import LONGEST_TEXT

Record = dict[str, str]
"""What an element says: its attributes and the texts of its parts, nested ones as `OUTER/INNER`."""

Keep = Callable[[str, Record], None]
"""Receives an element's name and what it says."""

MOST_PARTS: Final = 500
"""Parts of one record; a pupil has sixty."""


class Records:
    """Hands each element of some names to `keep`, with all that it says."""

    def __init__(self, names: Collection[str], keep: Keep, roots: list[str]) -> None:
        self._names, self._keep, self._roots = frozenset(names), keep, roots
        self._record: Record | None = None
        self._path: list[str] = []
        self._parts: list[str] = []
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth == 0:
            self._roots.append(name)
        self._depth += 1
        if self._record is not None:
            self._path.append(name)
            self._parts = []
        elif name in self._names:
            self._record, self._path = dict(attributes), [name]

    def end(self, name: str) -> None:
        self._depth -= 1
        if self._record is None:
            return
        if len(self._path) == 1:
            self._keep(name, self._record)
            self._record = None
        else:
            told = "".join(self._parts).strip()
            if told and len(self._record) < MOST_PARTS:
                # Of a part that comes twice the first stands.
                self._record.setdefault("/".join(self._path[1:]), told[:LONGEST_TEXT])
        self._parts = []
        self._path.pop()

    def text(self, text: str) -> None:
        if self._record is not None:
            self._parts.append(text)
