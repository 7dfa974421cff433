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
    mark_placed,
    newest_prepared,
    require_prepared,
)
from siei_match.output.audit import Actor
from siei_match.reference.errors import OutputError
from siei_match.reference.files import (
    PRIVATE,
    flush_tree,
    make_folder,
    output_guard,
    sha256_if_any,
    write_parquet,
    write_text,
)
from siei_match.reference.settings import Settings
from siei_match.release import counts
from siei_match.release import released as released
from siei_match.release.correction import Correction, compare_released, correction_gate
from siei_match.release.order import earlier_gate
from siei_match.release.policies import require_gates, require_transition
from siei_match.release.released import COMPTES, DECIDED, ETAT, PUBLISHED, Override, Released
from siei_match.release.second import Asked, require_second, require_waiting
from siei_match.release.states import Act, ReleaseState
from siei_match.release.workbooks import write_workbooks
from siei_match.stages.publish.gates import Gate, Volumes, check_gates, count_volumes, received

STAGING: Final = ".en-cours-publiees"
"""A name that `remove_leftovers` removes after a crash."""


@dataclass(frozen=True)
class Situation:
    """Where a campaign stands, and what its gates say."""

    code: str
    etat: ReleaseState
    released: Released | None
    gates: tuple[Gate, ...]
    waiting: bool
    """A newer run than the one released waits for its release."""


def situate(sortie: Path, code: str, settings: Settings) -> Situation:
    """Say where a campaign stands; nothing is written.

    Raises:
        OutputError: no such campaign, or it is damaged.
    """
    prepared = require_prepared(sortie, code)
    standing = released.read_released(sortie, code)
    return Situation(
        code,
        standing.etat if standing else ReleaseState.PREPARED,
        standing,
        _gates(sortie, prepared, settings, compare_released(sortie, prepared)),
        standing is not None and standing.manifeste_sha256 != prepared.manifest_sha256(),
    )


@dataclass(frozen=True)
class Releasable:
    """A campaign whose release is possible now, and what its gates were shown."""

    prepared: PreparedCampaign
    to: ReleaseState
    correction: Correction | None

    @property
    def sealed(self) -> dict[str, str]:
        return self.prepared.manifest_seal(CAMPAGNES)


def release(
    sortie: Path,
    code: str,
    settings: Settings,
    *,
    actor: Actor,
    despite: Mapping[str, str] | None = None,
    asked: Asked | None = None,
) -> Released:
    """Freeze the lists of a campaign and show them to the platforms.

    Args:
        sortie: the output folder, DIR.
        code: the campaign.
        settings: the gates' thresholds, and what asks for two people.
        actor: who decides, and when.
        despite: gates overridden, each with its reason.
        asked: what another person asked, and this one confirms (`asking`).

    Raises:
        ActRefusedError: the state, a gate, or the want of a second person forbids it; a gate's refusal
            is audited.
        OutputError: a file of the campaign is not the one of its manifest, another writer is at
            work, or the disk refused; platforms still see what they saw.
    """
    despite = despite or {}
    with locked(sortie):
        require_second(code, settings, despite, asked)
        seen = examine(sortie, code, settings, actor=actor, despite=despite)
        prepared, correction = seen.prepared, seen.correction
        if asked is not None:
            require_waiting(sortie, asked, settings, actor, prepared.manifest_sha256())
        levees = tuple(Override(garde=name, motif=motif.strip()) for name, motif in despite.items())
        made = Released(
            code=code,
            etat=seen.to,
            par=actor.par,
            quand=actor.quand,
            demandee_par=asked.par if asked else "",
            manifeste_sha256=prepared.manifest_sha256(),
            levees=levees,
            correction=correction.told() if correction else "",
        )
        with output_guard(sortie):
            frozen = _freeze(sortie, prepared, made)
        details: dict[str, str | int] = {"campagne": code, "issue": "publiee"}
        details |= correction.noted() if correction else {}
        details |= {f"levee_{levee.garde}": levee.motif for levee in levees}
        details |= {"demande": asked.id} if asked else {}
        audit.append(sortie, "release", actor, details=details, fichiers=seen.sealed)
        with output_guard(sortie):
            released.place(frozen.folder, sortie, code)
        mark_placed(f"the release of {code}")
    return made


def examine(
    sortie: Path, code: str, settings: Settings, *, actor: Actor, despite: Mapping[str, str]
) -> Releasable:
    """Make sure that a campaign may be released now; the folder is locked, a refusal is audited.

    Raises:
        ActRefusedError: the state or a gate forbids it.
    """
    released.repair(sortie)
    prepared = require_prepared(sortie, code)
    to = require_transition(code, _etat(sortie, code), Act.PUBLISH)
    seen = Releasable(prepared, to, compare_released(sortie, prepared))
    gates = _gates(sortie, prepared, settings, seen.correction)
    try:
        require_gates(code, gates, despite)
    except OutputError:
        refused: dict[str, str | int] = {"campagne": code, "issue": "refusee"}
        refused["gardes"] = " ".join(gate.nom for gate in gates if gate.held)
        audit.append(sortie, "release", actor, details=refused, fichiers=seen.sealed)
        raise
    return seen


def withdraw(sortie: Path, code: str, *, actor: Actor) -> None:
    """Take a campaign's lists away from the platforms; what the run made stays.

    Raises:
        ActRefusedError: it is not released.
        OutputError: another writer is at work, or the disk refused.
    """
    with locked(sortie):
        released.repair(sortie)
        state = _etat(sortie, code)
        require_transition(code, state, Act.WITHDRAW)
        _note(sortie, "retrait", code, actor, {"etat": str(state)})
        with output_guard(sortie):
            released.take_away(sortie, code, sortie / STAGING)
        mark_placed(f"the withdrawal of {code}")


def archive(sortie: Path, code: str, *, actor: Actor) -> Released:
    """Close a campaign: its lists are no longer given out, answers still come in.

    Raises:
        ActRefusedError: it is not released, or archived already.
        OutputError: another writer is at work, or the disk refused.
    """
    with locked(sortie):
        released.repair(sortie)
        to = require_transition(code, _etat(sortie, code), Act.ARCHIVE)
        standing = released.read_released(sortie, code)
        if standing is None:
            raise OutputError(
                f"Campaign {code} is not released in {sortie}.", remedy="Release it first."
            )
        made = standing.model_copy(update={"etat": to, "par": actor.par, "quand": actor.quand})
        _note(sortie, "archivage", code, actor, {})
        with output_guard(sortie):
            released.rewrite_etat(sortie, made)
        mark_placed(f"the archiving of {code}")
    return made


def _freeze(sortie: Path, prepared: PreparedCampaign, made: Released) -> CampaignFolder:
    """Make the folder to be placed, whole and on the disk; its files are those of the manifest."""
    frozen = CampaignFolder(prepared.code, sortie / STAGING)
    for private in (frozen.folder, frozen.lists_folder):
        private.mkdir(mode=0o700)
    for psad in prepared.platforms():
        frozen.list_folder(psad).mkdir(mode=0o700)
        released.link_or_copy(
            (path, frozen.list_folder(psad) / path.name) for path in prepared.list_files(psad)
        )
    released.keep_decided(prepared, frozen)
    # What was linked is checked, not what was there before: nothing can change in between.
    kept = {prepared.table_path(table).name for table in DECIDED}
    for name, sha256 in ((f.chemin, f.sha256) for f in prepared.manifest().fichiers):
        if (is_list(name) or name in kept) and sha256_if_any(frozen.folder / name) != sha256:
            raise OutputError(
                f"{prepared.folder / name} is not the file of its manifest.",
                remedy="Run that campaign again; nothing was released.",
            )
    write_text(frozen.manifest_path, prepared.manifest_path.read_text("utf-8"), PRIVATE)
    tallies = counts.count_platforms(frozen, sortie, write_workbooks(frozen, sortie))
    write_parquet(tallies, frozen.folder / COMPTES, PRIVATE)
    write_text(frozen.folder / ETAT, made.text(), PRIVATE)
    make_folder(sortie / PUBLISHED, 0o750)
    flush_tree(frozen.folder)
    return frozen


def _gates(
    sortie: Path, prepared: PreparedCampaign, settings: Settings, correction: Correction | None
) -> tuple[Gate, ...]:
    manifest = prepared.manifest()
    tallies = counts.count_platforms(prepared, sortie)
    volumes = Volumes(
        prepared.code, dict(tallies.select("psad", "inscrits").iter_rows()), received(manifest)
    )
    before = count_volumes(newest_prepared(sortie, prepared.code))
    return (
        *check_gates(manifest, volumes, before, settings),
        correction_gate(correction, settings),
        earlier_gate(sortie, prepared.code),
    )


def _etat(sortie: Path, code: str) -> ReleaseState:
    standing = released.read_released(sortie, code)
    return standing.etat if standing else ReleaseState.PREPARED


def _note(sortie: Path, acte: str, code: str, actor: Actor, details: Mapping[str, str]) -> None:
    sealed = released.released_folder(sortie, code).manifest_seal(PUBLISHED)
    audit.append(sortie, acte, actor, details={"campagne": code, **details}, fichiers=sealed)
