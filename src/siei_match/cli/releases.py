"""The command that shows a campaign's lists to the platforms, or takes them back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from siei_match.cli.options import (
    DONE,
    FAILED,
    MISUSED,
    Par,
    SettingsFile,
    Sortie,
    name_actor,
    say,
)
from siei_match.reference.seat import system_user

if TYPE_CHECKING:
    from siei_match.reference.settings import Settings
    from siei_match.release import Asked, Foresight, Gate, Situation


def release(
    campagne: Annotated[str, Parameter(help="The campaign's code, e.g. 2026-10.")],
    /,
    *,
    sortie: Sortie,
    par: Par = None,
    malgre: Annotated[
        tuple[str, ...], Parameter(help="A gate to override; can be repeated.", negative=())
    ] = (),
    motif: Annotated[
        tuple[str, ...],
        Parameter(help="Why, one for each --malgre, in their order; name nobody.", negative=()),
    ] = (),
    withdraw: Annotated[bool, Parameter(help="Take the lists back.", negative=())] = False,
    archive: Annotated[
        bool, Parameter(help="Close the campaign: no more downloads.", negative=())
    ] = False,
    dry_run: Annotated[
        bool,
        Parameter(negative=(), help="Say what would happen; write nothing, note nothing."),
    ] = False,
    confirm: Annotated[
        str | None, Parameter(help="Confirm what another person asked for, by its name.")
    ] = None,
    refuse: Annotated[
        str | None, Parameter(help="Put aside what was asked for, by its name.")
    ] = None,
    reglages: SettingsFile = None,
) -> int | None:
    """Show a campaign's lists to the platforms: a person decides, since they name minors.

    Gates hold a campaign back (rejected rows, volume against the last campaign, share of
    a_verifier, estimated errors, a missing source, a correction far from what is released) and say why; each can be overridden by its
    name, with a reason that the audit log keeps. What is released is frozen in DIR/publiees/: a
    later run of the same campaign changes nothing for the platforms until it is released too.
    Where the setting `deux_personnes` says so, this asks only: another person, by another user of the
    system or on the page, confirms with --confirm and the name that is printed.

    Example: `siei release 2026-10 --sortie out --par "A. Martin"`
    """
    from siei_match import release as acts
    from siei_match.reference.settings import load_settings

    acts_asked = withdraw + archive + bool(malgre) + bool(confirm) + bool(refuse)
    if len(malgre) != len(motif) or acts_asked > 1 or (dry_run and (confirm or refuse)):
        say(["Give one --motif for each --malgre, and no other act with them."])
        return MISUSED
    settings = load_settings(reglages)
    overridden = dict(zip(malgre, motif, strict=True))
    if dry_run:
        acte = acts.Act.WITHDRAW if withdraw else acts.Act.ARCHIVE if archive else acts.Act.PUBLISH
        seen = acts.foresee(sortie, campagne, settings, acte=acte, despite=overridden)
        say(tell_foresight(seen))
        return FAILED if seen.refusal else DONE
    actor = name_actor(par, reglages)
    if withdraw:
        acts.withdraw(sortie, campagne, actor=actor)
    elif archive:
        acts.archive(sortie, campagne, actor=actor)
    elif confirm:
        acts.confirm_release(sortie, campagne, confirm, settings, actor=actor, seat=system_user())
    elif refuse:
        acts.refuse_asked(sortie, acts.find_asked(sortie, refuse, settings, actor), actor)
    elif acts.takes_two(settings, overridden):
        asked = acts.ask_release(
            sortie, campagne, settings, actor=actor, despite=overridden, seat=system_user()
        )
        say([f"Nothing is released yet: it takes two people. Asked for as {asked.id}."])
    else:
        acts.release(sortie, campagne, settings, actor=actor, despite=overridden)
    say(tell_situation(acts.situate(sortie, campagne, settings), sortie))
    waiting = acts.of_campaign(acts.list_asked(sortie, settings, actor), campagne)
    if waiting:
        say([tell_asked(one, settings) for one in waiting])
    return None


def tell_asked(asked: Asked, settings: Settings) -> str:
    """Say what waits for a second person."""
    until = f"{asked.ends(settings):%Y-%m-%d %H:%M} UTC"
    return (
        f"  {asked.id} asked for by {asked.par}, void after {until}; somebody else confirms:\n"
        f"    siei release {asked.subject} --sortie … --confirm {asked.id}   (or on the page)"
    )


def tell_situation(situation: Situation, sortie: Path) -> list[str]:
    """Say where a campaign stands now."""
    lines = [f"Campaign {situation.code} is {situation.etat}."]
    if situation.released:
        released = situation.released
        lines += [f"  by {released.par}, {released.quand:%Y-%m-%d %H:%M} UTC"]
        if released.demandee_par:
            lines += [f"  asked for by {released.demandee_par}"]
        lines += [f"  frozen in {sortie}/publiees/{situation.code}/"]
        if released.correction:
            lines += [f"  replaced what was released: {released.correction}"]
        lines += [f"  overridden: {levee.garde} ({levee.motif})" for levee in released.levees]
    return lines + tell_gates(situation.gates)


def tell_gates(gates: Sequence[Gate]) -> list[str]:
    """Say what each gate found, a line each."""
    return [f"  {'HELD' if g.held else 'ok':<5} {g.nom:<12} {g.finding}" for g in gates]


def tell_foresight(seen: Foresight) -> list[str]:
    """Say what an act would do."""
    situation, code = seen.situation, seen.situation.code
    if seen.refusal is not None:
        verdict = [f"It would be refused: {seen.refusal.what}", f"  → {seen.refusal.remedy}"]
    else:
        verdict = [f"Campaign {code} would become {seen.to}: {seen.platforms:,} platforms, "
                   f"{seen.listed:,} people listed."]  # fmt: skip
        if situation.released and seen.acte == "publier":
            since = f"{situation.released.quand:%Y-%m-%d %H:%M} UTC"
            what = "a newer run" if situation.waiting else "the same run"
            verdict.append(f"  it would replace what was released on {since}, with {what}")
    return [
        f"Nothing was done. Campaign {code} is {situation.etat}.",
        *verdict,
        *(tell_gates(situation.gates) if seen.acte == "publier" else ()),
    ]


def tell_awaited_gates(sortie: Path, code: str, settings: Settings) -> list[str]:
    """Say, at the end of a run, what its release will meet; the run is done whatever comes of it."""
    from siei_match import release as acts
    from siei_match.reference.errors import SieiError

    try:
        situation = acts.situate(sortie, code, settings)
    except SieiError as failed:
        return ["", f"The release's gates could not be examined: {failed.what}"]
    held = sum(gate.held for gate in situation.gates)
    told = f"{held} would hold it back" if held else "none would hold it back"
    lines = ["", f"Nobody sees these lists before `siei release {code}`; of its gates, {told}:"]
    if situation.waiting:
        lines[1:1] = [f"Campaign {code} is released: platforms see the lists of an earlier run."]
    return lines + tell_gates(situation.gates)
