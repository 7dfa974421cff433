"""Holders of the bac général alone, as a campaign counted them: by platform."""

from typing import Final

import polars as pl

from siei_match.output.prepared import PreparedCampaign
from siei_match.reference.contracts import declaration

BAC: Final = "bac_general"
FOLLOWED: Final = "bac_general_suivis"


def count_bac_holders(campaign: PreparedCampaign) -> pl.DataFrame:
    """Count by platform, as `tally_bac_holders`; nobody where an older version made the campaign.

    Raises:
        OutputError: the table is damaged.
    """
    return tally_bac_holders(campaign.table(BAC) if campaign.has_table(BAC) else None)


def tally_bac_holders(holders: pl.DataFrame | None) -> pl.DataFrame:
    """Count tables/bac_general: `psad`, `bac_general_suivis`; a platform of none is left out."""
    known = (
        pl.DataFrame(schema=declaration(f"tables/{BAC}").polars_schema)
        if holders is None
        else holders
    )
    return known.group_by("psad").agg(pl.len().cast(pl.Int64).alias(FOLLOWED)).sort("psad")
