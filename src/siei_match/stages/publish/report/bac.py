"""The report's counts of holders of the bac général alone, by académie and platform, small ones hidden."""

from typing import Any, Final

import polars as pl

from siei_match.output.bac import tally_bac_holders
from siei_match.output.databases.indicators import tell_bac_holders
from siei_match.output.databases.places import PAYS, UNKNOWN_PLACE
from siei_match.stages.publish.report.places import WITHOUT_ACADEMY

COUNT: Final = "personnes"


def describe_bac(holders: pl.DataFrame | None, psad: pl.DataFrame) -> dict[str, Any]:
    """Return what is told of them, as `siei.duckdb` tells it; None stands for a hidden count.

    Args:
        holders: tables/bac_general; None where an older version did not look for them.
        psad: tables/psad.

    Output: `total`; `academies`, those of nobody left out (none where all are hidden); `platforms`, those whose count is told and not zero.
    """
    counts = tally_bac_holders(holders)
    told = tell_bac_holders(counts, psad).with_columns(pl.when("told").then("n").alias(COUNT))
    names = psad.select("nom", lieu="code")
    platforms = (
        told.filter(pl.col("niveau") == "psad", pl.col(COUNT) > 0)
        .join(names, on="lieu", how="left")
        .select(COUNT, psad="lieu", nom=pl.coalesce("nom", "lieu"))
        .sort(COUNT, "psad", descending=[True, False])
    )
    academies = told.filter(pl.col("niveau") == "academie", pl.col(COUNT).ne_missing(0))
    # Where none is told, a table would have no number.
    academies = academies.filter(pl.col(COUNT).is_not_null().any())
    return {
        "total": next(iter(told.filter(niveau=PAYS)[COUNT]), 0),
        "academies": academies.select(
            COUNT, academie=pl.col("lieu").replace(UNKNOWN_PLACE, WITHOUT_ACADEMY)
        ).to_dicts(),
        "platforms": platforms.to_dicts(),
    }
