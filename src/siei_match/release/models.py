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


def approve(sortie: Path, model: ModelFile, actor: Actor, motif: str) -> Path:
    """Put a model in force, by its hash; `motif` says why, in the audit log.

    Raises:
        SettingsError: no reason is given.
        OutputError: the folder cannot be written, or another command works in it.
    """
    if not motif.strip():
        raise SettingsError(
            "A model is approved with a reason.", remedy='Give one: --motif "compared with …".'
        )
    with locked(sortie):
        return approve_model(sortie, model, actor, motif.strip())


def _weights(model: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for trait, levels in model["traits"].items():
        yield from ((f"{trait} {level}", told["poids"]) for level, told in levels.items())


def _bits(chance: float) -> float:
    return round(float(np.log2(chance / (1 - chance))), 2)
