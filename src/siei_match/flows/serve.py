"""Wait for the two runs of a year, in one process: `python -m siei_match.flows serve`.

No work pool is needed. The schedule is that of prefect.yaml; it is inactive unless one says --active. What the process was
started with is what it runs with: folders are its options.
"""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import TerminationSignal
from prefect.runner import Runner

from siei_match.flows.campagne import campagne
from siei_match.flows.door import require_closed_api
from siei_match.flows.schedule import next_dates, read_deployment, read_schedules
from siei_match.reference.engines import MOTEURS

PATHS = ("dossier", "sortie", "settings_file")


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
    """Serve the campaign until stopped.

    Raises:
        SettingsError: Prefect's API answers without a password.
    """
    parameters, active = read_options(arguments)
    require_closed_api()
    dates = ", ".join(f"{day:%Y-%m-%d %H:%M %Z}" for day in next_dates(datetime.now(UTC)))
    print(f"{'Runs on' if active else 'Inactive; would run on'}: {dates}", flush=True)  # noqa: T201
    with suppress(KeyboardInterrupt, TerminationSignal):
        asyncio.run(_serve(make_deployment(parameters, active=active)))


async def _serve(deployment: RunnerDeployment) -> None:
    runner = Runner(pause_on_shutdown=True, limit=1)
    made = await runner.aadd_deployment(deployment)
    # The flow itself, not what the server says of it: no step nor module of a deployment that
    # somebody changed there is ever loaded.
    runner._deployment_registry.register_flow(made, campagne)
    await runner.start()


def read_options(arguments: Sequence[str] | None = None) -> tuple[dict[str, Any], bool]:
    """Return the parameters of the flow that the options give, and whether to switch it on."""
    given = {name: value for name, value in vars(_parser().parse_args(arguments)).items() if value}
    active = given.pop("active", False)
    # The process may be started elsewhere than its runs.
    paths = {name: str(Path(given[name]).resolve()) for name in PATHS if name in given}
    return given | paths, active


def _parser() -> argparse.ArgumentParser:
    """Return the options: each fills the parameter of the flow that is its `dest`."""
    parser = argparse.ArgumentParser(prog="python -m siei_match.flows serve", description=__doc__)
    parser.add_argument("--dossier", help="the campaigns' folders, e.g. /srv/recus/{campagne}")
    parser.add_argument("--sortie", help="the output folder")
    parser.add_argument(
        "--settings", "--reglages", dest="settings_file", help="a TOML file of settings"
    )
    parser.add_argument(
        "--resume", "--reprendre", action="store_true", help="see `siei run --help`"
    )
    parser.add_argument("--moteur", choices=MOTEURS, help="who does what is independent")
    parser.add_argument("--ordonnanceur", help="the address of Dask's scheduler")
    parser.add_argument("--memoire", help="what the run's own process is given, like 8G")
    parser.add_argument("--active", "--actif", action="store_true", help="switch the schedule on")
    return parser


if __name__ == "__main__":
    main()
