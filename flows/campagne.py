"""A campaign as a Prefect flow, one task per stage, for those who schedule.

    python -m flows.campagne sample_data/2026-10 out

It is the story of `siei run`, and publishes the same bytes. Prefect keeps parameters, results
and logs in its database: tasks pass paths, names of files and counts, nothing else.
"""

import getpass
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from siei_match.audit import Acteur
from siei_match.campaign import tell
from siei_match.failures import Failure, shield
from siei_match.progress import LogProgress
from siei_match.settings import load_settings

READING: Final = frozenset({"receive", "validate"})
"""The steps that read the providers' files, maybe over a network: the only ones tried again."""
DELAYS: Final = [30.0, 300.0]


@flow(name="campagne", persist_result=False)
def campagne(dossier: Path, sortie: Path, reglages: Path | None = None) -> dict[str, int]:
    """Run a campaign, from the extracts in `dossier` to the lists in `sortie`."""
    acteur = Acteur(getpass.getuser(), datetime.now(UTC))
    publication = tell(
        dossier, sortie, load_settings(reglages), LogProgress(), acteur, stage=as_task
    )
    return dict(publication.comptes)


def as_task(step: Callable[..., Any]) -> Task[..., Any]:
    """Make a step a task: nothing is cached nor kept, only a passing trouble is tried again."""
    made: Task[..., Any] = task(
        name=step.__name__,
        persist_result=False,
        cache_policy=NO_CACHE,
        retries=len(DELAYS) if step.__name__ in READING else 0,
        retry_delay_seconds=DELAYS,
        retry_condition_fn=is_transient,
    )(shield(step))
    return made


def is_transient(task: Task[..., Any], run: TaskRun, state: State[Any]) -> bool:
    """Tell whether a network share failed, which may pass; a wrong delivery stays wrong."""
    failure = state.result(raise_on_failure=False)
    return isinstance(failure, Failure) and failure.transient


if __name__ == "__main__":
    campagne(*map(Path, sys.argv[1:]))
