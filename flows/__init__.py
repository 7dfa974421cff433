"""The flows as this checkout deploys them; they are written in `siei_match.flows`."""

import os
from pathlib import Path

# Prefect reads its settings as it is imported: in this checkout it has a home of its own.
os.environ.setdefault("PREFECT_HOME", str(Path(__file__).resolve().parents[1] / ".prefect"))
