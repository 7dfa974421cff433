"""How much a workbook asks for, counted in its bytes before anything is built of them."""

import re
from typing import Final
from zipfile import ZipFile, ZipInfo

CHUNK: Final = 1 << 16
SHEETS_MAX: Final = 50
ELEMENTS_MAX: Final = 8_000_000
"""Opening tags of all parts together: a list of 100,000 rows has 6 million."""
ROW_MAX: Final = 120_000
"""Of one row: a spreadsheet has 16,384 columns, and a cell seven tags at most."""
STYLES_MAX: Final = 500_000
"""Of the styles: a spreadsheet takes 65,490 of them, of a few tags each."""
OTHER_MAX: Final = 50_000
"""Of what is neither a sheet, nor its texts, nor its styles."""
ROW: Final = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?row[\s/>]")
SHEET: Final = re.compile(r"xl/worksheets/[^/]*\.xml")
TEXTS: Final = "xl/sharedStrings.xml"
STYLES: Final = "xl/styles.xml"


def asks_too_much(archive: ZipFile) -> bool:
    """Tell whether the parts of a workbook hold more than any workbook of answers does.

    Bytes are counted, so nothing is built; a part that is encoded in another way than every
    spreadsheet does (UTF-16) shows no row, and so is one row that is too wide.
    """
    parts = [part for part in archive.infolist() if part.filename.endswith((".xml", ".rels"))]
    if sum(1 for part in parts if SHEET.fullmatch(part.filename)) > SHEETS_MAX:
        return True
    left = ELEMENTS_MAX
    for part in parts:
        counted, widest = _count(archive, part)
        left -= counted
        if left < 0 or counted > _most(part.filename) or widest > ROW_MAX:
            return True
    return False


def _most(name: str) -> int:
    if SHEET.fullmatch(name) or name == TEXTS:
        return ELEMENTS_MAX
    return STYLES_MAX if name == STYLES else OTHER_MAX


def _count(archive: ZipFile, part: ZipInfo) -> tuple[int, int]:
    """Return the tags of a part, and those of its widest row."""
    total = here = widest = 0
    is_sheet = SHEET.fullmatch(part.filename) is not None
    with archive.open(part) as file:
        kept = b""
        while chunk := file.read(CHUNK):
            # A tag may be cut by the end of a chunk: what follows its `<` waits for the next.
            chunk = kept + chunk
            cut = chunk.rfind(b"<")
            chunk, kept = (chunk[:cut], chunk[cut:]) if cut > 0 else (chunk, b"")
            total += chunk.count(b"<")
            if is_sheet:
                first, *rows = ROW.split(chunk)
                here += first.count(b"<")
                for row in rows:
                    widest, here = max(widest, here), row.count(b"<") + 1
                widest = max(widest, here)
            if total > ELEMENTS_MAX or widest > ROW_MAX:
                break
    return total + bool(kept), widest
