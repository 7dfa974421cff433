"""Compare a model with the one in force, and approve it: what a person decides of a model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from siei_match.output import locked
from siei_match.output.audit import Actor
from siei_match.output.models import ModelFile, approve_model, approved_models, find_model
from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import Settings
from siei_match.release.policies import ActRefusedError
from siei_match.release.second import REQUEST, Asked, Matter, ask, find_asked, require_another

TELLING: Final = 0.5
"""Bits: a level whose weight, or a pair of sources whose prior, moved by less decides nothing new."""


@dataclass(frozen=True)
class Moved:
    """A number of a model that another one has otherwise, in bits."""

    what: str
    before: float
    after: float


def in_force(sortie: Path, pinned: str | None) -> ModelFile | None:
    """Return the model that runs apply: the one of the setting `modele`, else the one approved last.

    Raises:
        SettingsError: the one of the setting was approved by nobody, or is damaged.
    """
    if pinned is not None:
        return find_model(sortie, pinned)
    return next(reversed(approved_models(sortie).values()), None)


def compare_models(before: ModelFile, after: ModelFile) -> tuple[Moved, ...]:
    """Return what moved by half a bit or more: weights of levels, then priors, the most first.

    Raises:
        SettingsError: they compare other traits or levels.
    """
    if before.modele["declaration"] != after.modele["declaration"]:
        raise SettingsError(
            f"{before.nom} and {after.nom} compare other traits or levels.",
            remedy="Train both with the same version.",
        )
    weights = zip(_weights(before.modele), _weights(after.modele), strict=True)
    moved = [Moved(name, was, now) for (name, was), (_, now) in weights]
    both = before.modele["prior"].keys() & after.modele["prior"].keys()
    moved += [
        Moved(f"prior {pair}", *(_bits(model.modele["prior"][pair]) for model in (before, after)))
        for pair in sorted(both)
    ]
    told = [found for found in moved if abs(found.after - found.before) >= TELLING]
    return tuple(sorted(told, key=lambda found: -abs(found.after - found.before)))


def approve(sortie: Path, model: ModelFile, actor: Actor, motif: str, settings: Settings) -> Path:
    """Put a model in force, by its hash; `motif` says why, in the audit log.

    Raises:
        SettingsError: no reason is given.
        ActRefusedError: the setting `deux_personnes` asks for two people: `ask_approval`, `confirm_approval`.
        OutputError: the folder cannot be written, or another command works in it.
    """
    if takes_two(settings):
        raise ActRefusedError(
            "The approval of a model takes two people (deux_personnes).",
            remedy="Ask for it; somebody else confirms.",
        )
    with locked(sortie):
        return approve_model(sortie, model, actor, _require_reason(motif))


def takes_two(settings: Settings) -> bool:
    """Say whether a model is asked for first: who trained or chose it does not put it in force alone."""
    return Matter.MODEL in (settings.deux_personnes or ())


def ask_approval(
    sortie: Path, model: ModelFile, actor: Actor, motif: str, *, seat: str = ""
) -> Asked:
    """Ask for a model to be put in force; it is not before another confirms.

    Raises:
        SettingsError: no reason is given.
        OutputError: the folder cannot be written, or another command works in it.
    """
    reason = {Matter.MODEL.value: _require_reason(motif)}
    with locked(sortie):
        return ask(
            sortie, Matter.MODEL, model.nom, actor, seat=seat, manifest=model.sha256, despite=reason
        )


def confirm_approval(
    sortie: Path,
    model: ModelFile,
    name: str,
    settings: Settings,
    *,
    actor: Actor,
    motif: str,
    seat: str = "",
) -> Path:
    """Put in force the model that another person asked for.

    Raises:
        SettingsError: no reason is given.
        ActRefusedError: nothing waits under that name, it is another model, or the same person asked.
        OutputError: as `approve`.
    """
    reason = _require_reason(motif)
    with locked(sortie):
        asked = find_asked(sortie, name, settings, actor)
        if asked.matter != Matter.MODEL or asked.manifest != model.sha256:
            raise ActRefusedError(
                "What waits under that name is not this model.",
                remedy="Give the very file that was asked for: its hash is in the audit log.",
            )
        require_another(sortie, asked, actor, seat=seat)
        return approve_model(
            sortie, model, actor, reason, {REQUEST: asked.id, "demandee_par": asked.par}
        )


def _require_reason(motif: str) -> str:
    if not motif.strip():
        raise SettingsError(
            "A model is approved with a reason.", remedy='Give one: --motif "compared with …".'
        )
    return motif.strip()


def _weights(model: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for trait, levels in model["traits"].items():
        yield from ((f"{trait} {level}", told["poids"]) for level, told in levels.items())


def _bits(chance: float) -> float:
    return round(float(np.log2(chance / (1 - chance))), 2)
