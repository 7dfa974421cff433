"""A released workbook with its platform's answers so far in their cells; nothing else of it changes.

To make it anew for each download took six times as long: a workbook of 600 rows has 13,000 texts, of which
answers change a few.
"""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape, unescape

from siei_match.stages.publish.answer_columns import Answered

SHEET: Final = "xl/worksheets/sheet1.xml"
"""The list: it stands first."""
STRINGS: Final = "xl/sharedStrings.xml"
TEXT: Final = re.compile(r"<si><t[^>]*>(.*?)</t></si>", re.DOTALL)
COLUMN: Final = re.compile(r'<col min="(\d+)" max="(\d+)"[^>]* style="(\d+)"')
ROW: Final = re.compile(r"(<row [^>]*>)(.*?)(</row>)", re.DOTALL)
CELL: Final = re.compile(r'<c r="([A-Z]+)(\d+)"')
SHARED: Final = re.compile(r'<c r="([A-Z]+)\d+"[^>]* t="s"><v>(\d+)</v>')
DAY_ZERO: Final = date(1899, 12, 30)
"""Spreadsheets count days from here."""
ANSWER: Final = ("retour", "date_retour", "psad_destination")
WHO: Final = "id_signalement"


@dataclass(frozen=True)
class _Places:
    """The letters of the columns by their heading, and the style of each."""

    letters: Mapping[str, str]
    styles: Mapping[str, str]


def fill_in(content: bytes, given: Mapping[str, Answered]) -> bytes:
    """Return a workbook of `render_xlsx` with answers filled in; the same arguments give the same bytes.

    Args:
        content: the workbook, as it was released.
        given: what the platform answered so far, by signalement.
    """
    made = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as source,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        texts = TEXT.findall(source.read(STRINGS).decode("utf-8"))
        for member in source.infolist():
            part = source.read(member)
            if member.filename == SHEET:
                part = _fill(part.decode("utf-8"), texts, given).encode("utf-8")
            target.writestr(member, part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _fill(sheet: str, texts: list[str], given: Mapping[str, Answered]) -> str:
    places = _find_places(sheet, texts)
    if not {*ANSWER, WHO} <= set(places.letters):
        return sheet  # a list without columns to answer in
    who = re.compile(rf'<c r="{places.letters[WHO]}\d+"[^>]* t="s"><v>(\d+)</v>')

    def fill_row(row: re.Match[str]) -> str:
        named = who.search(row[2])
        answered = given.get(unescape(texts[int(named[1])])) if named else None
        if answered is None:
            return row[0]
        at = _after(row[2], places.letters[ANSWER[-1]])
        number = CELL.match(row[2])
        cells = _cells(answered, places, number[2] if number else "")
        return row[1] + row[2][:at] + cells + row[2][at:] + row[3]

    return ROW.sub(fill_row, sheet)


def _find_places(sheet: str, texts: list[str]) -> _Places:
    head = ROW.search(sheet)
    headings = SHARED.findall(head[2]) if head else []
    styles = {
        _letters(at): style
        for first, last, style in COLUMN.findall(sheet)
        for at in range(int(first), int(last) + 1)
    }
    return _Places({texts[int(n)]: letters for letters, n in headings}, styles)


def _cells(answered: Answered, places: _Places, row: str) -> str:
    """Return the cells of an answer, in the order of their columns; none that is empty."""
    days = (answered.day - DAY_ZERO).days
    held = (_text(answered.retour), f"><v>{days}</v>", _text(answered.psad_destination))
    return "".join(
        f'<c r="{letters}{row}" s="{places.styles[letters]}"{value}</c>'
        for letters, value in zip((places.letters[n] for n in ANSWER), held, strict=True)
        if value
    )


def _text(said: str | None) -> str:
    return f' t="inlineStr"><is><t>{escape(said)}</t></is>' if said else ""


def _after(row: str, letters: str) -> int:
    """Return where the first cell to the right of this column begins."""
    for cell in CELL.finditer(row):
        if (len(cell[1]), cell[1]) > (len(letters), letters):
            return cell.start()
    return len(row)


def _letters(n: int) -> str:
    """Return the letters of the n-th column: 1 is A, 27 is AA."""
    told = ""
    while n:
        n, rest = divmod(n - 1, 26)
        told = chr(65 + rest) + told
    return told
