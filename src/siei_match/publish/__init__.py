"""Publish: write everything of a campaign into its staging, ready to be put in place.

The story's last stage:

    with open_staging(sortie, code) as staging:                       # siei_match.store
        ...                                                           # stages, in staging.travail
        manifeste = publish_campaign(staging, execution, resultats)
        publish_staging(staging)                                      # siei_match.store
"""

from siei_match.publish.campaign import Resultats, publish_campaign
from siei_match.publish.encryption import read_keys
from siei_match.publish.export import FORMATS, export_liste
from siei_match.publish.manifest import (
    Campagne,
    ErreursEstimees,
    Execution,
    FichierMemoire,
    FichierRecu,
    Manifeste,
    PasseBlocage,
    Revues,
    SeuilsRetenus,
)

__all__ = [
    "FORMATS",
    "Campagne",
    "ErreursEstimees",
    "Execution",
    "FichierMemoire",
    "FichierRecu",
    "Manifeste",
    "PasseBlocage",
    "Resultats",
    "Revues",
    "SeuilsRetenus",
    "export_liste",
    "publish_campaign",
    "read_keys",
]
