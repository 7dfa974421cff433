"""A file that comes back, as rows of cells: CSV however it was saved, or the sheets of a workbook."""

import csv
import re
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final

from siei_match.collect.rows import EXCEL, OCTETS_MAX, Sheet, keep_rows, too_large
from siei_match.collect.workbook import read_workbook
from siei_match.reference.errors import DeliveryError

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
    if not content.strip():
        raise DeliveryError(f"{path.name}: the file is empty.", remedy="Ask for it again.")
    return content


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
        yield from (Sheet(keep_rows(_cut(text, september, name), name)) for september in SEPARATORS)


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


def _cut(text: str, separator: str, name: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        raise DeliveryError(
            f"{name}: a quote that was opened is not closed, or a line is too long.",
            remedy=EXCEL,
        ) from None
