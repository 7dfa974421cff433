"""The story of a campaign, told once and run two ways: plain Python, or Prefect's tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from siei_match import steps
from siei_match.failures import shield
from siei_match.progress import LogProgress, Progress
from siei_match.settings import Settings
from siei_match.steps.results import Controle, Publication
from siei_match.worksite import open_worksite

Step = TypeVar("Step", bound=Callable[..., Any])
Stage = Callable[[Step], Step]
"""How a step is run: as it is, or as a task of a scheduler."""


def plainly(step: Step) -> Step:
    """Run a step as it is, in this process."""
    return step


def tell(
    dossier: Path, sortie: Path, reglages: Settings, suivi: Progress, stage: Stage[Any] = plainly
) -> Publication:
    """Tell a campaign from the extracts to the lists, top to bottom.

    Every step reads tables of the staging folder, writes others there, and returns counts and
    names of files: nothing personal passes from one to the next.
    """
    livraison = stage(steps.receive)(dossier)
    with open_worksite(dossier, sortie, reglages, suivi) as chantier:
        controle = stage(steps.validate)(chantier, livraison)
        normalisation = stage(steps.normalise)(chantier, livraison, controle)
        rapprochement = stage(steps.link)(chantier, livraison, normalisation)
        decisions = stage(steps.decide)(chantier, livraison, rapprochement)
        listes = stage(steps.route)(chantier, livraison, decisions)
        return stage(steps.publish)(
            chantier, livraison, (controle, normalisation, rapprochement, decisions, listes)
        )
