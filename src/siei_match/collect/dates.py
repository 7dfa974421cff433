"""Dates as French offices write them, and as spreadsheets keep them."""

import re
from datetime import date, datetime, timedelta
from typing import Final

from siei_match.collect.words import fold

MOIS: Final = {
    "janv": 1, "jan": 1, "fev": 2, "fevr": 2, "mars": 3, "mar": 3, "avr": 4, "avril": 4,
    "mai": 5, "juin": 6, "juil": 7, "juill": 7, "aout": 8, "sept": 9, "sep": 9, "oct": 10,
    "nov": 11, "dec": 12, "janvier": 1, "fevrier": 2, "juillet": 7, "septembre": 9,
    "octobre": 10, "novembre": 11, "decembre": 12,
}  # fmt: skip
HOUR: Final = r"(?:[ t]+(?:[aà] +)?[0-9]{1,2}[:h][0-9]{0,2}(?::[0-9]{2})?(?:\.[0-9]+)?z?)?"
ISO: Final = re.compile(rf"([0-9]{{4}})[-/.]([0-9]{{1,2}})[-/.]([0-9]{{1,2}}){HOUR}", re.IGNORECASE)
FRENCH: Final = re.compile(
    rf"([0-9]{{1,2}}) ?[-/. ] ?([0-9]{{1,2}}) ?[-/. ] ?([0-9]{{4}}|[0-9]{{2}}){HOUR}",
    re.IGNORECASE,
)
IN_WORDS: Final = re.compile(
    r"(?:(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|le) )*"
    r"([0-9]{1,2})(?:er)? ([a-z]+) ([0-9]{4}|[0-9]{2})"
)
SERIES: Final = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")
ORIGIN: Final = date(1899, 12, 30)
"""Day 0 of spreadsheets, Excel's false 29 February 1900 taken into account from March 1900 on."""
YEARS: Final = range(2000, 2100)
"""What an answer's year can be: another is a typing error."""


def read_date(value: object) -> date | None:
    """Return the day that a cell means, or None where it cannot be read.

    A year of two digits is of this century. A number is a spreadsheet's day count; one of the
    other calendar (1904, old Macs) falls outside what is credible, or in another year: such
    workbooks keep typed dates, which are converted before they come here.
    """
    if isinstance(value, datetime):
        return _credible(value.date())
    if isinstance(value, date):
        return _credible(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_serial(float(value))
    text = str(value).strip().lstrip("'").strip()
    if match := ISO.fullmatch(text):
        return _build(match[3], match[2], match[1])
    if match := FRENCH.fullmatch(text):
        return _build(*match.groups())
    if match := IN_WORDS.fullmatch(fold(text)):
        month = MOIS.get(match[2])
        return _build(match[1], str(month), match[3]) if month else None
    if SERIES.fullmatch(text):
        return _from_serial(float(text.replace(",", ".")))
    return None


def _from_serial(days: float) -> date | None:
    return _credible(ORIGIN + timedelta(days=int(days))) if 1 <= days < 100_000 else None


def _build(day: str, month: str, year: str) -> date | None:
    century = 2000 if len(year) == 2 else 0
    try:
        return _credible(date(century + int(year), int(month), int(day)))
    except ValueError:
        return None


def _credible(day: date) -> date | None:
    return day if day.year in YEARS else None
