"""Release, withdraw, archive: what a person decides of a campaign. Each act is audited.

The entry is on the disk just before the one rename that the act consists of: a crash between the
two leaves an entry without its act, never an act without its entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from siei_match.output import CAMPAGNES, MANIFESTE, audit, locked, published_campaigns
from siei_match.output.audit import Acteur
from siei_match.reference.errors import OutputError
from siei_match.reference.files import (
    PRIVATE,
    file_sha256,
    flush_tree,
    output_guard,
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
"""A name that `store.remove_leftovers` removes after a crash."""


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
    folder = _require_campaign(sortie, code)
    standing = parution.read_parution(sortie, code)
    sha256 = file_sha256(folder / MANIFESTE)
    return Situation(
        code,
        standing.etat if standing else ReleaseState.PREPAREE,
        standing,
        _gates(sortie, folder, code, reglages),
        standing is not None and standing.manifeste_sha256 != sha256,
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
        folder = _require_campaign(sortie, code)
        vers = require_transition(code, _etat(sortie, code), Acte.PUBLIER)
        gardes = _gates(sortie, folder, code, reglages)
        sha256 = file_sha256(folder / MANIFESTE) or ""
        sealed = {f"{CAMPAGNES}/{code}/{MANIFESTE}": sha256}
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
            manifeste_sha256=sha256,
            levees=levees,
        )
        with output_guard(sortie):
            prepared = _prepare(sortie, folder, made)
        details = {"campagne": code, "issue": "publiee"}
        details |= {f"levee_{levee.garde}": levee.motif for levee in levees}
        audit.append(sortie, "release", acteur, details=details, fichiers=sealed)
        with output_guard(sortie):
            parution.place(prepared, sortie, code)
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
            raise _unknown(sortie, code)
        made = standing.model_copy(update={"etat": vers, "par": acteur.par, "quand": acteur.quand})
        _note(sortie, "archivage", code, acteur, {})
        with output_guard(sortie):
            parution.rewrite_etat(sortie, made)
    return made


def _prepare(sortie: Path, folder: Path, made: Parution) -> Path:
    """Make the folder to be placed, whole and on the disk; its files are those of the manifest."""
    prepared = sortie / STAGING
    for made_private in (prepared, prepared / "listes"):
        made_private.mkdir(mode=0o700)
    sealed = {f.chemin: f.sha256 for f in parution.read_manifeste(folder).fichiers}
    listes = sorted(path for path in (folder / "listes").glob("psad=*/liste.*"))
    for psad in sorted({path.parent.name for path in listes}):
        (prepared / "listes" / psad).mkdir(mode=0o700)
    parution.link_or_copy((path, prepared / path.relative_to(folder)) for path in listes)
    # What was linked is checked, not what was there before: nothing can change in between.
    for name in (name for name in sealed if name.startswith("listes/")):
        if file_sha256(prepared / name) != sealed[name]:
            raise OutputError(
                f"{folder / name} is not the file of its manifest.",
                remedy="Run that campaign again; nothing was released.",
            )
    write_text(prepared / MANIFESTE, (folder / MANIFESTE).read_text("utf-8"), PRIVATE)
    comptes = counts.count_platforms(prepared, sortie, write_workbooks(prepared, made.code))
    write_parquet(comptes, prepared / COMPTES, PRIVATE)
    write_text(prepared / ETAT, made.text(), PRIVATE)
    (sortie / PUBLIEES).mkdir(mode=0o750, exist_ok=True)
    flush_tree(prepared)
    return prepared


def _gates(sortie: Path, folder: Path, code: str, reglages: Settings) -> tuple[Garde, ...]:
    manifeste = parution.read_manifeste(folder)
    comptes = counts.count_platforms(folder, sortie)
    volumes = Volumes(
        code, dict(comptes.select("psad", "inscrits").iter_rows()), received(manifeste)
    )
    return check_gates(manifeste, volumes, counts.previous_volumes(sortie, code), reglages)


def _etat(sortie: Path, code: str) -> ReleaseState:
    standing = parution.read_parution(sortie, code)
    return standing.etat if standing else ReleaseState.PREPAREE


def _require_campaign(sortie: Path, code: str) -> Path:
    found = published_campaigns(sortie).get(code)
    if found is None:
        raise _unknown(sortie, code)
    return found


def _unknown(sortie: Path, code: str) -> OutputError:
    known = ", ".join(published_campaigns(sortie)) or "none"
    return OutputError(
        f"No campaign {code} stands in {sortie} (there: {known}).",
        remedy="Check the code and --sortie, or run that campaign first.",
    )


def _note(sortie: Path, acte: str, code: str, acteur: Acteur, details: Mapping[str, str]) -> None:
    folder = parution.folder_of(sortie, code)
    sealed = {f"{PUBLIEES}/{code}/{MANIFESTE}": file_sha256(folder / MANIFESTE) or ""}
    audit.append(sortie, acte, acteur, details={"campagne": code, **details}, fichiers=sealed)
