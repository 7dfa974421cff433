"""The report's counts of holders of the bac général alone, by académie and platform, small ones hidden."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from siei_match.reference.vocabulary import UNPLACED
from siei_match.stages.publish.report.counts import hide
from siei_match.stages.publish.report.places import WITHOUT_ACADEMY, hide_within

COUNT = "personnes"


def describe_bac(counts: Mapping[str, int], psad: pl.DataFrame) -> dict[str, Any]:
    """Return their total, `academies` and `platforms` (those whose count is shown and not zero).

    Args:
        counts: people by platform, zeros left out.
        psad: the platforms: code, nom, academie.
    """
    zones = psad.select(
        psad="code", nom="nom", academie=pl.col("academie").fill_null(WITHOUT_ACADEMY)
    )
    unplaced = pl.DataFrame([(UNPLACED, UNPLACED, WITHOUT_ACADEMY)], zones.schema, orient="row")
    known = pl.DataFrame(
        {"psad": list(counts), COUNT: list(counts.values())}, {"psad": pl.String, COUNT: pl.Int64}
    )
    exact = (
        pl.concat([zones, unplaced])
        .join(known, on="psad", how="left")
        .with_columns(pl.col(COUNT).fill_null(0))
    )
    summed = exact.group_by("academie").agg(pl.col(COUNT).sum()).sort("academie")
    hidden = hide(summed, COUNT, "academie")
    academies = summed.with_columns(pl.when(~hidden).then(pl.col(COUNT)))
    silent = set(academies.filter(pl.col(COUNT).is_null())["academie"])
    veiled = pl.concat(
        [
            part.with_columns(cache=hide_within(part, COUNT, silent=name in silent))
            for (name,), part in exact.partition_by("academie", as_dict=True).items()
        ]
    )
    shown = veiled.filter(~pl.col("cache"), pl.col(COUNT) > 0).sort(
        COUNT, "psad", descending=[True, False]
    )
    return {
        "total": sum(counts.values()),
        "academies": academies.filter(pl.col(COUNT).ne_missing(0)).to_dicts(),
        "platforms": shown.drop("cache").to_dicts(),
    }
