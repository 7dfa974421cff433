"""The command on what platforms answer: collect."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from siei_match.cli.options import DONE, FAILED, Par, SettingsFile, Sortie, name_actor, say


def collect(
    fichier: Annotated[Path, Parameter(help="The platform's file, as it was sent: CSV or xlsx.")],
    /,
    *,
    sortie: Sortie,
    psad: Annotated[
        str | None,
        Parameter(help="The platform that answers: what it never held is refused."),
    ] = None,
    par: Par = None,
    reglages: SettingsFile = None,
) -> int:
    """Collect a platform's answers: the next `siei run` decides by them.

    Reads the list that was exported, with a column of answers added, or any table with a column
    of identifiers and one of answers: French headings, dates and words. Says what was understood,
    by answer, and what was not, by line. The same file twice changes nothing. Comments are kept
    nowhere. Exit code 1 when no answer was understood.

    Example: `siei collect reponses.xlsx --sortie out --psad PSAD-029-01`
    """
    from siei_match.collect import collect as collect_answers
    from siei_match.collect.summary import tell_collecte

    collected = collect_answers(sortie, fichier, name_actor(par, reglages), psad=psad)
    say(tell_collecte(collected))
    return DONE if collected.lecture.reponses.height else FAILED
