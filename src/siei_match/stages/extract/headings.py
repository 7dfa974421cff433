"""What a file's headings say: whose they are, and which heading means which column of the contract."""

import difflib
import gzip
import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from siei_match.reference.contracts import declaration
from siei_match.reference.vocabulary import APPRENTISSAGE, EXTRACTS
from siei_match.stages.extract.heading_words import other_headings

SEPARATORS: Final = (";", ",", "\t", "|")
PREVIEW: Final = 1 << 16
"""Bytes in which a heading stands."""
ALIKE: Final = 0.5
"""Share of an extract's columns that a file must name to be one of its files."""
ALIKE_NAMED: Final = 0.2
"""The same of a file whose name speaks of the extract."""
LONGEST_HEADING: Final = 60
NEAR: Final = 0.75
"""Likeness from which one heading may be a slip of another (difflib's ratio)."""


@dataclass(frozen=True)
class Heading:
    """What a file's headings are those of.

    Attributes:
        extrait: the extract; None where fewer than half of any one's columns are named.
        missing: its columns that no heading names, nor is likely to mean.
        proposed: its columns that a heading of another spelling may mean, with that heading.
        unused: headings that mean no column of it, as they are spelled; none where a row may stand there.
    """

    extrait: str | None = None
    missing: tuple[str, ...] = ()
    proposed: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()


NOTHING_DESCRIBED: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Told:
    """What somebody said of a file before, which is not asked again."""

    extrait: str | None = None
    colonnes: Mapping[str, str] = field(default_factory=dict)
    valeurs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    formats_dates: tuple[str, ...] = ()


def fold(text: str) -> str:
    """Return what two ways of writing a name share: its letters and digits, without accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]", "", plain)


def readable_columns(extrait: str) -> list[str]:
    """Name the columns of an extract that may be read: all but those declared `jamais_lu`."""
    fields = declaration(f"extraits/{extrait}").fields
    return [f["name"] for f in fields if f["siei"]["kind"] != "jamais_lu"]


def required_columns(extrait: str) -> list[str]:
    """Name those of them that a file must have: all but those declared `facultatif`."""
    fields = declaration(f"extraits/{extrait}").fields
    optional = {f["name"] for f in fields if f["siei"].get("facultatif")}
    return [column for column in readable_columns(extrait) if column not in optional]


def match_heading(
    fields: Sequence[str], named: str | None = None, told: Told | None = None
) -> Heading:
    """Say which extract the headings of a file are of, by the columns that they name or may mean.

    `named` is the extract that the file's name speaks of: some of its columns are then enough. `told` is what
    somebody said of it: that stands.
    """
    if told and told.extrait:
        return _match(fields, told.extrait, told.colonnes)
    tried = {extrait: _match(fields, extrait) for extrait in EXTRACTS}
    shares = {e: len(h.missing) / len(required_columns(e)) for e, h in tried.items()}
    # Of two that are as near, the one whose columns go by their own names.
    likely = min(tried, key=lambda e: (shares[e], len(tried[e].proposed)))
    if shares[likely] <= 1 - ALIKE:
        return tried[likely]
    return tried[named] if named and shares[named] <= 1 - ALIKE_NAMED else Heading()


def names_columns(fields: Sequence[str], extrait: str) -> bool:
    """Whether a line is a heading of the extract: it names half of its columns, by their own names."""
    found = {fold(text) for text in fields}
    columns = required_columns(extrait)
    return 2 * sum(fold(column) in found for column in columns) >= len(columns)


def _match(
    fields: Sequence[str], extrait: str, described: Mapping[str, str] = NOTHING_DESCRIBED
) -> Heading:
    found = {fold(text): text.strip() for text in reversed(fields) if text.strip()}
    own = {fold(column) for column in declaration(f"extraits/{extrait}").columns}
    columns = readable_columns(extrait)
    proposed = {
        c: text
        for c, text in described.items()
        if c in columns and (not text or fold(text) in found)
    }
    wanted = [c for c in required_columns(extrait) if fold(c) not in found and c not in proposed]
    taken = own | {fold(text) for text in proposed.values()}
    free = {folded: text for folded, text in found.items() if folded not in taken}
    for column in wanted:
        words = (free.pop(fold(text), None) for text in other_headings(extrait)[column])
        if heading := next(filter(None, words), None):
            proposed[column] = heading
    # Likeness costs, and says something only where some columns are there beyond doubt.
    likely = 4 * sum(c not in proposed for c in wanted) <= 3 * len(required_columns(extrait))
    for column in wanted if likely else ():
        if column not in proposed and (near := nearest(column, list(free.values()))):
            proposed[column] = free.pop(fold(near))
    missing = tuple(column for column in wanted if column not in proposed)
    # As many as are known may be no headings: a row stands in the first line besides, with its figures.
    unused = [text for folded, text in reversed(found.items()) if folded in free]
    unused = unused if 2 * len(unused) < len(found) or all(map(_is_heading, fields)) else []
    return Heading(extrait, missing, proposed, tuple(filter(_is_heading, unused)))


def nearest(name: str, among: Sequence[str]) -> str | None:
    """Return the name that another is likely to be a slip of, if there is one."""
    folded = {fold(text): text for text in among}
    near = difflib.get_close_matches(fold(name), list(folded), n=1, cutoff=NEAR)
    return folded[near[0]] if near else None


def _is_heading(text: str) -> bool:
    """Whether a text may be told as a heading: it is short, and has no figures of a date or number in it."""
    plain = " ".join(text.split())
    return len(plain) <= LONGEST_HEADING and plain.isprintable() and not re.search(r"\d{2}|@", text)


def match_texts(line: str, named: str | None = None, told: Told | None = None) -> Heading:
    """Do as `match_heading`, of a file's first line, whatever separates its fields.

    SIFA has no heading: as many fields as it has are enough to know it by.
    """
    separator, fields = cut_heading(line)
    if told and told.extrait == APPRENTISSAGE and not names_columns(fields, APPRENTISSAGE):
        # What was said of a file without a heading describes none.
        return Heading(APPRENTISSAGE)
    heading = match_heading(fields, named, told)
    sifa = len(declaration(f"extraits/{APPRENTISSAGE}").columns)
    if heading.extrait is None and separator in (";", "|") and len(fields) == sifa:
        return Heading(APPRENTISSAGE)
    return heading


def cut_heading(line: str) -> tuple[str, list[str]]:
    """Return the separator that cuts a line into most fields, and the fields."""
    separator = max(SEPARATORS, key=line.count)
    return separator, [text.strip(' "') for text in line.split(separator)]


def first_line(path: Path, encodage: str = "utf-8") -> str:
    """Return the first line of a text that is not blank; nothing of what cannot be opened."""
    return next(first_lines(path, encodage), "")


def first_lines(path: Path, encodage: str = "utf-8") -> Iterator[str]:
    """Return the first lines of a text that are not blank."""
    try:
        with path.open("rb") as file:
            octets = file.read(PREVIEW)
        if octets.startswith(b"\x1f\x8b"):
            octets = _unzip(path)
    except OSError:
        return
    if octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodage = "utf-16"
    text = octets.decode(encodage, "replace").lstrip("\ufeff")
    yield from (found[0] for found in re.finditer(r"[^\r\n]*[^\s][^\r\n]*", text))


def _unzip(path: Path) -> bytes:
    """Return the first bytes that a compressed text holds, as far as it is whole."""
    octets = b""
    try:
        with gzip.open(path, "rb") as file:
            while len(octets) < PREVIEW and (chunk := file.read(1 << 12)):
                octets += chunk
    except (EOFError, gzip.BadGzipFile, zlib.error):
        pass
    return octets
