"""The campaign as a flow: `python -m flows.campagne FOLDER OUTPUT`, and what prefect.yaml deploys."""

import sys
from pathlib import Path

from siei_match.flows.campagne import campagne
from siei_match.flows.door import require_closed_api

__all__ = ["campagne"]

if __name__ == "__main__":
    # Before Prefect speaks to the server, which it does before the flow begins.
    require_closed_api()
    campagne(Path(sys.argv[1]), Path(sys.argv[2]))
