"""Dates, whole or partial: what one meaning gives, and the readings of those that have more.

A spelling of one meaning is read, whatever its form. One of two meanings (`04/10/26`; `03/04/2010`
in a column whose other dates put the month first; 23 o'clock of the day before) is never guessed:
its earliest and latest readings are kept beside the row, for the decision to try (contract, 1).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from siei_match.stages.validate.spellings import is_null_date, spell

Field = Mapping[str, Any]

DATE: Final = "date"
BIRTH: Final = "naissance"
READABLE_YEARS: Final = (1900, 2100)

SURE: Final = 20
"""One date in so many that has the month first puts a column in doubt; fewer are typing errors.
Also the least of them by which a file speaks for its columns that have nothing to say."""

_LONE_YEAR: Final = r"(?:^|[^0-9])((?:19|20)[0-9]{2})(?:$|[^0-9])"
_LAST_YEAR: Final = r"^.{4}((?:19|20)[0-9]{2})$"


@dataclass
class DateOrders:
    """How often a first part above 12 (`day`), and a second one (`month`), stood in each column.

    Of one file: it grows slice by slice, so that a column is judged by all that was read of it.
    """

    day: Counter[str] = field(default_factory=Counter)
    month: Counter[str] = field(default_factory=Counter)

    def count(self, column: str, spelled: pl.DataFrame) -> None:
        """Count the dates of a slice (`spell`, with `number` of each) that tell their order."""
        told = spelled.filter(pl.col("open"))
        first, second, n = pl.col("day"), pl.col("month"), pl.col("number")
        days, months = told.select(
            day=n.filter((first > 12) & second.is_between(1, 12)).sum(),
            month=n.filter((second > 12) & first.is_between(1, 12)).sum(),
        ).row(0)
        self.day[column] += days
        self.month[column] += months

    def in_doubt(self, column: str) -> bool:
        """Whether some of a column's dates put the month first: more than typing errors would.

        A column of which no date tells goes by its file, where that leaves no doubt.
        """
        day, month = self.day[column], self.month[column]
        if not day and not month:
            return self.month.total() >= SURE and self.day.total() * SURE < self.month.total()
        return month * SURE > day

    def turns(self, column: str) -> bool:
        """Whether a month above 12 is a day: never on the word of one date, which may be mistyped."""
        return self.in_doubt(column) and self.month[column] > 1


@dataclass(frozen=True)
class ReadColumn:
    """What was read of a column, a row per row received.

    Attributes:
        values: the column itself, or the three of a birth date.
        unreadable: something was received and no whole meaning can be read.
        impossible: of a birth date, `mois_impossible` and `jour_impossible`.
        doubtful: (row, au_plus_tot, au_plus_tard): the rows that may be read in several ways, by
            their rank; without either where nothing can be read.
    """

    values: pl.DataFrame
    unreadable: pl.Series
    impossible: pl.DataFrame
    doubtful: pl.DataFrame


def read_dates(
    frame: pl.DataFrame, fields: Iterable[Field], orders: DateOrders, *, workbook: bool
) -> dict[str, ReadColumn]:
    """Read the dates of a slice, each distinct one once: a few thousand of them.

    Args:
        frame: the slice, cleaned.
        fields: its fields of kind `date` and `naissance`.
        orders: what the slices before told of the file's columns; this one is added.
        workbook: whether a bare number is a day of a workbook.
    """
    spelled: dict[str, tuple[Field, pl.DataFrame]] = {}
    for described in fields:
        name = described["name"]
        # Only SIFA's days lose a zero: eight digits are its own format.
        compact = described["siei"].get("format") == "%d%m%Y"
        counted = frame[name].drop_nulls().value_counts(name="number")
        parts = spell(counted[name], compact=compact, workbook=workbook)
        spelled[name] = described, parts.with_columns(counted["number"])
        orders.count(name, spelled[name][1])
    return {
        name: _spread(
            frame[name],
            _read(parts, described, orders),
        )
        for name, (described, parts) in spelled.items()
    }


def _read(parts: pl.DataFrame, described: Field, orders: DateOrders) -> pl.DataFrame:
    """Read distinct spellings: `text`, `absent`, the values, what is wrong, both readings."""
    birth = described["siei"]["kind"] == BIRTH
    known = parts.with_columns(absent=is_null_date(birth=birth)).with_columns(
        pl.when(~pl.col("absent")).then(pl.col(c)).alias(c) for c in ("year", "month", "day")
    )
    name = described["name"]
    known = _order(known, in_doubt=orders.in_doubt(name), turns=orders.turns(name)).with_columns(
        _readings(birth=birth)
    )
    differ = pl.col("au_plus_tot").ne_missing(pl.col("au_plus_tard"))
    # Two digits for a year are never one meaning, be one reading alone possible.
    known = known.with_columns(doubtful=differ | (pl.col("brief") & pl.lit(not birth)))
    return _birth_values(known, described) if birth else _date_values(known)


def _order(parts: pl.DataFrame, *, in_doubt: bool, turns: bool) -> pl.DataFrame:
    """Put day and month in their places, and say where they have two (`twofold`)."""
    first, second = pl.col("day"), pl.col("month")
    suspected = pl.col("open") & (pl.col("twelve_hours") | in_doubt)
    turned = (
        pl.col("open") & (pl.col("twelve_hours") | turns) & first.is_between(1, 12) & (second > 12)
    )
    return parts.with_columns(
        day=pl.when(turned).then(second).otherwise(first),
        month=pl.when(turned).then(first).otherwise(second),
        twofold=suspected & first.is_between(1, 12) & second.is_between(1, 12) & (first != second),
    )


def _readings(*, birth: bool) -> list[pl.Expr]:
    """The earliest and the latest day that a spelling may mean."""
    plain = _day("year", "month", "day")
    late = pl.when("evening").then(plain.dt.offset_by("1d"))
    readings = [plain, pl.when("twofold").then(_day("year", "day", "month")), late]
    if not birth:
        # An unknown day leaves the month, an unknown month the year; of a birth, parts do.
        readings += [*_bounds(), *_short()]
    return [
        pl.min_horizontal(readings).alias("au_plus_tot"),
        pl.max_horizontal(readings).alias("au_plus_tard"),
    ]


def _bounds() -> list[pl.Expr]:
    year, month, day = pl.col("year"), pl.col("month"), pl.col("day")
    known = month.is_between(1, 12)
    loose = ~(known & day.is_between(1, days_in_month(year, month)))
    partial = year.is_between(*READABLE_YEARS) & loose & (known | (month == 0))
    first = pl.when(known).then(month).otherwise(1)
    last = pl.when(known).then(month).otherwise(12)
    return [
        pl.when(partial).then(pl.date(year, first, 1)),
        pl.when(partial).then(pl.date(year, last, days_in_month(year, last))),
    ]


def _short() -> list[pl.Expr]:
    """Two digits for a year: the last part or the first, of day and month either."""
    orders = (("c", "b", "a"), ("c", "a", "b"), ("a", "b", "c"))
    return [_whole(pl.col(year) + 2000, pl.col(month), pl.col(day)) for year, month, day in orders]


def _day(year: str, month: str, day: str) -> pl.Expr:
    return _whole(pl.col(year), pl.col(month), pl.col(day))


def _whole(year: pl.Expr, month: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The day of these parts, absent where no calendar has it or no enrolment can."""
    right = (
        year.is_between(*READABLE_YEARS)
        & month.is_between(1, 12)
        & day.is_between(1, days_in_month(year, month))
    )
    return pl.date(*(pl.when(right).then(part) for part in (year, month, day)))


def _date_values(known: pl.DataFrame) -> pl.DataFrame:
    return known.select(
        "text",
        "absent",
        pl.when(~pl.col("doubtful")).then("au_plus_tot").alias("value"),
        "au_plus_tot",
        "au_plus_tard",
        doubtful=~pl.col("absent") & (pl.col("doubtful") | pl.col("au_plus_tot").is_null()),
    ).with_columns(unreadable="doubtful")


def _birth_values(known: pl.DataFrame, described: Field) -> pl.DataFrame:
    alone = pl.col("text").str.extract(_LONE_YEAR)
    if described["siei"]["format"] == "%d%m%Y":
        alone = pl.coalesce(alone, pl.col("text").str.extract(_LAST_YEAR))
    year, month, day = pl.col("year"), pl.col("month"), pl.col("day")
    late, early = pl.col("au_plus_tard"), pl.col("au_plus_tot")
    # What both readings have is known: the year, save on New Year's Eve, and seldom the month.
    shared = early.dt.year().eq_missing(late.dt.year()) & (early.dt.month() == late.dt.month())
    length = days_in_month(year, month)
    known_month = month.is_between(1, 12)
    known_day = known_month & day.is_between(1, length)
    alone_year = pl.when(~pl.col("absent")).then(alone.cast(pl.Int16))
    return known.select(
        "text",
        "absent",
        "doubtful",
        "au_plus_tot",
        "au_plus_tard",
        naissance_annee=pl.when("doubtful")
        .then(late.dt.year().cast(pl.Int16))
        .otherwise(pl.coalesce(year, alone_year)),
        naissance_mois=pl.when("doubtful")
        .then(pl.when(shared).then(late.dt.month()))
        .otherwise(pl.when(known_month).then(month))
        .cast(pl.Int8),
        naissance_jour=pl.when(known_day & ~pl.col("doubtful")).then(day).cast(pl.Int8),
        unreadable=pl.col("doubtful") | (year.is_null() & alone_year.is_not_null()),
        mois_impossible=(month > 12).fill_null(value=False),
        jour_impossible=(day > pl.when(known_month).then(length).otherwise(31)).fill_null(
            value=False
        ),
    )


def _spread(received: pl.Series, read: pl.DataFrame) -> ReadColumn:
    """Give each row what was read of its text."""
    name = received.name
    spread = (
        received.rename("text")
        .to_frame()
        .join(read, on="text", how="left", maintain_order="left")
        .with_columns(pl.col("^(doubtful|unreadable|.*_impossible)$").fill_null(value=False))
    )
    impossible = spread.select(pl.col("^.*_impossible$"))
    values = spread.select(pl.col("^(value|naissance_.*)$")).rename({"value": name}, strict=False)
    doubtful = spread.select("doubtful", "au_plus_tot", "au_plus_tard").with_row_index("rang")
    return ReadColumn(
        values,
        spread["unreadable"],
        impossible,
        doubtful.filter("doubtful").drop("doubtful"),
    )


def days_in_month(year: pl.Expr, month: pl.Expr) -> pl.Expr:
    """How many days a month has, leap years considered."""
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    february = pl.when(leap).then(29).otherwise(28)
    short = pl.when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
    return pl.when(month == 2).then(february).otherwise(short)
