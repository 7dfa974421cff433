"""A workbook's sheets, opened with care: a few megabytes may hide gigabytes, or commands."""

import re
import warnings
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

from siei_match.collect.measures import asks_too_much
from siei_match.collect.rows import (
    EXCEL,
    FORMULA,
    MOST_COLUMNS,
    OCTETS_MAX,
    Sheet,
    keep_rows,
    too_large,
    too_long,
)
from siei_match.reference.errors import DeliveryError, SieiError

PARTS_MAX: Final = 1_000
ROWS_MAX: Final = 1_048_576
"""The last row of a spreadsheet: a number beyond it, in one sheet or in all, is made to exhaust who
reads."""
DOCTYPE: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def read_workbook(content: BytesIO, name: str) -> Iterator[Sheet]:
    """Give the sheets of an xlsx workbook, in their order.

    Formulas are seen, never evaluated, nor is the value that they gave last read.

    Raises:
        DeliveryError: it is no xlsx workbook, is damaged, or goes beyond the limits.
    """
    check_parts(content, name)
    # Imported here: reading a CSV, and the help, do without.
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # What it does not support (lists of choices, colours) is nothing to an answer.
            warnings.simplefilter("ignore")
            book = load_workbook(content, read_only=True, data_only=False, keep_links=False)
            left = ROWS_MAX
            for sheet in book.worksheets:
                # The declared dimensions may lie: rows are counted as they come.
                sheet.reset_dimensions()
                counted = RowCounter(_rows(sheet, name, left))
                yield Sheet(keep_rows(counted, name), sheet.sheet_state != "visible")
                left -= counted.rows
    except SieiError:
        raise
    except Exception:  # noqa: BLE001 - its own errors quote cells
        raise damaged(name) from None


def check_parts(content: BytesIO, name: str) -> None:
    """Refuse what is no workbook, what would fill the memory, and XML that declares entities.

    zipfile reads no more of a part than its declared size, so a size that lies is harmless.

    Raises:
        DeliveryError: as said.
    """
    try:
        with ZipFile(content) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > OCTETS_MAX:
                raise too_large(name)
            if "xl/workbook.xml" not in {part.filename for part in parts}:
                raise DeliveryError(f"{name}: not an Excel workbook (.xlsx).", remedy=EXCEL)
            if any(part.flag_bits & 1 for part in parts):
                raise DeliveryError(f"{name}: it has a password.", remedy=EXCEL)
            if any(_declares_entities(archive, part) for part in parts):
                raise damaged(name)
            if asks_too_much(archive):
                raise too_large(name)
    except (BadZipFile, OSError, NotImplementedError, EOFError):
        raise damaged(name) from None


def damaged(name: str) -> DeliveryError:
    return DeliveryError(f"{name}: this workbook is damaged.", remedy=EXCEL)


def _declares_entities(archive: ZipFile, part: ZipInfo) -> bool:
    if not part.filename.endswith((".xml", ".rels")):
        return False
    with archive.open(part) as file:
        # UTF-16 puts a zero beside each letter.
        return DOCTYPE.search(file.read(4096).replace(b"\0", b"")) is not None


class RowCounter:
    """Rows, and how many of them there were."""

    def __init__(self, rows: Iterator[list[Any]]) -> None:
        self._source = rows
        self.rows = 0

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self._source:
            self.rows += 1
            yield row


def _rows(sheet: Any, name: str, most: int) -> Iterator[list[Any]]:
    absent = None
    for rang, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), start=1):
        if rang > most:
            raise too_long(name)
        # For the rows that the sheet leaves out, maybe a million, it gives one and the same tuple.
        yield [] if row is absent else [_value(cell) for cell in row]
        absent = row


def _value(cell: Any) -> Any:
    if cell.value is None:
        return None
    if cell.data_type == "f":
        return FORMULA
    return None if cell.data_type == "e" else cell.value
