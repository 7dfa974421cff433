"""Dates, numbers and percents as French readers write them: the one place that does.

Reports are typeset: narrow no-break spaces and a true minus. A terminal or a message may ask for
other signs (`space`, `minus`), which its font has or its reader copies.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

FRENCH_DATE: Final = "%d/%m/%Y"
NARROW: Final = "\u202f"
"""Between thousands, and before % in a page."""
NO_BREAK: Final = "\u00a0"
MINUS: Final = "\u2212"
MONTHS: Final[Sequence[str]] = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip


def french_number(
    value: float,
    decimals: int = 0,
    *,
    signed: bool = False,
    space: str = NARROW,
    minus: str = MINUS,
) -> str:
    """1234.5 → 1 234,5; with `signed`, +1 234,5."""
    text = f"{value:{'+' if signed else ''},.{decimals}f}"
    return text.translate({ord(","): space, ord("."): ",", ord("-"): minus})


def french_percent(
    value: float,
    decimals: int = 1,
    *,
    signed: bool = False,
    space: str = NARROW,
    minus: str = MINUS,
) -> str:
    """0.1234 → 12,3 %."""
    number = french_number(100 * value, decimals, signed=signed, space=space, minus=minus)
    return f"{number}{space}%"


def plain_percent(value: float, *, signed: bool = False) -> str:
    """0.1234 → 12,3 %, in signs that a terminal has and a message keeps."""
    return french_percent(value, signed=signed, space=" ", minus="-")


def french_date(day: date) -> str:
    """2026-10-15 → 15/10/2026."""
    return day.strftime(FRENCH_DATE)


def french_day(day: date | str) -> str:
    """2026-10-15 → 15 octobre 2026; of a time written as in ISO 8601, its day."""
    year, month, rest = str(day)[:10].split("-")
    return f"{int(rest)}{'er' if rest == '01' else ''} {MONTHS[int(month) - 1]} {year}"


def french_month(month: str) -> str:
    """2026-10 → octobre 2026."""
    return f"{MONTHS[int(month[5:]) - 1]} {month[:4]}"


def french_of_month(month: str) -> str:
    """2026-10 → d’octobre 2026; 2027-03 → de mars 2027."""
    named = french_month(month)
    return f"d’{named}" if named[0] in "ao" else f"de {named}"


def french_count(number: int, one: str, many: str | None = None) -> str:
    """Count things: 0 jeune, 1 jeune, 114 jeunes; `many` where an s does not make it."""
    named = one if number < 2 else many or f"{one}s"
    return f"{french_number(number)} {named}"


def french_partial_dates(column: pl.Expr) -> pl.Expr:
    """2008-05-15 → 15/05/2008; 2008-05 → 05/2008; 2008 stays."""
    return column.str.replace(r"^([0-9]{4})-([0-9]{2})-([0-9]{2})$", "${3}/${2}/${1}").str.replace(
        r"^([0-9]{4})-([0-9]{2})$", "${2}/${1}"
    )


def french_birth(year: int, month: int | None, day: int | None) -> str:
    """2008, 5, nothing → ??/05/2008."""
    return (
        f"{'??' if day is None else f'{day:02}'}/{'??' if month is None else f'{month:02}'}/{year}"
    )
