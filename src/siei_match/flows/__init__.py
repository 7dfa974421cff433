"""The campaign's story as Prefect flows, for those who schedule. No other room knows Prefect.

It needs the extra `prefect`: pip install 'siei-match[prefect]'.
"""

import os
from typing import Final

DEFAULTS: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "siei_match",
    # Thirty seconds is the least that Prefect takes: a run that is lost is told in minutes.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}
"""Nothing told to anybody, time for its embedded server to start, our log in its pages. Prefect
reads them as it is imported; where the environment says otherwise, it wins."""

for _name, _value in DEFAULTS.items():
    os.environ.setdefault(_name, _value)
