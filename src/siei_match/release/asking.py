"""A release by two people: one asks, with the gates examined; another confirms, and it is done."""

from collections.abc import Collection, Mapping
from pathlib import Path

from siei_match.output import locked
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings
from siei_match.release.acts import examine, release
from siei_match.release.policies import ActRefusedError
from siei_match.release.released import Released
from siei_match.release.second import (
    Asked,
    Matter,
    ask,
    find_asked,
    matters_of,
    of_campaign,
    require_another,
)


def ask_release(
    sortie: Path,
    code: str,
    settings: Settings,
    *,
    actor: Actor,
    despite: Mapping[str, str],
    seat: str = "",
) -> Asked:
    """Ask for a release; the gates and the reasons are looked at now, and again when it is done.

    Raises:
        ActRefusedError: the state or a gate forbids it; a gate's refusal is audited.
        OutputError: another writer is at work, or the log cannot be written.
    """
    with locked(sortie):
        seen = examine(sortie, code, settings, actor=actor, despite=despite)
        matter = Matter.OVERRIDE if despite else Matter.PUBLISH
        return ask(
            sortie, matter, code, actor, seat=seat,
            manifest=seen.prepared.manifest_sha256(), despite=despite,
        )  # fmt: skip


def confirm_release(
    sortie: Path,
    code: str,
    name: str,
    settings: Settings,
    *,
    actor: Actor,
    seat: str = "",
    alike: Collection[str] = (),
) -> Released:
    """Release what another person asked for, with the reasons that they gave.

    Raises:
        ActRefusedError: nothing waits under that name, the same person asked, the campaign was run
            again, or a gate holds by now.
        OutputError: as of a release.
    """
    asked = find_asked(sortie, name, settings, actor)
    if not of_campaign([asked], code):
        raise ActRefusedError(
            f"What waits under that name is not the release of {code}.",
            remedy="Give the campaign that it is about.",
        )
    require_another(sortie, asked, actor, seat=seat, alike=alike)
    return release(sortie, code, settings, actor=actor, despite=asked.despite, asked=asked)


def takes_two(settings: Settings, despite: Mapping[str, str]) -> bool:
    """Say whether such a release is asked for first."""
    return bool(matters_of(settings, despite))
