"""Wait for the two runs of a year, in one process, without a work pool: `python -m flows.serve`.

The schedule is that of prefect.yaml; it is inactive unless one says --actif. What the process was
started with is what it runs with: folders are its options.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import serve
from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment

from flows.campagne import campagne
from flows.schedule import next_dates, read_deployment, read_schedules


def make_deployment(parameters: dict[str, Any], *, active: bool) -> RunnerDeployment:
    """Return what is served: twice a year, one run at a time."""
    told = read_deployment()
    made = campagne.to_deployment(
        "service",
        description=told["description"],
        parameters=told["parameters"] | parameters,
        schedules=[
            DeploymentScheduleCreate(schedule=schedule, active=active)
            for schedule in read_schedules()
        ],
        concurrency_limit=ConcurrencyLimitConfig(**told["concurrency_limit"]),
    )
    assert isinstance(made, RunnerDeployment)  # noqa: S101 - a coroutine inside a loop only
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the campaign until stopped."""
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    parser.add_argument("--dossier", help="the campaigns' folders, e.g. /srv/recus/{campagne}")
    parser.add_argument("--sortie", help="the output folder")
    parser.add_argument("--reglages", help="a TOML file of settings")
    parser.add_argument("--reprendre", action="store_true", help="see `siei run --help`")
    parser.add_argument("--actif", action="store_true", help="switch the schedule on")
    given = vars(parser.parse_args(arguments))
    active = given.pop("actif")
    paths = ("dossier", "sortie", "reglages")
    for name in paths:
        if given[name]:
            # The process may be started elsewhere than its runs.
            given[name] = str(Path(given[name]).resolve())
    deployment = make_deployment({k: v for k, v in given.items() if v}, active=active)
    dates = ", ".join(f"{day:%Y-%m-%d %H:%M %Z}" for day in next_dates(datetime.now(UTC)))
    print(f"{'Runs on' if active else 'Inactive; would run on'}: {dates}", flush=True)  # noqa: T201
    serve(deployment, limit=1)


if __name__ == "__main__":
    main()
