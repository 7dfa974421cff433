"""Publish: write everything of a campaign into its staging, ready to be put in place.

The story's last stage:

    with open_staging(sortie, code) as staging:                       # siei_match.output
        ...                                                           # stages, in staging.travail
        manifeste = publish_campaign(staging, execution, resultats)
        place_staging(staging)                                      # siei_match.output
"""

from siei_match.stages.publish.campaign import publish_campaign
from siei_match.stages.publish.results import CampaignTables

__all__ = ["CampaignTables", "publish_campaign"]
