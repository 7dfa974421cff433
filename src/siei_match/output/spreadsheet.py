"""CSV that a French spreadsheet opens as it is, and that stays plain CSV (RFC 4180).

`;` between fields, UTF-8 with BOM, CRLF, French dates. Every text is quoted; numbers and full dates
are not. A spreadsheet told to take quoted fields as text (LibreOffice's box "Quoted field as text",
not ticked at first, then remembered; Excel's data import) keeps the zeros of postal codes and still
has real dates and ages. One that guesses (Excel on a double click, unless its option on leading
zeros is off) shows 01000 as 1000: nothing in a plain CSV prevents it, and what would (`="01000"`, an
apostrophe, a tab or an invisible character) spoils the value for every other reader. In the
workbooks of `siei export` cells are text for good.

Measured with LibreOffice 7.4: "06 12 34 56 78", "2026-10" and "05/2008" stay text in any case;
0612345678, 01000 and an identifier such as 1234567E001 do only if taken as text. No-break spaces
do not help, 01 000 is read as 1000 too.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.reference.french import FRENCH_DATE, french_partial_dates

BOM: Final = "\ufeff"
END: Final = "\r\n"
SEPARATOR: Final = ";"

TRIGGERS: Final = r"^[\s\p{C}\p{Z}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]"
"""What makes a cell live in a spreadsheet (OWASP, CSV Injection), even after blanks or in the
full-width forms of East Asian keyboards."""
CONTROLS: Final = r"[\p{Cc}\u2028\u2029]+"
PHONES: Final = ("telephones", "responsable_telephone")


def csv_header(columns: Sequence[str]) -> str:
    return SEPARATOR.join(columns)


def csv_lines(frame: pl.DataFrame) -> pl.Series:
    """Return each row as one CSV line, without its end."""
    cells = [_cell(name, dtype) for name, dtype in frame.schema.items()]
    return frame.select(pl.concat_str(cells, separator=SEPARATOR).alias("ligne"))["ligne"]


def write_csv(path: Path, header: str, lines: pl.Series) -> Path:
    """Write the header and the lines into a file that stands already, with its mode."""
    text = END.join([BOM + header, *lines.to_list(), ""])
    path.write_bytes(text.encode("utf-8"))
    return path


def _cell(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype == pl.Date:
        text = column.dt.strftime(FRENCH_DATE)
    elif dtype != pl.String:
        text = column.cast(pl.String)
    elif name == "date_naissance":
        french = french_partial_dates(column)
        text = (
            pl.when(column.str.len_chars() == len("2008-05-15"))
            .then(french)
            .otherwise(_quoted(french))
        )
    else:
        text = _quoted(_harmless(_dialled(column) if name in PHONES else column))
    return text.fill_null("")


def _dialled(column: pl.Expr) -> pl.Expr:
    """+32 470… → 00 32 470…: dialled alike in France, and no formula."""
    return column.str.replace_all(r"\+([0-9])", "00 ${1}")


def _harmless(column: pl.Expr) -> pl.Expr:
    """Keep a text on its line, and put an apostrophe before what would start a formula."""
    line = column.str.replace_all(CONTROLS, " ")
    return pl.when(column.str.contains(TRIGGERS)).then("'" + line).otherwise(line)


def _quoted(column: pl.Expr) -> pl.Expr:
    return '"' + column.str.replace_all('"', '""', literal=True) + '"'
