"""Release, withdraw, archive: what a person decides of a campaign. Each act is audited.

The entry is on the disk just before the one rename that the act consists of: a crash between the
two leaves an entry without its act, never an act without its entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siei_match.output import (
    CAMPAGNES,
    CampaignFolder,
    PreparedCampaign,
    audit,
    is_list,
    locked,
    require_prepared,
)
from siei_match.output.audit import Acteur
from siei_match.reference.errors import OutputError
from siei_match.reference.files import (
    PRIVATE,
    flush_tree,
    output_guard,
    sha256_if_any,
    write_parquet,
    write_text,
)
from siei_match.reference.settings import Settings
from siei_match.release import counts
from siei_match.release import released as parution
from siei_match.release.gates import Garde, Volumes, check_gates, received
from siei_match.release.policies import require_gates, require_transition
from siei_match.release.released import COMPTES, ETAT, PUBLIEES, Levee, Parution
from siei_match.release.states import Acte, ReleaseState
from siei_match.release.workbooks import write_workbooks

STAGING: Final = ".en-cours-publiees"
"""A name that `remove_leftovers` removes after a crash."""


@dataclass(frozen=True)
class Situation:
    """Where a campaign stands, and what its gates say."""

    code: str
    etat: ReleaseState
    parution: Parution | None
    gardes: tuple[Garde, ...]
    en_attente: bool
    """A newer run than the one released waits for its release."""


def situate(sortie: Path, code: str, reglages: Settings) -> Situation:
    """Say where a campaign stands; nothing is written.

    Raises:
        OutputError: no such campaign, or it is damaged.
    """
    prepared = require_prepared(sortie, code)
    standing = parution.read_parution(sortie, code)
    return Situation(
        code,
        standing.etat if standing else ReleaseState.PREPAREE,
        standing,
        _gates(sortie, prepared, reglages),
        standing is not None and standing.manifeste_sha256 != prepared.manifest_sha256(),
    )


def release(
    sortie: Path,
    code: str,
    reglages: Settings,
    *,
    acteur: Acteur,
    malgre: Mapping[str, str] | None = None,
) -> Parution:
    """Freeze the lists of a campaign and show them to the platforms.

    Args:
        sortie: the output folder, DIR.
        code: the campaign.
        reglages: the gates' thresholds.
        acteur: who decides, and when.
        malgre: gates overridden, each with its reason.

    Raises:
        ActRefusedError: the state or a gate forbids it; the refusal is audited.
        OutputError: a file of the campaign is not the one of its manifest, another writer is at
            work, or the disk refused; platforms still see what they saw.
    """
    malgre = malgre or {}
    with locked(sortie):
        parution.repair(sortie)
        prepared = require_prepared(sortie, code)
        vers = require_transition(code, _etat(sortie, code), Acte.PUBLIER)
        gardes = _gates(sortie, prepared, reglages)
        sealed = prepared.manifest_seal(CAMPAGNES)
        held = [garde.nom for garde in gardes if garde.tenue]
        try:
            require_gates(code, gardes, malgre)
        except OutputError:
            refused: dict[str, str | int] = {"campagne": code, "issue": "refusee"}
            refused["gardes"] = " ".join(held)
            audit.append(sortie, "release", acteur, details=refused, fichiers=sealed)
            raise
        levees = tuple(Levee(garde=nom, motif=motif.strip()) for nom, motif in malgre.items())
        made = Parution(
            code=code,
            etat=vers,
            par=acteur.par,
            quand=acteur.quand,
            manifeste_sha256=prepared.manifest_sha256(),
            levees=levees,
        )
        with output_guard(sortie):
            frozen = _freeze(sortie, prepared, made)
        details = {"campagne": code, "issue": "publiee"}
        details |= {f"levee_{levee.garde}": levee.motif for levee in levees}
        audit.append(sortie, "release", acteur, details=details, fichiers=sealed)
        with output_guard(sortie):
            parution.place(frozen.folder, sortie, code)
    return made


def withdraw(sortie: Path, code: str, *, acteur: Acteur) -> None:
    """Take a campaign's lists away from the platforms; what the run made stays.

    Raises:
        ActRefusedError: it is not released.
        OutputError: another writer is at work, or the disk refused.
    """
    with locked(sortie):
        parution.repair(sortie)
        etat = _etat(sortie, code)
        require_transition(code, etat, Acte.RETIRER)
        _note(sortie, "retrait", code, acteur, {"etat": str(etat)})
        with output_guard(sortie):
            parution.take_away(sortie, code, sortie / STAGING)


def archive(sortie: Path, code: str, *, acteur: Acteur) -> Parution:
    """Close a campaign: its lists are no longer given out, answers still come in.

    Raises:
        ActRefusedError: it is not released, or archived already.
        OutputError: another writer is at work, or the disk refused.
    """
    with locked(sortie):
        parution.repair(sortie)
        vers = require_transition(code, _etat(sortie, code), Acte.ARCHIVER)
        standing = parution.read_parution(sortie, code)
        if standing is None:
            raise OutputError(
                f"Campaign {code} is not released in {sortie}.", remedy="Release it first."
            )
        made = standing.model_copy(update={"etat": vers, "par": acteur.par, "quand": acteur.quand})
        _note(sortie, "archivage", code, acteur, {})
        with output_guard(sortie):
            parution.rewrite_etat(sortie, made)
    return made


def _freeze(sortie: Path, prepared: PreparedCampaign, made: Parution) -> CampaignFolder:
    """Make the folder to be placed, whole and on the disk; its files are those of the manifest."""
    frozen = CampaignFolder(prepared.code, sortie / STAGING)
    for private in (frozen.folder, frozen.lists_folder):
        private.mkdir(mode=0o700)
    for psad in prepared.platforms():
        frozen.list_folder(psad).mkdir(mode=0o700)
        parution.link_or_copy(
            (path, frozen.list_folder(psad) / path.name) for path in prepared.list_files(psad)
        )
    # What was linked is checked, not what was there before: nothing can change in between.
    for name, sha256 in ((f.chemin, f.sha256) for f in prepared.manifest().fichiers):
        if is_list(name) and sha256_if_any(frozen.folder / name) != sha256:
            raise OutputError(
                f"{prepared.folder / name} is not the file of its manifest.",
                remedy="Run that campaign again; nothing was released.",
            )
    write_text(frozen.manifest_path, prepared.manifest_path.read_text("utf-8"), PRIVATE)
    comptes = counts.count_platforms(frozen, sortie, write_workbooks(frozen))
    write_parquet(comptes, frozen.folder / COMPTES, PRIVATE)
    write_text(frozen.folder / ETAT, made.text(), PRIVATE)
    (sortie / PUBLIEES).mkdir(mode=0o750, exist_ok=True)
    flush_tree(frozen.folder)
    return frozen


def _gates(sortie: Path, prepared: PreparedCampaign, reglages: Settings) -> tuple[Garde, ...]:
    manifest = prepared.manifest()
    comptes = counts.count_platforms(prepared, sortie)
    volumes = Volumes(
        prepared.code, dict(comptes.select("psad", "inscrits").iter_rows()), received(manifest)
    )
    before = counts.previous_volumes(sortie, prepared.code)
    return check_gates(manifest, volumes, before, reglages)


def _etat(sortie: Path, code: str) -> ReleaseState:
    standing = parution.read_parution(sortie, code)
    return standing.etat if standing else ReleaseState.PREPAREE


def _note(sortie: Path, acte: str, code: str, acteur: Acteur, details: Mapping[str, str]) -> None:
    sealed = parution.released_folder(sortie, code).manifest_seal(PUBLIEES)
    audit.append(sortie, acte, acteur, details={"campagne": code, **details}, fichiers=sealed)
