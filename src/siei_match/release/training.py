"""Train a model: what the runs of some campaigns have learnt, put together, with where it comes from.

A run learns m, u and the priors from its own rows and tells them in its manifest. So a model is trained
from manifests alone: no row of anybody is read again. Each campaign weighs by its valid rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np

from siei_match import __version__
from siei_match.output import require_prepared
from siei_match.output.estimates import EstimatedErrors
from siei_match.output.manifest import Manifest
from siei_match.output.models import BoundsRecord, ModelFile, TaughtBy
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.files import file_sha256
from siei_match.stages.link.model.pinned import Bounds

Told = Mapping[str, Any]
WORDS: Final = {"patterns": "motifs", "sizes": "fiches_par_personne"}
"""The model file's words for bounds, where they are not the engine's."""


def train(sortie: Path, codes: Sequence[str], name: str) -> ModelFile:
    """Return the model that the runs of some campaigns teach together.

    Args:
        sortie: the output folder.
        codes: campaigns that stand there.
        name: what the model is called.

    Raises:
        OutputError: a campaign does not stand there, or was run by a version that did not say enough.
        SettingsError: the campaigns compared other traits or levels, or the name is none.
    """
    folders = {code: require_prepared(sortie, code) for code in dict.fromkeys(codes)}
    manifests = {code: folder.manifest() for code, folder in folders.items()}
    learnt = [what_it_learnt(manifest) for manifest in manifests.values()]
    if len({told["declaration"] for told in learnt}) > 1:
        raise SettingsError(
            "These campaigns were compared by other traits or levels: no model is theirs together.",
            remedy="Run the older ones again with this version, or leave them out.",
        )
    weights = [float(max(1, manifest.etapes["valides"])) for manifest in manifests.values()]
    bounds = {WORDS.get(what, what): allowed for what, allowed in asdict(Bounds()).items()}
    return ModelFile(
        nom=name,
        version=__version__,
        appris_de=tuple(
            TaughtBy(
                campagne=code,
                manifeste_sha256=file_sha256(folders[code].manifest_path),
                lignes=rows_by_extract(manifest),
                erreurs=manifest.erreurs_estimees or EstimatedErrors(motif="mesure_desactivee"),
                groupes=manifest.groupes,
            )
            for code, manifest in manifests.items()
        ),
        modele=pool_models(learnt, weights),
        profil=pool([told["profil"] for told in learnt], weights),
        bornes=BoundsRecord(**bounds),
    )


def what_it_learnt(manifest: Manifest) -> Told:
    """Return what a run learnt itself, be it aside from the model that it applied.

    Raises:
        OutputError: its version did not tell how it looked.
    """
    told = manifest.modele_applique.appris if manifest.modele_applique else manifest.modele
    if not told or "profil" not in told:
        raise OutputError(
            f"Campaign {manifest.campagne.code} was run by a version that did not tell all of its model.",
            remedy="Run it again (siei run), then train.",
        )
    return told


def rows_by_extract(manifest: Manifest) -> dict[str, int]:
    counted: dict[str, int] = {}
    for file in manifest.entrees:
        counted[file.extrait] = counted.get(file.extrait, 0) + file.valides
    return counted


def pool_models(learnt: Sequence[Told], weights: Sequence[float]) -> dict[str, Any]:
    """Return the mean of models; of a pair of sources, the mean of those that had it."""
    pooled = pool(
        [{k: told[k] for k in ("traits", "prior", "taux", "foyers")} for told in learnt], weights
    )
    for levels in pooled["traits"].values():
        for level in levels.values():
            level["frequence"] = bool(level["frequence"])
            level["m"] = round(float(np.mean([*level["m_par_sources"].values()])), 6)
            level["poids"] = round(float(np.log2(max(level["m"], 1e-12) / level["u"])), 2)
    return {"declaration": learnt[0]["declaration"], **pooled}


def pool(told: Sequence[Any], weights: Sequence[float]) -> Any:
    """Return the weighted mean of numbers that stand at the same place of JSON data."""
    first = told[0]
    if isinstance(first, Mapping):
        names = dict.fromkeys(name for one in told for name in one)
        return {
            name: pool(*_held(told, weights, lambda one, name=name: one.get(name)))  # type: ignore[misc]
            for name in names
        }
    if isinstance(first, list):
        return [pool([one[k] for one in told], weights) for k in range(len(first))]
    return float(f"{np.average([float(one) for one in told], weights=weights):.6g}")


def _held(
    told: Iterable[Any], weights: Iterable[float], look: Callable[[Any], Any]
) -> tuple[list[Any], list[float]]:
    pairs = [(look(one), weight) for one, weight in zip(told, weights, strict=True)]
    kept = [(value, weight) for value, weight in pairs if value is not None]
    return [value for value, _ in kept], [weight for _, weight in kept]
