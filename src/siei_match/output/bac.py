"""Holders of the bac général alone, as a campaign counted them: by platform."""

from typing import Final

import polars as pl

from siei_match.output.prepared import PreparedCampaign

BAC: Final = "bac_general"


def count_bac_holders(campaign: PreparedCampaign) -> dict[str, int]:
    """Return people by platform, those of none left out; nothing where an older version made the campaign.

    Raises:
        OutputError: the table is damaged.
    """
    if not campaign.has_table(BAC):
        return {}
    return tally_bac_holders(campaign.table(BAC))


def tally_bac_holders(holders: pl.DataFrame) -> dict[str, int]:
    """Count tables/bac_general by platform."""
    return dict(holders.group_by("psad").len().sort("psad").iter_rows())
