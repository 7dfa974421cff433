"""Small workbooks made to take a machine down: refused at once, and the next file is read."""

import time
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from siei_match.collect import apart
from siei_match.collect.apart import read_sheets_apart, sheets_of
from siei_match.collect.files import read_sheets
from siei_match.reference.errors import DeliveryError

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def a_workbook(rows: int = 3, sheets: int = 1) -> bytes:
    book = Workbook()
    for n in range(sheets):
        sheet = book.active if not n else book.create_sheet()
        assert sheet is not None
        sheet.append(["id_signalement", "retour"])
        for row in range(rows):
            sheet.append([f"s{row:031x}", "en_emploi"])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def replaced(content: bytes, **parts: bytes) -> bytes:
    """Put other bytes in place of parts; the name of a part says `__` for a slash."""
    made = BytesIO()
    told = {name.replace("__", "/") + ".xml": part for name, part in parts.items()}
    with ZipFile(BytesIO(content)) as source, ZipFile(made, "w", ZIP_DEFLATED) as target:
        for part in source.infolist():
            target.writestr(part.filename, told.get(part.filename, source.read(part)))
    return made.getvalue()


def in_a_sheet(rows: bytes) -> bytes:
    return b'<worksheet xmlns="%s"><sheetData>%s</sheetData></worksheet>' % (MAIN.encode(), rows)


def wide_row() -> bytes:
    """One row of two million cells, a hundred kilobytes: it took 30 s and 1.3 GB."""
    return replaced(
        a_workbook(),
        xl__worksheets__sheet1=in_a_sheet(b'<row r="1">' + b"<c/>" * 2_000_000 + b"</row>"),
    )


def wide_row_of_another_prefix() -> bytes:
    rows = b'<x:row r="1">' + b"<x:c/>" * 2_000_000 + b"</x:row>"
    sheet = b'<x:worksheet xmlns:x="%s"><x:sheetData>%s</x:sheetData></x:worksheet>'
    return replaced(a_workbook(), xl__worksheets__sheet1=sheet % (MAIN.encode(), rows))


def styles() -> bytes:
    """A million and a half styles in thirteen kilobytes."""
    told = b'<styleSheet xmlns="%s"><cellXfs>%s</cellXfs></styleSheet>'
    return replaced(a_workbook(), xl__styles=told % (MAIN.encode(), b"<xf/>" * 1_500_000))


def sparse_sheets() -> bytes:
    """Thirty sheets whose only row is the last that a spreadsheet has."""
    row = in_a_sheet(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
    parts = {f"xl__worksheets__sheet{n}": row for n in range(1, 31)}
    return replaced(a_workbook(sheets=30), **parts)


def many_sheets() -> bytes:
    return a_workbook(rows=1, sheets=60)


def many_rows() -> bytes:
    return replaced(
        a_workbook(), xl__worksheets__sheet1=in_a_sheet(b"<row><c><v>1</v></c></row>" * 1_800_000)
    )


@pytest.mark.parametrize(
    "make",
    [wide_row, wide_row_of_another_prefix, styles, sparse_sheets, many_sheets, many_rows],
    ids=lambda make: make.__name__,
)
def test_a_small_workbook_that_asks_for_much_is_refused_in_seconds(make) -> None:
    content = make()
    assert len(content) < 1 << 20
    start = time.monotonic()
    with pytest.raises(DeliveryError):
        read_sheets_apart(content, "retour.xlsx")
    assert time.monotonic() - start < 20
    assert read_sheets_apart(a_workbook(), "retour.xlsx")[0].lignes


def test_what_is_read_apart_is_what_is_read_here() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    from datetime import date, datetime

    sheet.append(["id_signalement", "retour", 3, 2.5, True, date(2026, 10, 2), None, "=1+1"])
    sheet.append([None, datetime.fromisoformat("2026-10-02T08:30:00"), "é"])
    hidden = book.create_sheet()
    hidden.sheet_state = "hidden"
    content = BytesIO()
    book.save(content)
    for given in (content.getvalue(), "a;b\n1;é\n".encode(), "a;b\n".encode("utf-16")):
        assert read_sheets_apart(given, "retour") == list(read_sheets(given, "retour"))


def test_a_refusal_says_what_it_says_here() -> None:
    for content in (b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0 old", b"\xff\xfe\x00"):
        said = []
        for read in (read_sheets_apart, lambda *given: list(read_sheets(*given))):
            with pytest.raises(DeliveryError) as refusal:
                read(content, "retour.xls")
            said.append(str(refusal.value))
        assert said[0] == said[1]


def test_a_reader_that_dies_or_takes_too_long_is_replaced(monkeypatch) -> None:
    assert read_sheets_apart(a_workbook(), "retour.xlsx")
    running = apart._Reader.current()
    with monkeypatch.context() as patch:
        patch.setattr(apart, "SECONDS_MAX", 0.0)
        with pytest.raises(DeliveryError, match="takes more than"):
            read_sheets_apart(a_workbook(20_000), "retour.xlsx")
    assert running._process.poll() is not None
    assert read_sheets_apart(a_workbook(), "retour.xlsx")
    assert apart._Reader.current() is not running


def test_the_reader_has_no_secret_and_little_memory() -> None:
    read_sheets_apart(a_workbook(), "retour.xlsx")
    pid = apart._Reader.current()._process.pid
    with Path(f"/proc/{pid}/environ").open("rb") as told:
        assert b"SIEI_" not in told.read()
    with Path(f"/proc/{pid}/limits").open() as limits:
        bounds = {line[:26].strip(): line[26:].split()[0] for line in limits}
    assert bounds["Max core file size"] in ("0", "1")
    assert int(bounds["Max address space"]) < 8 << 30


def test_a_short_text_needs_no_process(monkeypatch) -> None:
    monkeypatch.setattr(apart, "read_sheets_apart", None)
    assert next(iter(sheets_of(b"id_signalement;retour\n", "retour.csv"))).lignes
