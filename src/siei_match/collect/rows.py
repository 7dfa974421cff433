"""Rows of cells as every kind of file gives them, and how much of them is read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from siei_match.reference.errors import DeliveryError

OCTETS_MAX: Final = 50 << 20
"""Bytes of a file, and of a workbook once unzipped: a list of 100,000 rows takes half of them."""
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 100

EXCEL: Final = "In the spreadsheet: Enregistrer sous, Classeur Excel (.xlsx) or CSV; give that."


@dataclass(frozen=True)
class Formula:
    """A cell that holds a formula: what it would give is never read."""


FORMULA: Final = Formula()
Cell = str | int | float | bool | date | Formula | None
Row = tuple[int, Sequence[Cell]]
"""A row that is not blank, with its number as the spreadsheet shows it."""


@dataclass(frozen=True)
class Sheet:
    """One way to read the file: a sheet, or the text cut at one separator."""

    lignes: Sequence[Row]
    hidden: bool = False
    swallowed: tuple[int, int] | None = None
    """The first and last line of a text that a quote left open made one row."""


def keep_rows(rows: Iterable[Sequence[Any]], name: str) -> list[Row]:
    """Number the rows from 1, and keep those that say something.

    Raises:
        DeliveryError: there are more than `MOST_ROWS` of them.
    """
    kept: list[Row] = []
    for line, row in enumerate(rows, start=1):
        cells = [_cell(value) for value in row[:MOST_COLUMNS]]
        if any(cell is not None for cell in cells):
            kept.append((line, cells))
            # The heading and what stands above it.
            if len(kept) > MOST_ROWS + 50:
                raise too_long(name)
    return kept


def too_large(name: str) -> DeliveryError:
    return DeliveryError(
        f"{name}: more than {OCTETS_MAX >> 20} MB once opened.",
        remedy="Answers take a few: ask for a file with the answers alone.",
    )


def too_long(name: str) -> DeliveryError:
    return DeliveryError(
        f"{name}: more than {MOST_ROWS} rows.", remedy="Cut it into several files."
    )


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        # Spaces that do not show, as web pages and messages bring them.
        value = value.replace("\u00a0", " ").replace("\u202f", " ").replace("\u200b", "").strip()
        return value or None
    return value if isinstance(value, int | float | date | Formula) else None
