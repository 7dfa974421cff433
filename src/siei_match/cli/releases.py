"""The command that shows a campaign's lists to the platforms, or takes them back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from siei_match.cli.options import MISUSED, Par, SettingsFile, Sortie, name_actor, say

if TYPE_CHECKING:
    from siei_match.release import Situation


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
    reglages: SettingsFile = None,
) -> int | None:
    """Show a campaign's lists to the platforms: a person decides, since they name minors.

    Gates hold a campaign back (rejected rows, volume against the last campaign, share of
    a_verifier, estimated errors, a missing source, a correction far from what is released) and say why; each can be overridden by its
    name, with a reason that the audit log keeps. What is released is frozen in DIR/publiees/: a
    later run of the same campaign changes nothing for the platforms until it is released too.

    Example: `siei release 2026-10 --sortie out --par "A. Martin"`
    """
    from siei_match import release as acts
    from siei_match.reference.settings import load_settings

    if len(malgre) != len(motif) or withdraw + archive + bool(malgre) > 1:
        say(["Give one --motif for each --malgre, and no other act with them."])
        return MISUSED
    settings = load_settings(reglages)
    actor = name_actor(par, reglages)
    if withdraw:
        acts.withdraw(sortie, campagne, actor=actor)
    elif archive:
        acts.archive(sortie, campagne, actor=actor)
    else:
        overridden = dict(zip(malgre, motif, strict=True))
        acts.release(sortie, campagne, settings, actor=actor, despite=overridden)
    say(tell_situation(acts.situate(sortie, campagne, settings), sortie))
    return None


def tell_situation(situation: Situation, sortie: Path) -> list[str]:
    """Say where a campaign stands now."""
    lines = [f"Campaign {situation.code} is {situation.etat}."]
    if situation.released:
        released = situation.released
        lines += [f"  by {released.par}, {released.quand:%Y-%m-%d %H:%M} UTC"]
        lines += [f"  frozen in {sortie}/publiees/{situation.code}/"]
        if released.correction:
            lines += [f"  replaced what was released: {released.correction}"]
        lines += [f"  overridden: {levee.garde} ({levee.motif})" for levee in released.levees]
    lines += [f"  {'HELD' if g.held else 'ok':<5} {g.nom:<12} {g.finding}" for g in situation.gates]
    return lines
