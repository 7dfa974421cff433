"""The story of a campaign, told once and run two ways: plain Python, or Prefect's tasks."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from siei_match import __version__
from siei_match.campaign.progress import LogProgress, Progress, StepMeasure, measured
from siei_match.campaign.results import Controle, Counted, PreparedRun
from siei_match.campaign.resume import resuming
from siei_match.campaign.steps.decide import decide
from siei_match.campaign.steps.identify import identify
from siei_match.campaign.steps.link import link
from siei_match.campaign.steps.normalise import normalise
from siei_match.campaign.steps.publish import publish
from siei_match.campaign.steps.receive import receive
from siei_match.campaign.steps.route import route
from siei_match.campaign.steps.validate import check, validate
from siei_match.campaign.worksite import open_worksite
from siei_match.output import note_execution
from siei_match.output.audit import Acteur
from siei_match.reference.errors import OutputError
from siei_match.reference.failures import shield
from siei_match.reference.settings import Settings

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
    reglages: Settings,
    suivi: Progress,
    acteur: Acteur | None,
    stage: Stage,
    *,
    reprendre: bool = False,
    a_blanc: bool = False,
) -> PreparedRun:
    """Tell a campaign from the extracts to the lists, top to bottom.

    Every step reads tables of the staging folder, writes others there, and returns counts and
    names of files: nothing personal passes from one to the next. See `run_campaign`.
    """
    livraison = stage(receive)(dossier)
    code = livraison.campagne.code
    with open_worksite(
        dossier, sortie, code, reglages, suivi, acteur, reprendre=reprendre, a_blanc=a_blanc
    ) as chantier:
        stage = resuming(chantier, livraison, stage) if reprendre else stage
        controle = stage(validate)(chantier, livraison)
        normalisation = stage(normalise)(chantier, livraison, controle)
        liaison = stage(link)(chantier, livraison, normalisation)
        identite = stage(identify)(chantier, livraison, liaison)
        verdict = stage(decide)(chantier, livraison, identite)
        routage = stage(route)(chantier, livraison, verdict)
        counted = Counted(controle, liaison, identite, verdict, routage)
        prepared: PreparedRun = stage(publish)(chantier, livraison, counted)
    return prepared


def run_campaign(
    dossier: Path,
    sortie: Path,
    reglages: Settings,
    *,
    suivi: Progress | None = None,
    acteur: Acteur | None = None,
    reprendre: bool = False,
    a_blanc: bool = False,
) -> PreparedRun:
    """Run a whole campaign in this process: what `siei run` does.

    Args:
        dossier: the campaign's folder.
        sortie: the output folder.
        reglages: the settings.
        suivi: receives the progress.
        acteur: who the audit log names; without one the run is not noted (tests, benches).
        reprendre: go on where a run with `reprendre` of the same inputs stopped, and leave what
            is done, its owner's alone, if this one stops too.
        a_blanc: prepare everything, put nothing in place, note nothing.

    Raises:
        SieiError: the run cannot go on; nothing in place has changed. Never a value in it.
    """
    mesures: list[StepMeasure] = []

    def noted(step: Step) -> Step:
        return shield(measured(step, mesures.append))

    prepared = tell(
        dossier,
        sortie,
        reglages,
        suivi or LogProgress(),
        acteur,
        noted,
        reprendre=reprendre,
        a_blanc=a_blanc,
    )
    if acteur is not None and not a_blanc:
        note_measures(prepared, acteur, mesures)
    return prepared


def note_measures(prepared: PreparedRun, acteur: Acteur, mesures: Sequence[StepMeasure]) -> None:
    """Keep what the run took, beside what it placed; the run is done whatever comes of it."""
    told = {
        "campagne": prepared.code,
        "quand": acteur.quand.isoformat(timespec="seconds"),
        "version": __version__,
        "lignes": prepared.comptes["lues"],
        "etapes": [asdict(mesure) for mesure in mesures],
    }
    try:
        note_execution(Path(prepared.sortie), told)
    except OutputError as refused:
        logger.warning("What this run took is not noted: %s", refused.what)


def check_delivery(dossier: Path, *, suivi: Progress | None = None) -> Controle:
    """Validate a delivery and write nothing: what `siei check` does.

    Raises:
        SieiError: the delivery cannot be read as its campagne.toml or the contract announces.
    """
    livraison = plainly(receive)(dossier)
    controle: Controle = plainly(check)(dossier, livraison, suivi or LogProgress())
    return controle
