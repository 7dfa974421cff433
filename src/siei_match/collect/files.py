"""A file that comes back, as rows of cells: CSV however it was saved, or the sheets of a workbook."""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Final

from siei_match.reference.errors import DeliveryError

OCTETS_MAX: Final = 50 << 20
"""Bytes of a file, and of a workbook once unzipped: a list of 100,000 rows takes half of them."""
LIGNES_MAX: Final = 100_000
COLONNES_MAX: Final = 100
SEPARATEURS: Final = (";", "\t", ",")

EXCEL: Final = "In the spreadsheet: Enregistrer sous, Classeur Excel (.xlsx) or CSV; give that."


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula: what it would give is never read."""


FORMULA: Final = Formula()
Cell = str | int | float | bool | date | Formula | None
Row = tuple[int, Sequence[Cell]]
"""A row that is not blank, with its number as the spreadsheet shows it."""


@dataclass(frozen=True)
class Feuille:
    """One way to read the file: a sheet, or the text cut at one separator."""

    lignes: Sequence[Row]
    masquee: bool = False


def read_bytes(path: Path) -> bytes:
    """Read a file of a bounded size.

    Raises:
        DeliveryError: it is not there, is empty, or is too large.
    """
    try:
        size = path.stat().st_size
        if size > OCTETS_MAX:
            raise too_large(path.name)
        content = path.read_bytes()
    except OSError:
        raise DeliveryError(
            f"{path.name}: not found or not readable.", remedy="Check the path and its rights."
        ) from None
    if not content.strip():
        raise DeliveryError(f"{path.name}: the file is empty.", remedy="Ask for it again.")
    return content


def read_sheets(content: bytes, name: str) -> Iterator[Feuille]:
    """Give the sheets of a workbook, or a text as each separator would cut it.

    Raises:
        DeliveryError: it is neither, or goes beyond the limits.
    """
    if content.startswith(b"PK\x03\x04"):
        from siei_match.collect.workbook import read_workbook

        yield from read_workbook(BytesIO(content), name)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DeliveryError(
            f"{name}: an old Excel file (.xls), or one with a password.", remedy=EXCEL
        )
    else:
        text = decode(content, name)
        yield from (Feuille(keep_rows(_cut(text, sep, name), name)) for sep in SEPARATEURS)


def decode(content: bytes, name: str) -> str:
    """Return the text, whatever a spreadsheet saved it in.

    Raises:
        DeliveryError: it is no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        # Bytes 80 to 9F are controls that nobody types in iso-8859-15, and letters in the other.
        windows = re.search(rb"[\x80-\x9f]", content)
        encodings = ["utf-8-sig", "windows-1252" if windows else "iso-8859-15"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise DeliveryError(f"{name}: neither a workbook nor a text.", remedy=EXCEL)


def keep_rows(rows: Iterable[Sequence[Any]], name: str) -> list[Row]:
    """Number the rows from 1, and keep those that say something.

    Raises:
        DeliveryError: there are more than `LIGNES_MAX` of them.
    """
    kept: list[Row] = []
    for ligne, row in enumerate(rows, start=1):
        cells = [_cell(value) for value in row[:COLONNES_MAX]]
        if any(cell is not None for cell in cells):
            kept.append((ligne, cells))
            # The heading and what stands above it.
            if len(kept) > LIGNES_MAX + 50:
                raise too_long(name)
    return kept


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def too_large(name: str) -> DeliveryError:
    return DeliveryError(
        f"{name}: more than {OCTETS_MAX >> 20} MB once opened.",
        remedy="Answers take a few: ask for a file with the answers alone.",
    )


def too_long(name: str) -> DeliveryError:
    return DeliveryError(
        f"{name}: more than {LIGNES_MAX} rows.", remedy="Cut it into several files."
    )


def _cut(text: str, separator: str, name: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        raise DeliveryError(
            f"{name}: a quote that was opened is not closed, or a line is too long.",
            remedy=EXCEL,
        ) from None


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        # Spaces that do not show, as web pages and messages bring them.
        value = value.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "").strip()
        return value or None
    return value if isinstance(value, int | float | date | Formula) else None
