"""The deployment as prefect.yaml declares it: one declaration for `prefect deploy` and `serve`."""

from asyncio import run
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]
from prefect.client.schemas.schedules import CronSchedule
from prefect.server.schemas.schedules import CronSchedule as Calendar

NAME: Final = "prefect.yaml"


def declared_at() -> Path:
    """Return the declaration: the one of the package, or of the checkout that is worked in."""
    here = Path(__file__).resolve()
    packaged = here.parent / NAME
    return packaged if packaged.exists() else here.parents[3] / NAME


def read_deployment() -> dict[str, Any]:
    """Return the deployment `campagne` of prefect.yaml."""
    found: dict[str, Any] = yaml.safe_load(declared_at().read_text("utf-8"))["deployments"][0]
    return found


def read_schedules() -> list[CronSchedule]:
    return [
        CronSchedule(cron=told["cron"], timezone=told["timezone"])
        for told in read_deployment()["schedules"]
    ]


def next_dates(after: datetime, count: int = 4) -> list[datetime]:
    """Return the next runs after an instant, as Prefect's own scheduler computes them."""
    dates: list[datetime] = []
    for schedule in read_schedules():
        calendar = Calendar(cron=schedule.cron, timezone=schedule.timezone)
        dates += run(calendar.get_dates(count, after))
    return sorted(dates)[:count]
