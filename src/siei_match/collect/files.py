"""A file that comes back, as rows of cells: CSV however it was saved, or the sheets of a workbook."""

import csv
import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final

from siei_match.collect.rows import EXCEL, OCTETS_MAX, Sheet, keep_rows, too_large
from siei_match.collect.workbook import read_workbook
from siei_match.reference.errors import ContractError, DeliveryError
from siei_match.stages.extract.records import count_records

IDENTIFIER: Final = re.compile(r"[a-z][0-9a-f]{31}")
"""Of a signalement, of a pair."""
SEPARATORS: Final = (";", "\t", ",")


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
    require_content(content, path.name)
    return content


def require_content(content: bytes, name: str) -> None:
    """Make sure that there is something to read, of a bounded size.

    Raises:
        DeliveryError: it is empty, or too large.
    """
    if len(content) > OCTETS_MAX:
        raise too_large(name)
    if not content.strip():
        raise DeliveryError(f"{name}: the file is empty.", remedy="Ask for it again.")


def read_sheets(content: bytes, name: str) -> Iterator[Sheet]:
    """Give the sheets of a workbook, or a text as each separator would cut it.

    Raises:
        DeliveryError: it is neither, or goes beyond the limits.
    """
    if content.startswith(b"PK\x03\x04"):
        yield from read_workbook(BytesIO(content), name)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise DeliveryError(
            f"{name}: an old Excel file (.xls), or one with a password.", remedy=EXCEL
        )
    else:
        text = decode(content, name)
        yield from (_read_text(text, separator, name) for separator in SEPARATORS)


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


def _read_text(text: str, separator: str, name: str) -> Sheet:
    """Cut a text at one separator; a quote left open is told where its table turns out to be."""
    lines = _Lines(separator)
    try:
        rows = keep_rows(lines.read(text), name)
    except csv.Error:
        raise DeliveryError(
            f"{name}: a quote that was opened is not closed, or a line is too long.",
            remedy=EXCEL,
        ) from None
    counted = count_records(text, separator)
    if lines.records != counted:
        raise ContractError(
            f"{name}: {lines.records} rows were read, a second count finds {counted}.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        )
    return Sheet(rows, swallowed=lines.swallowed)


def refuse_swallowed(sheet: Sheet, name: str) -> None:
    """Stop where a quote left open made one row of several: what they answer would be lost.

    Raises:
        DeliveryError: it names the lines of the file.
    """
    if sheet.swallowed is not None:
        first, last = sheet.swallowed
        raise DeliveryError(
            f"{name}: a quote is not closed in its field: {last - first + 1} lines of the file, "
            f"{first} to {last}, were read as one row.",
            remedy="Look there for a quote to close or to remove. Or give the workbook "
            "(.xlsx), which has no quotes.",
        )


class _Lines:
    """The rows of a text, counted, and the first that holds several of its lines."""

    def __init__(self, separator: str) -> None:
        self.separator = separator
        self.records = 0
        self.swallowed: tuple[int, int] | None = None
        self._widest = 1

    def read(self, text: str) -> Iterator[list[str]]:
        reader = csv.reader(StringIO(text, newline=""), delimiter=self.separator)
        before = 0
        for row in reader:
            self.records += bool(row)
            if not any("\n" in cell or "\r" in cell for cell in row):
                self._widest = max(self._widest, len(row))
            elif self.swallowed is None and self._holds_another(row):
                self.swallowed = before + 1, reader.line_num
            before = reader.line_num
            yield row

    def _holds_another(self, row: list[str]) -> bool:
        """True for a row over several lines that holds the fields of two, or names two people.

        A comment may hold line breaks and separators: people write it.
        """
        held = len(row) - 1 + sum(cell.count(self.separator) for cell in row)
        return (
            len(row) > self._widest
            or held >= 2 * (self._widest - 1) > 0
            or any(self.separator in cell and IDENTIFIER.search(cell.casefold()) for cell in row)
        )
