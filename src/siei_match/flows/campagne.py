"""A campaign as a Prefect flow, one task per stage, for those who schedule.

    python -m siei_match.flows run sample_data/2026-10 out

It is the story of `siei run`, and prepares the same bytes. Prefect keeps parameters, results
and logs in its database: tasks pass paths, names of files and counts, nothing else.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.runtime import flow_run
from prefect.tasks import Task

from siei_match.campaign.progress import LogProgress, StepMeasure, measured
from siei_match.campaign.story import note_measures, tell
from siei_match.flows.door import require_closed_api
from siei_match.flows.report import report
from siei_match.output.audit import Actor
from siei_match.reference.engines import EngineChoice, Moteur, read_memory
from siei_match.reference.failures import Failure, shield
from siei_match.reference.seat import user_name
from siei_match.reference.settings import load_settings

PARIS: Final = ZoneInfo("Europe/Paris")
READING: Final = frozenset({"receive", "validate"})
"""The steps that read the providers' files, maybe over a network: the only ones tried again."""
DELAYS: Final = [30.0, 300.0]


@flow(name="campagne", persist_result=False)
def campagne(
    dossier: Path,
    sortie: Path,
    *,
    settings_file: Path | None = None,
    taux_rejet_max: float | None = None,
    delai_entree: int | None = None,
    seuil_lien: float | None = None,
    seuil_doute: float | None = None,
    resume: bool = False,
    dry: bool = False,
    replace: bool = False,
    moteur: Moteur = "threads",
    ordonnanceur: str | None = None,
    memoire: str | None = None,
) -> dict[str, int]:
    """Run a campaign, from the extracts in `dossier` to the lists in `sortie`.

    Args:
        dossier: the campaign's folder; `{campagne}` in it is the month of the run: 2026-10.
        sortie: the output folder.
        settings_file: a TOML file of settings.
        taux_rejet_max: as the setting; so are the three that follow.
        delai_entree: days after the observation within which an enrolment counts.
        seuil_lien: probability from which a pair of rows is one person.
        seuil_doute: probability from which an unlinked pair is in doubt.
        resume: take up a run with `resume` that stopped, and leave what this one has done.
        dry: do everything, put nothing in place.
        replace: run other inputs under the code of a campaign that is released.
        moteur: who does what is independent (docs/dask.md); one task opens Dask's client.
        ordonnanceur: the address of Dask's scheduler.
        memoire: what the run's own process is given, like 8G.

    Returns:
        The counts of the manifest.

    Raises:
        SettingsError: Prefect's API answers without a password; nothing was read.
    """
    require_closed_api()
    logging.getLogger("siei_match").setLevel(logging.INFO)
    settings = load_settings(
        settings_file,
        taux_rejet_max=taux_rejet_max,
        delai_entree=delai_entree,
        seuil_lien=seuil_lien,
        seuil_doute=seuil_doute,
    )
    actor = Actor(user_name(), datetime.now(UTC), ancre=settings.ancre_audit)
    measures: list[StepMeasure] = []
    prepared = tell(
        name_folder(dossier, flow_run.scheduled_start_time),
        sortie,
        settings,
        LogProgress(),
        actor,
        stage=lambda step: as_task(measured(step, measures.append)),
        resume=resume,
        dry=dry,
        replace=replace,
        engine=EngineChoice(moteur, ordonnanceur, read_memory(memoire)),
    )
    if not dry:
        note_measures(prepared, actor, measures)
    report(prepared, settings)
    return dict(prepared.counts)


def name_folder(dossier: Path, scheduled: datetime) -> Path:
    """Fill `{campagne}` with the month for which the run was scheduled, however late it starts."""
    return Path(str(dossier).replace("{campagne}", f"{scheduled.astimezone(PARIS):%Y-%m}"))


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
