"""One birth date per person out of many rows, and the age that it gives on a day."""

from calendar import isleap
from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.vocabulary import MISSIONS_LOCALES, PERSON_EXTRACTS

FOLLOWED_AT: Final = (16, 25)
"""The ages at which a mission locale follows somebody (code du travail, article L5314-2)."""
_RANKS: Final = 1 << 4
_NUMBERS: Final = 1 << 16
_DATES: Final = 1 << 27


def settle_births(births: pl.DataFrame, day: date) -> pl.DataFrame:
    """Settle on one birth date per person.

    Input: `births` (personne, extrait, naissance_annee, naissance_mois, naissance_jour), a row
    per row received; the day of observation. Output: personne, naissance_annee, naissance_mois, naissance_jour.

    A complete date before one without its day, before one without its month; of these the one
    that most rows give; of these one that makes whoever a mission locale follows 16 to 25 on the day,
    for it follows nobody else; of these the one of the first extract in the order of the contract; of
    these the latest, since doubt about an age makes a person younger.
    """
    coded_date = (
        pl.col("naissance_annee").cast(pl.Int64) * 10_000
        + pl.col("naissance_mois").cast(pl.Int64).fill_null(0) * 100
        + pl.col("naissance_jour").cast(pl.Int64).fill_null(0)
    )
    rang = pl.col("extrait").replace_strict(
        {extrait: _RANKS - 1 - rang for rang, extrait in enumerate(PERSON_EXTRACTS)},
        default=0,
        return_dtype=pl.Int64,
    )
    precision = (
        pl.when(pl.col("date") % 10_000 // 100 == 0)
        .then(0)
        .when(pl.col("date") % 100 == 0)
        .then(1)
        .otherwise(2)
    )
    number = pl.col("nombre").cast(pl.Int64).clip(0, _NUMBERS - 1)
    followed = births.filter(pl.col("extrait").cast(pl.String) == MISSIONS_LOCALES)
    fits = pl.col("personne").is_in(followed["personne"].unique().implode())
    fits &= pl.col("age").is_between(*FOLLOWED_AT)
    return (
        births.select("personne", date=coded_date, rang=rang, age=age_on(day))
        .group_by("personne", "date")
        .agg(nombre=pl.len(), rang=pl.col("rang").max(), age=pl.col("age").first())
        .select(
            "personne",
            choice=(((precision * _NUMBERS + number) * 2 + fits) * _RANKS + pl.col("rang")) * _DATES
            + pl.col("date"),
        )
        .group_by("personne")
        .agg(date=pl.col("choice").max() % _DATES)
        .select(
            "personne",
            naissance_annee=(pl.col("date") // 10_000).cast(pl.Int16),
            naissance_mois=_absent_if_zero(pl.col("date") // 100 % 100),
            naissance_jour=_absent_if_zero(pl.col("date") % 100),
        )
    )


def age_on(day: date) -> pl.Expr:
    """Age in whole years on `day`, the youngest possible when month or day is unknown.

    A person born on 29 February gains a year on the last day of February (circulaire du
    25 juillet 2013 on the electoral lists; same rule as article 641 of the Code de procédure
    civile for periods in years).
    """
    month = pl.col("naissance_mois").fill_null(12).cast(pl.Int32)
    # 31 stands for "the last day of the month": only the order of days within a month matters.
    day_of_month = pl.col("naissance_jour").fill_null(31).cast(pl.Int32)
    end_of_february = 29 if isleap(day.year) else 28
    day_of_month = (
        pl.when(month == 2)
        .then(day_of_month.clip(upper_bound=end_of_february))
        .otherwise(day_of_month)
    )
    day_of_month = (
        pl.when(month.is_in([4, 6, 9, 11]))
        .then(day_of_month.clip(upper_bound=30))
        .otherwise(day_of_month)
    )
    still_to_come = month * 100 + day_of_month > day.month * 100 + day.day
    return (
        day.year - pl.col("naissance_annee").cast(pl.Int32) - still_to_come.cast(pl.Int32)
    ).cast(pl.Int16)


def _absent_if_zero(part: pl.Expr) -> pl.Expr:
    return pl.when(part != 0).then(part).cast(pl.Int8)
