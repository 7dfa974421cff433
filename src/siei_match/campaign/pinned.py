"""The model that a run is told to apply, and the run's refusal where its data are far from it."""

from dataclasses import dataclass

from siei_match.campaign.worksite import Worksite
from siei_match.output.manifest import AppliedModel, DriftRecord
from siei_match.output.models import ModelFile, find_model
from siei_match.reference.errors import SettingsError
from siei_match.stages.link import Linkage
from siei_match.stages.link.model.pinned import Bounds, Drift, Pinned
from siei_match.stages.link.model.profile import read_profile

TELL = {
    "m": "how often rows of one person reach a level",
    "u": "how often strangers reach a level, in bits",
    "motifs": "how candidate pairs agree",
    "candidates": "pairs compared per record, in bits",
    "fiches_par_personne": "records per person",
}


@dataclass(frozen=True)
class Applied:
    """A model that a run applies: its file, and what the linkage reads of it."""

    file: ModelFile
    pinned: Pinned


def read_pinned(worksite: Worksite) -> Applied | None:
    """Return the model of the setting `modele`; None where a run learns its own.

    Raises:
        SettingsError: nobody approved it, or its file is not what was approved.
    """
    wanted = worksite.reglages.modele
    if wanted is None:
        return None
    file = find_model(worksite.staging.sortie, wanted)
    told = file.bornes
    bounds = Bounds(told.m, told.u, told.motifs, told.candidates, told.fiches_par_personne)
    return Applied(file, Pinned(file.modele, read_profile(file.profil), bounds))


def require_near(applied: Applied | None, drifts: tuple[Drift, ...]) -> None:
    """Refuse a delivery that is further from what the model was taught than it allows.

    Raises:
        SettingsError: which of its bounds, by how much.
    """
    beyond = [drift for drift in drifts if drift.beyond]
    if applied is None or not beyond:
        return
    said = "; ".join(
        f"{TELL[drift.what]}{f' ({drift.where})' if drift.where != '–' else ''}: {drift.found:g}, "
        f"at most {drift.allowed:g}"
        for drift in beyond
    )
    raise SettingsError(
        f"This delivery is too far from what the model {applied.file.nom} was taught: {said}.",
        remedy="Look at the columns of these traits in `siei check`. If the delivery is right, run without the setting "
        "`modele`, train a model on that run (siei train), compare and approve it (siei model).",
        code="derive",
    )


def describe_applied(applied: Applied, found: Linkage) -> AppliedModel:
    """Return what the manifest says of a model from outside."""
    return AppliedModel(
        nom=applied.file.nom,
        sha256=applied.file.sha256,
        ecarts=tuple(
            DriftRecord(quoi=drift.what, ou=drift.where, mesure=drift.found, borne=drift.allowed)
            for drift in found.drifts
        ),
        appris={**(found.learnt or {}), "profil": found.profile.told()},
    )
