"""XML read as it comes, element by element, by expat; what an attacker writes in XML is refused.

No document type, so no entity of its own, external or nested; no nesting deeper than real files; no
piece that fills the memory before it ends. Nothing is ever fetched. Expat's own bounds on entities stand behind
the first of these (`tests/unit/test_xml_limits.py`).
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NoReturn, Protocol
from xml.parsers import expat

from siei_match.reference.errors import DeliveryError

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]

CHUNK: Final = 1 << 18
DEEPEST: Final = 64
LONGEST_PIECE: Final = 1 << 20
"""Bytes of one tag, comment or instruction: expat before 2.6 reads what is unfinished again with each chunk, so that
a document of pieces of sixteen megabytes took fifteen times the time of any other (CVE-2023-52425)."""
LONGEST_TEXT: Final = 32_768
"""Letters of one text that are kept: what a cell of a workbook may hold at most."""


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


class Handler(Protocol):
    """Receives the elements of a document, by their names without a prefix."""

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        """Begin an element."""
        ...

    def end(self, name: str, /) -> None:
        """End an element."""
        ...

    def text(self, text: str, /) -> None:
        """Give a piece of text."""
        ...


def parse_xml(source: Readable, handler: Handler, name: str) -> Iterator[None]:
    """Read a document to its end, and pause after each chunk.

    Args:
        source: its bytes, whose prologue says their encoding.
        handler: what receives its elements.
        name: the file's, for messages.

    Raises:
        DeliveryError: it is no XML, is damaged or cut, or holds what no extract does.
    """
    depth = 0

    def start(element: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise too_deep(name)
        handler.start(_plain(element), attributes)

    def end(element: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_plain(element))

    yield from feed_parser(source, name, start, end, handler.text)


def feed_parser(source: Readable, name: str, start: Start, end: End, text: End) -> Iterator[None]:
    """Do as `parse_xml`, with callbacks that see to the depth and the prefixes themselves.

    What is called for each element of gigabytes is worth calling directly.

    Raises:
        DeliveryError: as `parse_xml`.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refusing(name, "a document type (DOCTYPE)")
    parser.EntityDeclHandler = _refusing(name, "an entity of its own")
    parser.ExternalEntityRefHandler = _refusing(name, "a reference outside the file")
    read = 0
    try:
        while chunk := source.read(CHUNK):
            parser.Parse(chunk, False)
            read += len(chunk)
            if read - parser.CurrentByteIndex > LONGEST_PIECE:
                raise _refuse(name, f"one piece of more than {LONGEST_PIECE >> 20} MB")
            yield
        parser.Parse(b"", True)
    except expat.ExpatError as failure:
        line = failure.lineno
        raise DeliveryError(
            f"{name}: is no XML, or is damaged or cut short at line {line}.",
            remedy="Copy it again from its provider; announce its sha256 to see it at once.",
            code="fichier_abime",
        ) from None
    except (LookupError, ValueError):
        # expat reads no encoding of several bytes but UTF-8 and UTF-16, and says so by a ValueError.
        raise DeliveryError(
            f"{name}: its first line announces an encoding that cannot be read.",
            remedy="Ask its provider for UTF-8 or ISO-8859-15.",
            code="encodage",
            ligne=1,
        ) from None
    yield


def too_deep(name: str) -> DeliveryError:
    """Refuse a document whose elements stand in one another as no extract's do."""
    return _refuse(name, f"elements nested more than {DEEPEST} deep")


def _plain(element: str) -> str:
    return element[element.find(":") + 1 :]


def _refusing(name: str, what: str) -> Callable[..., Any]:
    def refuse(*_: object) -> NoReturn:
        raise _refuse(name, what)

    return refuse


def _refuse(name: str, what: str) -> DeliveryError:
    return DeliveryError(
        f"{name}: it holds {what}, which no extract does.",
        remedy="Do not open it elsewhere; ask its provider how it was made.",
        code="volume",
    )
