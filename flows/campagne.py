"""The campaign as a flow: `python -m flows.campagne FOLDER OUTPUT`, and what prefect.yaml deploys."""

import sys
from pathlib import Path

from siei_match.flows.campagne import campagne

__all__ = ["campagne"]

if __name__ == "__main__":
    campagne(Path(sys.argv[1]), Path(sys.argv[2]))
