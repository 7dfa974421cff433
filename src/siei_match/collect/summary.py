"""What is said of a collected file in the end: counts, and the lines to look at."""

from collections.abc import Sequence
from typing import Final

from siei_match.collect.collecting import Collected
from siei_match.collect.reading import REGLES
from siei_match.reference.listing import first_of
from siei_match.reference.vocabulary import AVERTISSEMENT, REJET

LINES_SHOWN: Final = 15


def tell_collecte(collected: Collected) -> list[str]:
    """Say what was understood of a platform's file, by answer, and what was not, by line."""
    lecture = collected.lecture
    counts = sorted(lecture.count().items(), key=lambda item: (-item[1], item[0]))
    lines = [
        f"{lecture.rows_read:,} rows read: {lecture.reponses.height:,} answers, "
        f"{lecture.refusees:,} refused, {lecture.sans_reponse:,} without an answer.",
        *(f"  {retour:<23} {n:>8,}" for retour, n in counts),
    ]
    if collected.transfers:
        lines.append(f"  of which to be transferred to another platform: {collected.transfers:,}")
    for gravite, title in ((REJET, "Refused:"), (AVERTISSEMENT, "Kept, but:")):
        found = lecture.rejets.filter(gravite=gravite)
        lines += [title] if found.height else []
        for (rule,), rows in found.group_by("regle", maintain_order=True):
            numbers = list_lines(rows["ligne"].to_list())
            lines.append(f"  {numbers}: {REGLES[str(rule)]} ({rule})")
    if collected.unknown:
        lines += [
            f"On no list of this folder, kept for a later campaign: {len(collected.unknown):,}",
            f"  {list_lines(collected.unknown)}",
        ]
    if lecture.comments:
        lines.append(f"Comments seen, and kept nowhere: {lecture.comments:,}.")
    if collected.deja:
        lines.append("This very file had been collected before: nothing changed.")
    elif collected.chemin is None:
        lines.append("No answer was understood: nothing is kept.")
    else:
        lines.append(f"Kept in {collected.chemin}; the next siei run decides by them.")
    return lines


def list_lines(rows: Sequence[int]) -> str:
    """Return "lines 3, 7 and 12 more": where to look in a spreadsheet."""
    return f"line{'s' * (len(rows) > 1)} {first_of(rows, LINES_SHOWN)}"
