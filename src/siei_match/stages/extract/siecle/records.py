"""Elements of an export that are rows of something: pupils, addresses, guardians."""

from collections.abc import Callable, Collection, Iterator
from typing import Final

from siei_match.stages.extract.xml import (
    DEEPEST,
    LONGEST_TEXT,
    End,
    Readable,
    Start,
    feed_parser,
    too_deep,
)

Record = dict[str, str]
"""What an element says: its attributes and the texts of its parts, nested ones as `OUTER/INNER`."""

Keep = Callable[[str, Record], None]
"""Receives an element's name and what it says."""

MOST_PARTS: Final = 500
"""Parts of one record; a pupil has sixty."""
MOST_PIECES: Final = 64
"""Pieces of a text, each as long as expat's buffer, that are held between two chunks."""


class Plain(dict[str, str]):
    """Names of elements without their prefix, each found once."""

    def __missing__(self, name: str) -> str:
        self[name] = name[name.find(":") + 1 :]
        return self[name]


def read_records(
    source: Readable, names: Collection[str], keep: Keep, name: str, roots: list[str]
) -> Iterator[None]:
    """Hand each element of some names to `keep`, with all that it says; pause after each chunk.

    Written for gigabytes: three callbacks per part of a pupil are most of what reading costs.

    Args:
        source: the document's bytes.
        names: of the elements that are records.
        keep: what receives them.
        name: the file's, for messages.
        roots: receives the name of the document's root.

    Raises:
        DeliveryError: as `parse_xml`.
    """
    pieces: list[str] = []
    start, end = _build_handlers(frozenset(names), keep, name, roots, pieces)
    for pause in feed_parser(source, name, start, end, pieces.append):
        # What a text holds beyond what is kept of one is let go before the next chunk.
        del pieces[MOST_PIECES:]
        yield pause


def _build_handlers(
    wanted: frozenset[str], keep: Keep, name: str, roots: list[str], pieces: list[str]
) -> tuple[Start, End]:
    """Return what begins and ends an element: closures, which are called faster than methods."""
    plain = Plain()
    record: Record | None = None
    path: list[str] = []
    depth = 0

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal record, depth
        depth += 1
        if record is not None:
            path.append(plain[element])
        elif (own := plain[element]) in wanted:
            record = attributes
        elif depth == 1:
            roots.append(own)
        if depth > DEEPEST:
            raise too_deep(name)
        pieces.clear()

    def end(element: str) -> None:
        nonlocal record, depth
        depth -= 1
        if record is None:
            return
        if not path:
            keep(plain[element], record)
            record = None
            return
        told = "".join(pieces).strip()
        if told and len(record) < MOST_PARTS:
            # Of a part that comes twice the first stands.
            record.setdefault(path[0] if len(path) == 1 else "/".join(path), told[:LONGEST_TEXT])
        path.pop()
        pieces.clear()

    return start, end
