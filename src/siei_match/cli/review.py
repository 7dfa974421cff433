"""Clerks review the pairs in doubt: a workbook out, their judgements in."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from siei_match.cli.options import DONE, FAILED, MISUSED, Par, SettingsFile, Sortie, name_actor, say

if TYPE_CHECKING:
    from siei_match.review import Plan, Recorded, Share

app = App(
    name="review",
    help="Pairs in doubt: a workbook for clerks, and their judgements, which win over the model.\n\n"
    "Example: `siei review export 2026-10 --sortie out --dossier sample_data/2026-10`",
)


Hours = Annotated[
    float,
    Parameter(help="Hours that clerks can give, all together.", validator=Number(gt=0)),
]
Minutes = Annotated[
    float, Parameter(help="Minutes to read and judge a pair.", validator=Number(gt=0))
]


@app.command
def plan(
    campagne: Annotated[str, Parameter(help="The campaign's code, e.g. 2026-10.")],
    /,
    *,
    sortie: Sortie,
    heures: Hours,
    minutes: Minutes = 3.0,
    reglages: SettingsFile = None,
) -> None:
    """Say what clerks can read in their hours: which pairs, what that should find, what stays unread.

    Pairs that decide of a list come first, the likeliest first. What is found and left is what the run's
    chances expect, moved by what clerks have said so far; the brackets are chance alone.

    Example: `siei review plan 2026-10 --sortie out --heures 6`
    """
    from siei_match.reference.settings import load_settings
    from siei_match.review import Capacity, plan_review

    capacity = Capacity(heures, minutes, load_settings(reglages).second_clerc)
    say(list(tell_plan(plan_review(sortie, campagne, capacity), campagne)))


def tell_plan(made: "Plan", campagne: str) -> Iterator[str]:
    readings = made.capacity.readings
    yield f"{campagne}: {readings} readings of {made.capacity.minutes:g} minutes in {made.capacity.hours:g} hours."
    yield from tell_share("pairs that decide of a list", made.deciding)
    yield from tell_share("other pairs", made.others)
    if made.missed_in_silence is not None:
        yield (
            f"Nobody is asked about {made.missed_in_silence:.0f} more pairs of rows, expected to be one "
            "person's and in no doubt (the report, Erreurs estimées)."
        )
    if made.deciding.left:
        more = made.deciding.left * made.capacity.minutes / 60
        yield f"{more:.1f} hours more, about, would read all that decide."


def tell_share(what: str, share: "Share") -> Iterator[str]:
    yield f"  {share.pairs} {what}: {share.read} read ({share.readings:.0f} readings), {share.left} left"
    for told, (middle, low, high) in (("found", share.found), ("left unread", share.missed)):
        yield f"    one person, {told:<12}{middle:>8.1f} expected ({low:.1f} to {high:.1f})"


@app.command
def export(
    campagne: Annotated[str, Parameter(help="The campaign's code, e.g. 2026-10.")],
    /,
    *,
    sortie: Sortie,
    dossier: Annotated[
        Path, Parameter(help="The campaign's input folder: the values of the rows are read there.")
    ],
    vers: Annotated[
        Path | None, Parameter(help="The workbook; default: relecture-CAMPAGNE.xlsx, here.")
    ] = None,
    tout: Annotated[
        bool, Parameter(help="Pairs that were judged already as well.", negative=())
    ] = False,
    heures: Annotated[
        float | None,
        Parameter(
            help="Only as many pairs as can be read in so many hours (`siei review plan`).",
            validator=Number(gt=0),
        ),
    ] = None,
    minutes: Minutes = 3.0,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Write the pairs in doubt as a workbook, readable by you alone: it names people.

    Two rows a pair, side by side, what differs marked; those that decide of a list come first. What another
    clerk said and would alone decide is asked again; what you have said is not. The export is
    noted in the audit log.

    Example: `siei review export 2027-03 --sortie out --dossier sample_data/2027-03`
    """
    from siei_match.reference.settings import load_settings
    from siei_match.review import Capacity, export_pairs

    second = load_settings(reglages).second_clerc
    capacity = None if heures is None else Capacity(heures, minutes, second)
    target = vers or Path.cwd() / f"relecture-{campagne}.xlsx"
    count = export_pairs(sortie, campagne, dossier, target, name_actor(par, reglages), tout=tout,
        capacity=capacity, second_clerc=second,
    )  # fmt: skip
    say([f"{count} pairs to review.", f"  {target}"])


@app.command
def show(
    campagne: Annotated[str, Parameter(help="The campaign's code, e.g. 2026-10.")],
    /,
    *,
    sortie: Sortie,
    dossier: Annotated[
        Path | None,
        Parameter(help="The campaign's input folder: the values of the rows are read there."),
    ] = None,
    hide: Annotated[
        bool, Parameter(help="Take them away: the review is over.", negative=())
    ] = False,
    par: Par = None,
    reglages: SettingsFile = None,
) -> int | None:
    """Put the values of the pairs in doubt down for the page, where clerks see both rows side by side.

    The page has no right to the extracts, and takes no answer on a pair whose values it cannot show. They stay in
    DIR/memoire/relecture/, readable by you alone, until `--hide`, or until somebody's data are
    removed. Noted in the audit log.

    Example: `siei review show 2027-03 --sortie out --dossier sample_data/2027-03`
    """
    from siei_match.reference.settings import load_settings
    from siei_match.review import hide_pairs, show_pairs

    if hide == (dossier is not None):
        say(["Give --dossier to show the pairs, or --hide to take them away."])
        return MISUSED
    if dossier is None:
        there = hide_pairs(sortie, campagne)
        say([f"Campaign {campagne}: {'taken away' if there else 'nothing was put down'}."])
        return None
    second = load_settings(reglages).second_clerc
    actor = name_actor(par, reglages)
    count = show_pairs(sortie, campagne, dossier, actor, second_clerc=second)
    say([f"{count} pairs can be reviewed on the page, with their values."])
    return None


@app.command(name="import")
def import_(
    fichier: Annotated[Path, Parameter(help="The workbook, as the clerk sent it back.")],
    /,
    *,
    sortie: Sortie,
    portee: Annotated[
        Literal["campagne", "suivantes"],
        Parameter(help="For this campaign alone, or for those after it too."),
    ] = "suivantes",
    jusqu_a: Annotated[
        str | None,
        Parameter(
            help="Last day of observation for which they hold, AAAA-MM-JJ (default: 5 years)."
        ),
    ] = None,
    par: Par = None,
    reglages: SettingsFile = None,
) -> int:
    """Read a clerk's workbook back and keep the judgements; the next run honours them.

    Columns and rows may have moved, and judgements be in words. Read = accepted + without judgement +
    refused. Later judgements of the same clerk replace theirs. "Same person" that alone would take somebody
    off a list counts once a second clerk has said so too (setting `second_clerc`). Exit code 1 if anything is refused.

    Example: `siei review import relecture-2027-03.xlsx --sortie out`
    """
    from siei_match.cli.prepare import read_day
    from siei_match.review import read_workbook, record_judgements, scope_of

    actor = name_actor(par, reglages)
    lecture = read_workbook(fichier)
    recorded = record_judgements(
        sortie,
        lecture.reponses,
        actor.par,
        actor.quand,
        key=actor.cle,
        sans_reponse=lecture.sans_reponse,
        refusal=lecture.refusal,
        received_sha256=lecture.sha256,
        scope=scope_of(portee, read_day(jusqu_a, "--jusqu-a"), actor.quand),
    )
    say(list(tell(recorded)))
    return FAILED if recorded.refusal else DONE


def tell(recorded: "Recorded") -> Iterator[str]:
    yield (
        f"{recorded.rows_read} pairs read: {recorded.accepted} accepted, {recorded.sans_reponse} without "
        f"judgement, {len(recorded.refusal)} refused."
    )
    yield "  " + ", ".join(f"{name} {count}" for name, count in recorded.reponses.items())
    for refusal in recorded.refusal:
        yield f"  row {refusal.ligne}: {refusal.motif}" + (
            f" ({refusal.id_paire})" if refusal.id_paire else ""
        )
    if recorded.accepted:
        yield "Run the campaign again for its lists to change: siei run."


@app.command
def withdraw(
    id_paire: Annotated[str, Parameter(help="The pair, as the workbook and `list` name it.")],
    /,
    *,
    sortie: Sortie,
    de: Annotated[
        str | None, Parameter(help="The clerk whose judgement it is; default: who withdraws it.")
    ] = None,
    par: Par = None,
    reglages: SettingsFile = None,
) -> None:
    """Take back a judgement; the next run no longer honours it. Noted in the audit log.

    Example: `siei review withdraw ID_PAIRE --sortie out`
    """
    from siei_match.review import withdraw_judgement

    actor = name_actor(par, reglages)
    withdraw_judgement(sortie, id_paire, de or actor.par, actor)
    say([f"Withdrawn: {id_paire}, judgement of {de or actor.par}."])


@app.command(name="list")
def list_(*, sortie: Sortie) -> None:
    """Show the judged pairs and their state, without names.

    meme, autre, ne_sait_pas; conteste: clerks disagree; a_confirmer: one clerk said what would decide, a second
    is awaited; retiree: all judgements were withdrawn. Scope and end as they were given.

    Example: `siei review list --sortie out`
    """
    from siei_match.review import list_judgements

    found = list_judgements(sortie)
    states = dict(found["etat"].value_counts(sort=True).iter_rows())
    say(
        [
            f"{found.height} pairs judged"
            + (": " + ", ".join(f"{n} {state}" for state, n in states.items()) if states else "."),
            *(
                f"  {campagne}  {id_paire}  {state:<11}  {reponses}"
                for id_paire, campagne, state, reponses, _ in found.iter_rows()
            ),
        ]
    )
