"""Sheets of an .xlsx: Office Open XML (ECMA-376, part 1, SpreadsheetML)."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

from siei_match.stages.extract.archives import Archive
from siei_match.stages.extract.workbooks.cells import (
    ORIGIN,
    ORIGIN_1904,
    tell_day,
    tell_number,
    zeros_of,
)
from siei_match.stages.extract.workbooks.grid import Row, Rows
from siei_match.stages.extract.xml import LONGEST_TEXT, parse_xml

WORKBOOK: Final = "xl/workbook.xml"
STRINGS: Final = "xl/sharedStrings.xml"
STYLES: Final = "xl/styles.xml"
LINKS: Final = "xl/_rels/workbook.xml.rels"
LAST_DAY_STYLE: Final = "day"


@dataclass
class _Book:
    """Collects what workbook.xml and its links say: sheets in order, and the day their days count from."""

    sheets: list[tuple[str, str]] = field(default_factory=list)
    targets: dict[str, str] = field(default_factory=dict)
    origin: datetime = ORIGIN

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            link = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), link))
        elif name == "Relationship":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")
        elif name == "workbookPr" and attributes.get("date1904") in {"1", "true"}:
            self.origin = ORIGIN_1904

    def end(self, name: str) -> None:
        """Nothing ends that says anything."""

    def text(self, text: str) -> None:
        """No text of it says anything."""


@dataclass
class _Styles:
    """Collects which cell styles are days, and which write their zeros."""

    formats: dict[str, str] = field(default_factory=dict)
    days: set[str] = field(default_factory=set)
    zeros: dict[str, int] = field(default_factory=dict)
    _in_cells: bool = False
    _rank: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._in_cells = True
        elif name == "xf" and self._in_cells:
            self._add(attributes.get("numFmtId", "0"))

    def _add(self, number: str) -> None:
        known = BUILTIN_FORMATS.get(int(number), "") if number.isdigit() else ""
        form = self.formats.get(number, known)
        if is_date_format(form):
            self.days.add(str(self._rank))
        elif width := zeros_of(form):
            self.zeros[str(self._rank)] = width
        self._rank += 1

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._in_cells = False

    def text(self, text: str) -> None:
        """No text of it says anything."""


@dataclass
class _Strings:
    """Collects the texts that cells share, without what says how they are read aloud (`rPh`)."""

    texts: list[str] = field(default_factory=list)
    _parts: list[str] = field(default_factory=list)
    _in_text: bool = False
    _aloud: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._in_text = not self._aloud
        elif name == "rPh":
            self._aloud = True

    def end(self, name: str) -> None:
        if name == "si":
            self.texts.append("".join(self._parts)[:LONGEST_TEXT])
            self._parts = []
        elif name == "t":
            self._in_text = False
        elif name == "rPh":
            self._aloud = False

    def text(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)


class _Sheet:
    """Reads the cells of a sheet into rows."""

    def __init__(self, rows: Rows, styles: _Styles, strings: list[str], origin: datetime) -> None:
        self.rows, self.styles, self.strings, self.origin = rows, styles, strings, origin
        self._row: Row = {}
        self._next = 0
        self._column = 0
        self._kind = self._style = ""
        self._parts: list[str] = []
        self._in_value = self._formula = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = attributes.get("r")
            self._column = self._next if place is None else _column(place)
            self._next = self._column + 1
            if self._column >= len(_COLUMNS):
                self.rows.check_column(self._column)
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._parts, self._formula = [], False
        elif name in {"v", "t"}:
            self._in_value = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row, self._next = {}, 0
        elif name == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            self.rows.merged += _FIGURES.sub("", first) != _FIGURES.sub("", last)

    def end(self, name: str) -> None:
        if name == "c":
            if value := self._value():
                self._row[self._column] = value
            elif self._formula and self._kind != "str":
                self.rows.without_value += 1
        elif name in {"v", "t"}:
            self._in_value = False
        elif name == "row":
            self.rows.add(self._row)

    def text(self, text: str) -> None:
        if self._in_value:
            self._parts.append(text)

    def _value(self) -> str:
        value = "".join(self._parts)[:LONGEST_TEXT]
        if not value:
            return ""
        if self._kind == "s":
            rank = int(value) if value.isdigit() else len(self.strings)
            return self.strings[rank] if rank < len(self.strings) else ""
        if self._kind != "n":
            return value
        if self._style in self.styles.days:
            return tell_day(value, self.origin)
        return tell_number(value).zfill(self.styles.zeros.get(self._style, 0))


_FIGURES: Final = re.compile("[^0-9]")
_LETTERS: Final = re.compile("[A-Za-z]{1,4}")
_COLUMNS: Final = range(256)
"""Columns below which nothing is to be checked."""
_known: dict[str, int] = {}


def _column(place: str) -> int:
    """Return the column of a cell's place, from 0: 27 of `AB12`."""
    letters = place.rstrip("0123456789")
    if (column := _known.get(letters)) is None:
        column = 0
        for letter in letters.upper()[:4]:
            column = column * 26 + ord(letter) - 64
        column -= 1
        if 0 <= column < len(_COLUMNS):
            _known[letters] = column
    return column


class Xlsx:
    """An .xlsx that is open: the names of its sheets, and each one's rows."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._book = _Book()
        self._read(WORKBOOK, self._book)
        self._read(LINKS, self._book)
        self._styles = _Styles()
        if STYLES in archive.names:
            self._read(STYLES, self._styles)
        self._strings: list[str] | None = None
        self.sheets = [name for name, _ in self._book.sheets]

    def read(self, rank: int, rows: Rows) -> Iterator[None]:
        """Read a sheet into `rows`, pausing now and then."""
        if self._strings is None:
            strings = _Strings()
            if STRINGS in self.archive.names:
                self._read(STRINGS, strings)
            self._strings = strings.texts
        target = self._book.targets.get(self._book.sheets[rank][1], "")
        path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
        sheet = _Sheet(rows, self._styles, self._strings, self._book.origin)
        with self.archive.open(path) as member:
            yield from parse_xml(member, sheet, self.archive.fichier.nom)

    def _read(self, name: str, handler: "_Book | _Styles | _Strings") -> None:
        with self.archive.open(name) as member:
            for _ in parse_xml(member, handler, self.archive.fichier.nom):
                pass
