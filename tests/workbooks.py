"""Workbooks as providers make them, written cell by cell. Every name in them is made up."""

import zipfile
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter

CELL = "table:table-cell"
NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def write_xlsx(
    path: Path,
    rows: list[list[object]],
    *,
    formats: dict[int, str] | None = None,
    sheet: str = "Export",
) -> Path:
    """Write rows as a provider's workbook would hold them, some columns in a number format."""
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet(sheet)
    styles = {
        column: book.add_format({"num_format": form}) for column, form in (formats or {}).items()
    }
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            if isinstance(value, datetime):
                page.write_datetime(i, j, value, styles.get(j))
            elif isinstance(value, (int, float)):
                page.write_number(i, j, value, styles.get(j))
            elif value:
                page.write_string(i, j, str(value))
    book.close()
    return path


def write_ods(path: Path, rows: list[list[str]], *, before: str = "", after: str = "") -> Path:
    """Write rows of raw cells (`<table:table-cell …/>`) or texts as an OpenDocument sheet."""
    cells = [
        "".join(
            value
            if value.startswith("<")
            else f'<{CELL} office:value-type="string"><text:p>{escape(value)}</text:p></{CELL}>'
            for value in row
        )
        for row in rows
    ]
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {NAMES}><office:body>'
        f'<office:spreadsheet><table:table table:name="Export">{table}{after}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", content)
    return path
