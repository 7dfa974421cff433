"""How a date is spelled: its parts, and what leaves them in doubt. Nothing is decided here.

Day, month and year apart by slashes, dashes, dots or spaces, in that order or the other way round;
eight digits; the month in letters; the day's number of a workbook. A time may follow the day.
"""

from datetime import date
from typing import Final

import polars as pl

_BETWEEN: Final = r"\s*[/.\-\s]\s*"
_CLOCK: Final = (
    r"(?:T|\s+|\s*-\s+)([0-9]{1,2})[:hH]([0-9]{2})(?:[:mM]([0-9]{2})(?:[.,][0-9]+)?s?)?\s*"
    r"([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?$"
)
"""Hour, minute, second, half of the day, offset."""
_DAY_FIRST: Final = (
    rf"^(?P<day>[0-9]{{1,2}}){_BETWEEN}(?P<month>[0-9]{{1,2}}){_BETWEEN}(?P<year>[0-9]{{4}})$"
)
_YEAR_FIRST: Final = (
    rf"^(?P<year>[0-9]{{4}}){_BETWEEN}(?P<month>[0-9]{{1,2}}){_BETWEEN}(?P<day>[0-9]{{1,2}})$"
)
_DIGITS_DAY_FIRST: Final = r"^(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>[0-9]{4})$"
_DIGITS_YEAR_FIRST: Final = r"^(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})$"
_LETTERS: Final = (
    r"^(?:[a-z]{3,8}\.?,?\s+)?(?P<day>[0-9]{1,2})(?:er)?[\s.\-/]*"
    r"(?P<month>jan|fev|feb|mar|avr|apr|mai|may|juin|jun|juil|jul|aou|aug|sep|oct|nov|dec)"
    r"[a-z]{0,6}[\s.\-/,]*(?P<year>[0-9]{4})$"
)
_SHORT: Final = rf"^(?P<a>[0-9]{{1,2}}){_BETWEEN}(?P<b>[0-9]{{1,2}}){_BETWEEN}(?P<c>[0-9]{{2}})$"
_MONTHS: Final = {
    "jan": 1, "fev": 2, "feb": 2, "mar": 3, "avr": 4, "apr": 4, "mai": 5, "may": 5, "juin": 6,
    "jun": 6, "juil": 7, "jul": 7, "aou": 8, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip

_SERIAL: Final = r"^[1-9][0-9]{4}$"
_SERIAL_ORIGIN: Final = date(1899, 12, 30)
"""Day 0 of a workbook, as every day after February 1900 counts it."""

_ZEROS: Final = r"^[0/.\-\s]*0[0/.\-\s]*$"
NULL_DAYS: Final = ((1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (2099, 12, 31))
"""The first or last day of a software's calendar, written where it has no date."""
NULL_YEARS: Final = (0, 1, 2999, 9999)
EPOCH: Final = (1970, 1, 1)
"""Day 0 of Unix: a possible day of birth, no day of any enrolment."""

EVENING: Final = 22
"""A midnight of France, told in universal time, is 22 or 23 o'clock of the day before."""


def spell(texts: pl.Series, *, compact: bool, workbook: bool) -> pl.DataFrame:
    """Take distinct texts apart, a row each, as parts of a date.

    Args:
        texts: trimmed, without null.
        compact: the column's own format is eight digits: of seven, the first zero was lost.
        workbook: the file is a workbook: five digits are a day's number.

    Returns:
        `text`; `year`, `month`, `day`, as they stand (0 and 45 included) or absent; `open`: day
        and month are figures that another country writes the other way round; `twelve_hours`: told with
        AM or PM; `evening`: late in the evening; `brief`: two digits for the year, in `a`, `b`, `c`.
    """
    text = pl.col("text")
    frame = texts.rename("text").to_frame()
    clock = text.str.extract_groups(_CLOCK).struct
    hour = clock.field("1").cast(pl.Int8)
    away = clock.field("5").fill_null("Z").str.contains("^[+-]") & ~clock.field("5").str.contains(
        "^[+-]00:?00$"
    ).fill_null(value=False)
    body = text.str.replace(_CLOCK, "")
    if compact:
        body = pl.when(body.str.contains("^[0-9]{7}$")).then(pl.lit("0") + body).otherwise(body)
    plain = body.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    frame = frame.with_columns(
        body=body,
        twelve_hours=clock.field("4").is_not_null(),
        evening=((hour >= EVENING) & ~away & clock.field("4").is_null()).fill_null(value=False),
    ).with_columns(
        day_first=pl.col("body").str.extract_groups(_DAY_FIRST),
        year_first=pl.col("body").str.extract_groups(_YEAR_FIRST),
        digits=pl.col("body").str.extract_groups(_DIGITS_DAY_FIRST),
        digits_year=pl.col("body").str.extract_groups(_DIGITS_YEAR_FIRST),
        letters=plain.str.extract_groups(_LETTERS),
        short=pl.col("body").str.extract_groups(_SHORT),
    )
    return _choose(frame, workbook=workbook)


def _choose(frame: pl.DataFrame, *, workbook: bool) -> pl.DataFrame:
    """Keep the one spelling that a text has: no two of them match it."""

    def part(of: str, name: str) -> pl.Expr:
        return pl.col(of).struct.field(name).cast(pl.Int16, strict=False)

    months = (
        pl.col("letters")
        .struct.field("month")
        .replace_strict(_MONTHS, default=None, return_dtype=pl.Int16)
    )
    # Eight digits that begin with a year: the last four would be no year that anybody lives in.
    turned = (
        (part("digits_year", "year").is_between(1900, 2100) | part("digits_year", "year").is_in([1, 9999]))
        & (part("digits_year", "month") <= 12)
    ).fill_null(value=False)  # fmt: skip
    number = pl.when(pl.col("body").str.contains(_SERIAL) & workbook).then(
        pl.lit(_SERIAL_ORIGIN)
        + pl.duration(days=pl.col("body").str.extract("^([0-9]{5})$").cast(pl.Int32))
    )

    def of(name: str, letters: pl.Expr, serial: pl.Expr) -> pl.Expr:
        digits = pl.when(turned).then(part("digits_year", name)).otherwise(part("digits", name))
        return pl.coalesce(
            part("day_first", name), part("year_first", name), digits, letters, serial
        ).cast(pl.Int16)

    open_order = part("day_first", "day").is_not_null() | (
        part("digits", "day").is_not_null() & ~turned
    )
    return frame.select(
        "text",
        "body",
        "twelve_hours",
        "evening",
        year=of("year", part("letters", "year"), number.dt.year()),
        month=of("month", months, number.dt.month()),
        day=of("day", part("letters", "day"), number.dt.day()),
        open=open_order.fill_null(value=False),
        brief=part("short", "a").is_not_null(),
        a=part("short", "a"),
        b=part("short", "b"),
        c=part("short", "c"),
    )


def is_null_date(*, birth: bool) -> pl.Expr:
    """Whether the parts are what a system writes where it has no date."""
    year = pl.col("year")
    low, high = pl.min_horizontal("day", "month"), pl.max_horizontal("day", "month")
    listed = [*NULL_DAYS] if birth else [*NULL_DAYS, EPOCH]
    told = [(year == y) & (low == min(m, d)) & (high == max(m, d)) for y, m, d in listed]
    zeros = pl.col("body").str.contains(_ZEROS)
    return pl.any_horizontal(zeros, year.is_in(NULL_YEARS), *told).fill_null(value=False)
