"""Rows whose dates are in doubt, read one way or the other: what a decision may rest on, and not.

The first reading takes nobody off a list that another would leave there; the second looks whether
another would. Both are plain rows of `parcours`: no rule knows of any doubt (contract, section 4).
"""

from collections.abc import Callable
from datetime import date
from typing import Final

import polars as pl
import polars.selectors as cs

DATES: Final = ("debut", "fin", "rupture")
LONG_AGO: Final = date(1900, 1, 1)
NOT_YET: Final = date(2100, 12, 31)

Reading = Callable[[pl.DataFrame], pl.DataFrame]
"""Turns doubtful rows into rows of parcours."""


def gather_doubtful(parcours: pl.DataFrame, doubts: pl.DataFrame) -> pl.DataFrame:
    """Put its doubts beside each row of `parcours` that has some: tables/dates_douteuses, widened.

    Output: the columns of `parcours`, and for each date `<date>_doute`, `<date>_tot`, `<date>_tard`.
    """
    rows = parcours.join(doubts.filter(pl.col("colonne").is_in(DATES)), on="rid", how="semi")
    for name in DATES:
        told = doubts.filter(colonne=name).select(
            "rid",
            pl.col("au_plus_tot").alias(f"{name}_tot"),
            pl.col("au_plus_tard").alias(f"{name}_tard"),
            pl.lit(value=True).alias(f"{name}_doute"),
        )
        rows = rows.join(told, on="rid", how="left", maintain_order="left")
    return rows.with_columns(pl.col("^.*_doute$").fill_null(value=False))


def widest(doubtful: pl.DataFrame) -> pl.DataFrame:
    """Enrolled whenever a reading says so: an entry or an end that nobody knows is none."""
    return _read(doubtful, _early("debut"), _late("fin"), _late("rupture"))


def narrowest(doubtful: pl.DataFrame) -> pl.DataFrame:
    """Enrolled only where every reading says so: whoever left on a day unknown may have left.

    An entry that cannot be read is as one that was not given: the row itself says of its year.
    """
    left = [pl.coalesce(_early(name), pl.lit(LONG_AGO)) for name in ("fin", "rupture")]
    return _read(doubtful, _late("debut"), *left)


def longest(doubtful: pl.DataFrame) -> pl.DataFrame:
    """In scope whenever a reading says so; dates that contradict each other stand as received."""
    return _read(
        doubtful,
        pl.coalesce(_early("debut"), _late("debut")),
        pl.coalesce(_late("fin"), _early("fin")),
        _late("rupture"),
    )


def shortest(doubtful: pl.DataFrame) -> pl.DataFrame:
    """In scope only where every reading says so."""
    return _read(
        doubtful,
        pl.coalesce(_late("debut"), _early("debut")),
        pl.coalesce(_early("fin"), _late("fin")),
        _late("rupture"),
    )


def shown(doubtful: pl.DataFrame) -> pl.DataFrame:
    """As a list tells it: an exit in doubt is none yet."""
    return _read(
        doubtful,
        pl.coalesce(_late("debut"), _early("debut")),
        pl.lit(NOT_YET),
        pl.lit(None, pl.Date),
    )


def _early(name: str) -> pl.Expr:
    return pl.col(f"{name}_tot")


def _late(name: str) -> pl.Expr:
    return pl.col(f"{name}_tard")


def _read(doubtful: pl.DataFrame, *readings: pl.Expr) -> pl.DataFrame:
    """Put a reading in the place of each date in doubt, and drop what was said of it."""
    return doubtful.with_columns(
        pl.when(f"{name}_doute").then(reading).otherwise(name).alias(name)
        for name, reading in zip(DATES, readings, strict=True)
    ).drop(cs.matches("_(?:doute|tot|tard)$"))
