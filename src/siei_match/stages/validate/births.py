"""Birth dates, whole or partial: what can be read of them, part by part.

00 is an unknown day or month and no error. An impossible day leaves the month and the year, an
impossible month the year (contract, section 1). A day without its month is no part of a date: it
is left out, as unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

_MOTIFS: Final = {
    "%d/%m/%Y": r"^(?P<jour>[0-9]{1,2})/(?P<mois>[0-9]{1,2})/(?P<annee>[0-9]{4})$",
    "%Y-%m-%d": r"^(?P<annee>[0-9]{4})-(?P<mois>[0-9]{1,2})-(?P<jour>[0-9]{1,2})$",
    # SIFA's JJMMAAAA, seven digits where the leading zero was lost.
    "%d%m%Y": r"^(?P<jour>[0-9]{1,2})(?P<mois>[0-9]{2})(?P<annee>[0-9]{4})$",
}
_LONE_YEAR: Final = r"(?:^|[^0-9])((?:19|20)[0-9]{2})(?:$|[^0-9])"
_LAST_YEAR: Final = r"^.{4}((?:19|20)[0-9]{2})$"


@dataclass(frozen=True)
class BirthText:
    """The parts of a birth date as expressions, and those that say what is wrong with it."""

    year: pl.Expr
    month: pl.Expr
    day: pl.Expr
    illisible: pl.Expr
    mois_impossible: pl.Expr
    jour_impossible: pl.Expr


def read_birth(field: Mapping[str, Any]) -> BirthText:
    """Return the expressions that read a birth date in its provider's format."""
    text, expected_format = pl.col(field["name"]), field["siei"]["format"]
    parties = text.str.extract_groups(_MOTIFS[expected_format])
    year = parties.struct.field("annee").cast(pl.Int16)
    month = parties.struct.field("mois").cast(pl.Int8)
    day = parties.struct.field("jour").cast(pl.Int8)
    known_month = month.is_between(1, 12)
    known_day = known_month & day.is_between(1, days_in_month(year, month))
    hors_mois = pl.when(known_month).then(days_in_month(year, month)).otherwise(31)
    alone = text.str.extract(_LONE_YEAR)
    if expected_format == "%d%m%Y":
        alone = pl.coalesce(alone, text.str.extract(_LAST_YEAR))
    return BirthText(
        year=pl.coalesce(year, alone.cast(pl.Int16)),
        month=pl.when(known_month).then(month),
        day=pl.when(known_day).then(day),
        illisible=year.is_null() & alone.is_not_null(),
        mois_impossible=(month > 12).fill_null(value=False),
        jour_impossible=(day > hors_mois).fill_null(value=False),
    )


def days_in_month(year: pl.Expr, month: pl.Expr) -> pl.Expr:
    """How many days a month has, leap years considered."""
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    february = pl.when(leap).then(29).otherwise(28)
    court = pl.when(month.is_in([4, 6, 9, 11])).then(30).otherwise(31)
    return pl.when(month == 2).then(february).otherwise(court)
