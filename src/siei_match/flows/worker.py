"""A worker that runs the campaign's flow and nothing else: `python -m siei_match.flows worker`.

Prefect's own worker runs whatever the server says: a command, steps before the flow, any module,
any variable. This one takes from the server the run and its parameters; the code, the command and
the variables are its own. A deployment that asks for anything else is refused and told.
"""

import argparse
import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anyio
from prefect.runner._flow_run_executor import FlowRunExecutorContext
from prefect.runner._starter_engine import EngineCommandStarter
from prefect.workers.process import ProcessJobConfiguration, ProcessWorker, ProcessWorkerResult

from siei_match.flows.campagne import campagne
from siei_match.flows.door import require_closed_api
from siei_match.reference.errors import SettingsError

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

ENTRYPOINT: Final = "siei_match.flows.campagne.campagne"
OURS: Final = frozenset({ENTRYPOINT, "flows/campagne.py:campagne"})
"""What a deployment of ours names: as prefect.yaml does, or from the checkout."""
PASSED: Final = frozenset({"PREFECT_FLOWS_HEARTBEAT_FREQUENCY"})
"""Variables of a deployment that reach the run: those that prefect.yaml sets."""
HARMLESS_STEP: Final = "prefect.deployments.steps.set_working_directory"
"""The step that `prefect deploy` adds by itself. It is not done: the worker's own folder stands."""


class CampaignWorker(ProcessWorker):
    """Prefect's process worker, for our flow alone."""

    # Defining a worker registers it by its type; Prefect's own stays what `process` means to others.
    type = "siei"

    async def run(
        self,
        flow_run: "FlowRun",
        configuration: ProcessJobConfiguration,
        task_status: "anyio.abc.TaskStatus[int] | None" = None,
    ) -> ProcessWorkerResult:
        """Run the campaign's flow with the parameters of `flow_run`.

        Raises:
            SettingsError: its deployment is none of ours; nothing of it was executed.
        """
        deployment = (
            await self.client.read_deployment(flow_run.deployment_id)
            if flow_run.deployment_id
            else None
        )
        require_ours(deployment, configuration)
        started = anyio.TASK_STATUS_IGNORED if task_status is None else task_status
        return await _execute(flow_run, _passed(configuration.env), started)


CampaignWorker.type = "process"  # the type of the pool, which `prefect work-pool create` knows


def require_ours(
    deployment: "DeploymentResponse | None", configuration: ProcessJobConfiguration
) -> None:
    """Make sure that a run asks for our flow, as prefect.yaml deploys it.

    Raises:
        SettingsError: it asks for other code, a command, a step, a variable or a folder.
    """
    steps = [name for step in (deployment.pull_steps or [] if deployment else []) for name in step]
    asked = {
        "other code": deployment is None or deployment.entrypoint not in OURS,
        "steps of its own": any(name != HARMLESS_STEP for name in steps),
        "a command": configuration._command_configured,
        "variables": bool(_foreign(configuration.env)),
        "a working folder": configuration.working_dir is not None,
    }
    found = ", ".join(what for what, is_asked in asked.items() if is_asked)
    if found:
        raise SettingsError(
            f"The worker refuses a run whose deployment asks for {found}: it runs {ENTRYPOINT} alone.",
            remedy="See who deployed it; deploy prefect.yaml again (docs/prefect.md, 3).",
        )


def _passed(told: Mapping[str, str | None]) -> dict[str, str | None]:
    return {**os.environ, **{name: told[name] for name in PASSED & told.keys()}}


def _foreign(told: Mapping[str, str | None]) -> list[str]:
    """Return the variables that a deployment sets: not ours, nor Prefect's, none of which is passed on."""
    return [
        name
        for name, value in told.items()
        if os.environ.get(name) != value and not name.startswith("PREFECT_")
    ]


async def _execute(
    flow_run: "FlowRun", environment: dict[str, str | None], task_status: Any
) -> ProcessWorkerResult:
    """Start the engine on our flow: as ProcessWorker.run does, but nothing is loaded from the server."""

    async def ours(_: "FlowRun") -> Any:
        return campagne

    async with FlowRunExecutorContext() as context:
        starter = EngineCommandStarter(
            entrypoint=ENTRYPOINT,
            cwd=Path.cwd(),
            env=environment,
            control_channel=context.control_channel,
        )
        executor = context.create_executor(
            flow_run, starter, resolve_flow=ours, propose_submitting=False
        )
        ended: list[Any] = []

        async def execute(*, task_status: Any = anyio.TASK_STATUS_IGNORED) -> None:
            ended.append(await executor.submit(task_status=task_status))

        async with anyio.create_task_group() as group:
            handle = await group.start(execute)
            task_status.started(handle.pid)
    if not ended or ended[0] is None or ended[0].status_code is None:
        raise RuntimeError("The run's process could not be started.")
    return ProcessWorkerResult(
        status_code=ended[0].status_code, identifier=str(ended[0].handle.pid)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Take up the runs of a work pool until stopped."""
    parser = argparse.ArgumentParser(prog="python -m siei_match.flows worker", description=__doc__)
    parser.add_argument("--pool", default="siei", help="the work pool, of type process")
    parser.add_argument("--once", action="store_true", help="look once, then end")
    given = parser.parse_args(arguments)
    require_closed_api()
    asyncio.run(make_worker(given.pool).start(run_once=given.once))


def make_worker(pool: str) -> CampaignWorker:
    return CampaignWorker(work_pool_name=pool, create_pool_if_not_found=False)
