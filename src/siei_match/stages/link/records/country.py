"""Shares of values: counted in the delivery, leaning on the whole country's where it is small.

Two pupils of one name in a delivery of twenty rows do not make the name frequent, nor rare: a
count is worth what it counts, and the country is worth `STRENGTH` records. Of a
town that is all there is, nobody is left who could live elsewhere (`unseen`).
"""

from functools import cache
from typing import Final

import polars as pl

from siei_match.reference.errors import SettingsError
from siei_match.reference.nomenclatures import first_name_shares, place_shares, surname_shares
from siei_match.stages.link.records.hearing import core

COUNTRY: Final = 8_000_000
"""People of 16 to 25 in France, about (INSEE): whom a name and a date must tell apart."""
STRENGTH: Final = 20_000.0
UNLISTED: Final = 5e-7
"""Share of a value that no list of the country holds."""
DAYS_OF_BIRTH: Final = 16 * 365.25
"""The people of these extracts are born in some sixteen years."""


def unseen(population: int | None, seen: float) -> float:
    """Return how many homes those are worth who are not among those seen, and live elsewhere.

    Args:
        population: how many people they are drawn from, as declared; None is the country, of which few are seen.
        seen: homes.
    """
    return STRENGTH if population is None else min(STRENGTH, max(0.0, population - seen))


@cache
def names() -> pl.DataFrame:
    """Return `valeur`, `part`: surnames without their particles."""
    return (
        surname_shares()
        .group_by(valeur=core(pl.col("valeur")))
        .agg(pl.col("part").sum())
        .sort("valeur")
    )


NATIONAL: Final = {"patronymes": names, "prenoms": first_name_shares, "lieux": place_shares}


def share_in_country(name: str | None) -> pl.DataFrame:
    """Return `valeur`, `part` of a declared list of the country (`frequences`), empty for none.

    Raises:
        SettingsError: there is no list of that name.
    """
    if name is None:
        return pl.DataFrame(schema={"valeur": pl.String, "part": pl.Float64})
    if name not in NATIONAL:
        raise SettingsError(
            f"There is no list of frequencies named {name}.",
            remedy=f"Use one of {', '.join(NATIONAL)}, or none.",
        )
    return NATIONAL[name]()


def lean(counts: pl.DataFrame, total: int, country: pl.DataFrame) -> pl.DataFrame:
    """Return `valeur`, `part`: counts `valeur`, `len` out of `total`, smoothed by the country's.

    Without a list of the country, counts are taken as they are.
    """
    if country.is_empty():
        return counts.select("valeur", part=pl.col("len") / total)
    return counts.join(country, on="valeur", how="left").select(
        "valeur",
        part=(pl.col("len") + STRENGTH * pl.col("part").fill_null(UNLISTED)) / (total + STRENGTH),
    )
