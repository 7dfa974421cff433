"""Where a declaration says something: the line of a key in its file."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

KEY: Final = re.compile(r"\s*([\w\-.\"']+)\s*=")
TABLE: Final = re.compile(r"\s*\[(\[?)\s*([^\]#]+?)\s*\]")
Place = tuple[str | int, ...]


def line_of(place: Sequence[str | int], texts: Mapping[str, str]) -> str:
    """Return `, line N of FILE` for a place of a declaration, by its closest key; empty if unknown.

    Args:
        place: keys, and numbers in arrays of tables, from the top.
        texts: the files of the declaration by name, those that win first: what one says of a key of
            the top is all that counts of it.
    """
    for name, text in texts.items():
        known = [(found, n) for n, found in _places(text) if tuple(place[: len(found)]) == found]
        if known:
            closest = max(len(found) for found, _ in known)
            number = next(n for found, n in known if len(found) == closest)
            return f", line {number} of {name}"
    return ""


def _places(text: str) -> Iterator[tuple[int, Place]]:
    """Return each line that opens a table or gives a key, with the place that it speaks of."""
    table: Place = ()
    rows: Counter[Place] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if opened := TABLE.match(line):
            table = _keys(opened[2])
            if opened[1]:
                rows[table] += 1
                table = (*table, rows[table] - 1)
            yield number, table
        elif given := KEY.match(line):
            yield number, (*table, *_keys(given[1]))


def _keys(dotted: str) -> Place:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
