"""XML made to take a machine down: each limit of ours by itself, and expat's own behind them.

Each of the first table is read to its end where its limit is taken away, as the second test shows: it is
that limit that refuses it. The third asks the expat at hand for its own, without any of ours.
"""

import io
import resource
import time
from collections.abc import Callable
from xml.parsers import expat

import pytest

from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract import xml
from siei_match.stages.extract.xml import CHUNK, LONGEST_PIECE, parse_xml


class Ignoring:
    """Takes what comes and keeps nothing; counts the letters of texts."""

    letters = 0

    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None:
        self.letters += len(text)


class Counted(io.BytesIO):
    """Says how much of it was asked for."""

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.taken = getattr(self, "taken", 0) + len(content)
        return content


def laughs(levels: int = 10, each: int = 10) -> bytes:
    """Entities of entities: 10^levels letters."""
    told = ['<!ENTITY e0 "x">'] + [
        f'<!ENTITY e{n} "{f"&e{n - 1};" * each}">' for n in range(1, levels)
    ]
    return f"<!DOCTYPE a [{''.join(told)}]><a>&e{levels - 1};</a>".encode()


def repeated(times: int = 100_000, size: int = 10_000) -> bytes:
    """One long entity, many times: a gigabyte of a hundred kilobytes and more."""
    return f'<!DOCTYPE a [<!ENTITY e "{"x" * size}">]><a>{"&e;" * times}</a>'.encode()


def parameters() -> bytes:
    """Entities of the document type itself, in an internal subset."""
    return b"<!DOCTYPE a [<!ENTITY % p \"<!ENTITY q 'x'>\"> %p;]><a>&q;</a>"


def outside() -> bytes:
    return b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>'


def deep() -> bytes:
    return b"<a>" * 5_000 + b"</a>" * 5_000


PIECES = {
    "an attribute": b"<b c='%s'/>",
    "a comment": b"<!--%s-->",
    "an instruction": b"<?p %s?>",
    "a name": b"<%s/>",
}


def pieces(kind: bytes, size: int, times: int = 1) -> bytes:
    return b"<a>" + kind.replace(b"%s", b"y" * size) * times + b"</a>"


def read(content: bytes) -> tuple[Ignoring, Counted]:
    handler, source = Ignoring(), Counted(content)
    for _ in parse_xml(source, handler, "e.xml"):
        pass
    return handler, source


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (laughs, "a document type"),
        (repeated, "a document type"),
        (parameters, "a document type"),
        (outside, "a document type"),
        (deep, "nested more than 64 deep"),
    ],
)
def test_what_is_made_to_harm_is_refused_at_once(make: Callable[[], bytes], said: str) -> None:
    content = make()
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    with pytest.raises(DeliveryError, match=said):
        read(content)
    assert time.process_time() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@pytest.mark.parametrize("kind", PIECES.values(), ids=PIECES)
def test_a_piece_that_does_not_end_is_refused_before_it_is_read(kind: bytes) -> None:
    source = Counted(pieces(kind, 24 << 20))
    with pytest.raises(DeliveryError, match="one piece of more than 1 MB"):
        for _ in parse_xml(source, Ignoring(), "e.xml"):
            pass
    assert source.taken <= LONGEST_PIECE + 2 * CHUNK


@pytest.mark.parametrize("kind", PIECES.values(), ids=PIECES)
def test_pieces_as_long_as_may_be_take_the_time_of_short_ones(kind: bytes) -> None:
    """What expat reads again grows with the piece: of sixteen megabytes it was fifteen times."""
    size, total = LONGEST_PIECE - 2 * CHUNK, 48 << 20

    def cost(piece: int) -> float:
        content, start = pieces(kind, piece, total // piece), time.process_time()
        read(content)
        return time.process_time() - start

    assert cost(size) < 6 * cost(size // 64) + 0.2


def test_long_texts_are_no_pieces_that_do_not_end() -> None:
    for content in (
        b"<a>" + b"x" * (8 << 20) + b"</a>",
        b"<a><![CDATA[" + b"x" * (8 << 20) + b"]]></a>",
    ):
        assert read(content)[0].letters == 8 << 20


@pytest.mark.parametrize("limit", ["DEEPEST", "LONGEST_PIECE"])
def test_it_is_that_limit_that_refuses(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, limit, 1 << 40)
    read(deep() if limit == "DEEPEST" else pieces(PIECES["a comment"], 3 << 20))


@pytest.mark.parametrize("make", [laughs, repeated])
def test_expat_itself_refuses_entities_that_multiply(make: Callable[[], bytes]) -> None:
    """Its own bound (2.4.1 and later, CVE-2013-0340), should a document type ever reach it."""
    assert expat.version_info >= (2, 4, 1)
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = lambda text: None
    start = time.process_time()
    with pytest.raises(expat.ExpatError, match="amplification"):
        parser.Parse(make(), True)
    assert time.process_time() - start < 5


def test_without_our_refusal_of_a_document_type_expat_s_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xml, "_refusing", lambda name, what: None)
    with pytest.raises(DeliveryError, match="is no XML, or is damaged"):
        read(laughs())
    # A document type that multiplies nothing is read then: it was ours that refused it.
    assert read(laughs(2, 3))[0].letters == 3
