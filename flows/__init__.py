"""The campaign's story as Prefect flows, for those who schedule. Nothing else imports Prefect."""

import os
from pathlib import Path

# Prefect reads its settings as it is imported: a home of its own, nothing told to anybody, and
# time for its embedded server to start. Where the environment says otherwise, it wins.
_checkout = Path(__file__).resolve().parents[1]
if (_checkout / "prefect.toml").exists():
    os.environ.setdefault("PREFECT_HOME", str(_checkout / ".prefect"))
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "siei_match")
