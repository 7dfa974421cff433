"""The story of a campaign, told once and run two ways: plain Python, or Prefect's tasks."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from siei_match import __version__
from siei_match.campaign.agreement import require_replaceable
from siei_match.campaign.progress import LogProgress, Progress, StepMeasure, measured
from siei_match.campaign.results import Counted, Examined, PreparedRun, add_refused
from siei_match.campaign.resume import resuming
from siei_match.campaign.steps.decide import decide
from siei_match.campaign.steps.identify import identify
from siei_match.campaign.steps.link import link
from siei_match.campaign.steps.normalise import normalise
from siei_match.campaign.steps.publish import publish
from siei_match.campaign.steps.receive import receive, survey
from siei_match.campaign.steps.route import route
from siei_match.campaign.steps.validate import check, validate
from siei_match.campaign.worksite import THREADS, open_worksite
from siei_match.output import note_execution
from siei_match.output.audit import Actor
from siei_match.reference.engines import EngineChoice
from siei_match.reference.errors import OutputError
from siei_match.reference.failures import shield
from siei_match.reference.settings import Settings, load_settings

logger = logging.getLogger(__name__)

Step = Callable[..., Any]
Stage = Callable[[Step], Step]
"""How a step is run: as it is, or as a task of a scheduler."""


def plainly(step: Step) -> Step:
    """Run a step as it is, in this process, and say what it took."""
    return shield(measured(step))


def tell(
    dossier: Path,
    sortie: Path,
    settings: Settings,
    progress: Progress,
    actor: Actor | None,
    stage: Stage,
    *,
    resume: bool = False,
    dry: bool = False,
    replace: bool = False,
    engine: EngineChoice = THREADS,
) -> PreparedRun:
    """Tell a campaign from the extracts to the lists, top to bottom.

    Every step reads tables of the staging folder, writes others there, and returns counts and
    names of files: nothing personal passes from one to the next. See `run_campaign`.
    """
    engine.check()
    delivery = stage(receive)(dossier)
    code = delivery.campagne.code
    with open_worksite(
        dossier, sortie, code, settings, progress, actor,
        resume=resume, dry=dry, replace=replace, engine=engine,
    ) as worksite:  # fmt: skip
        require_replaceable(worksite, delivery)
        stage = resuming(worksite, delivery, stage) if resume else stage
        checked = stage(validate)(worksite, delivery)
        normalised = stage(normalise)(worksite, delivery, checked)
        linkage = stage(link)(worksite, delivery, normalised)
        identified = stage(identify)(worksite, delivery, linkage)
        verdict = stage(decide)(worksite, delivery, identified)
        routing = stage(route)(worksite, delivery, verdict)
        counted = Counted(checked, linkage, identified, verdict, routing)
        prepared: PreparedRun = stage(publish)(worksite, delivery, counted)
    return prepared


def run_campaign(
    dossier: Path,
    sortie: Path,
    settings: Settings,
    *,
    progress: Progress | None = None,
    actor: Actor | None = None,
    resume: bool = False,
    dry: bool = False,
    replace: bool = False,
    engine: EngineChoice = THREADS,
) -> PreparedRun:
    """Run a whole campaign in this process: what `siei run` does.

    Args:
        dossier: the campaign's folder.
        sortie: the output folder.
        settings: the settings.
        progress: receives the progress.
        actor: who the audit log names; without one the run is not noted (tests, benches).
        resume: go on where a run with `resume` of the same inputs stopped, and leave what
            is done, its owner's alone, if this one stops too.
        dry: prepare everything, put nothing in place, note nothing.
        replace: other inputs may take the place of a released campaign's.
        engine: who does what is independent; the bytes are the same.

    Raises:
        SieiError: the run cannot go on; nothing in place has changed. Never a value in it.
    """
    measures: list[StepMeasure] = []

    def noted(step: Step) -> Step:
        return shield(measured(step, measures.append))

    prepared = tell(
        dossier,
        sortie,
        settings,
        progress or LogProgress(),
        actor,
        noted,
        resume=resume,
        dry=dry,
        replace=replace,
        engine=engine,
    )
    if actor is not None and not dry:
        note_measures(prepared, actor, measures)
    return prepared


def note_measures(prepared: PreparedRun, actor: Actor, measures: Sequence[StepMeasure]) -> None:
    """Keep what the run took, beside what it placed; the run is done whatever comes of it."""
    told = {
        "campagne": prepared.code,
        "quand": actor.quand.isoformat(timespec="seconds"),
        "version": __version__,
        "dossier": prepared.dossier,
        "lignes": prepared.counts["lues"],
        "etapes": [asdict(measure) for measure in measures],
    }
    try:
        note_execution(Path(prepared.sortie), told)
    except OutputError as refused:
        logger.warning("What this run took is not noted: %s", refused.what)


def check_delivery(
    dossier: Path, settings: Settings | None = None, *, progress: Progress | None = None
) -> Examined:
    """Validate every file of a delivery and write nothing: what `siei check` does.

    What cannot be read stands in the result's `refused`, beside the counts of the rest.

    What is implausible is told, and stops nothing; it is not compared with an earlier campaign.

    Raises:
        SieiError: campagne.toml cannot be read: there is nothing to go on with.
    """
    delivery, refused = plainly(survey)(dossier)
    known = settings or load_settings()
    checked: Examined = plainly(check)(dossier, delivery, progress or LogProgress(), known)
    return add_refused(checked, refused)
