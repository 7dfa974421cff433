"""What an enrolment's dates mean, read alike by the decision and by the routing (contract, 4)."""

from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    CONTRATS,
    MISSIONS_LOCALES,
    SCOLARITE,
)

EXTRACT_ORDER: Final = (SCOLARITE, AGRICOLE, APPRENTISSAGE, CONTRATS, MISSIONS_LOCALES)
"""Which row comes first among those that begin on the same day."""
CARRIED_THROUGH: Final = 60
"""Days before its session's end from which a contract's end is no interruption (contract, 4)."""
FIRST_MONTH: Final = 9
FIRST_MONTH_OF_CONTRACTS: Final = 7
"""SIFA counts a contract that begins in July or August with the year to come."""

# A date fits 17 bits as days since 1900 (until 2258), a school year 12: a whole order fits Int64,
# so that "the last row of each person" is one maximum and no sort.
_ORIGIN: Final = date(1900, 1, 1)
_DAYS: Final = 1 << 17
_YEARS: Final = 1 << 12


def first_school_day(year: pl.Expr) -> pl.Expr:
    """1 September of a school year, named by the year in which it starts."""
    return pl.date(year.cast(pl.Int32), 9, 1)


def date_cloture(year: pl.Expr) -> pl.Expr:
    """31 August, on which a school year ends."""
    return pl.date(year.cast(pl.Int32) + 1, 8, 31)


def date_debut() -> pl.Expr:
    """First day of a row of `parcours`: as received, else 1 September of its year, else null."""
    return pl.coalesce("debut", first_school_day(pl.col("annee")))


def date_fin() -> pl.Expr:
    """Last day of a row of `parcours`, included: as received, else 31 August of its year.

    Every SIFA row runs to 31 August: the file is a census and knows no exit. A contract that ended
    at most 60 days before its session's end was carried through (contract, 4). A follow-up without
    an end has none: null.
    """
    received = pl.when(pl.col("extrait") != APPRENTISSAGE).then("fin")
    of_contract = pl.when(pl.col("extrait") == CONTRATS).then(_contract_end())
    return pl.coalesce(of_contract, received, date_cloture(pl.col("annee")))


def _contract_end() -> pl.Expr:
    """The day on which an apprenticeship contract ends: one that ended near its year's end was carried through.

    Without an end, it runs to the 31 August of the school year that it began in, as any enrolment does.
    """
    fin, close = pl.col("fin"), date_cloture(school_year_of(pl.col("fin")))
    carried = (close - fin).dt.total_days() <= CARRIED_THROUGH
    return pl.coalesce(
        pl.when(carried).then(close).otherwise(fin), date_cloture(year_begun(pl.col("debut")))
    )


def year_begun(day: pl.Expr) -> pl.Expr:
    """The school year of a contract that begins on a day: from July on, the one that follows."""
    return day.dt.year() - (day.dt.month() < FIRST_MONTH_OF_CONTRACTS).cast(pl.Int32)


def school_year_of(day: pl.Expr) -> pl.Expr:
    """The school year of a day, named by the year in which it starts."""
    return day.dt.year() - (day.dt.month() < FIRST_MONTH).cast(pl.Int32)


def recency_key() -> pl.Expr:
    """The order in which a person's rows of `parcours` follow one another, greatest last.

    Began last; on the same day the extracts' order; then the later school year, then the later
    end. A row without any date comes before all others.
    """
    rang = pl.col("extrait").replace_strict(
        {extrait: 7 - rang for rang, extrait in enumerate(EXTRACT_ORDER)},
        default=0,
        return_dtype=pl.Int64,
    )
    year = pl.col("annee").cast(pl.Int64).fill_null(0).clip(0, _YEARS - 1)
    fin = _days(date_fin()).fill_null(_DAYS - 1)
    return (((_days(date_debut()).fill_null(0) * 8 + rang) * _YEARS + year) * _DAYS) + fin


def keep_last(rows: pl.DataFrame, key: str, tie_break: list[str]) -> pl.DataFrame:
    """Keep the row of greatest `key` of each `personne`; of equals, the first by `tie_break`.

    `tie_break` names columns of values, never a row number: the order of the rows of a file must
    not decide anything.
    """
    tops = rows.group_by("personne").agg(pl.col(key).max())
    kept = rows.join(tops, on=["personne", key], how="semi")
    repeated = pl.col("personne").is_duplicated()
    # Ties are rare: only they are worth a sort.
    settled = (
        kept.filter(repeated)
        .sort("personne", *tie_break, nulls_last=True)
        .unique("personne", keep="first", maintain_order=True)
    )
    return pl.concat([kept.filter(~repeated), settled])


def _days(day: pl.Expr) -> pl.Expr:
    return (day - pl.lit(_ORIGIN)).dt.total_days().clip(0, _DAYS - 1)
