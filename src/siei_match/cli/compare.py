"""The command that says who entered the lists, who left them, and why."""

from typing import Annotated

from cyclopts import Parameter

from siei_match.cli.options import DONE, Sortie, say


def compare(
    before: Annotated[str, Parameter(help="A campaign's code, e.g. 2026-10.")],
    after: Annotated[str, Parameter(help="Another; the same again: released against last run.")],
    /,
    *,
    sortie: Sortie,
) -> int:
    """Compare the lists of two campaigns: who entered, left or changed platform, by cause.

    Counts alone, no name: in all by cause, then by platform, whose list before, plus those who entered,
    minus those who left, is the one after. One code given twice compares what is released with what the
    last run prepared. Of two campaigns that do not follow each other, the causes are what
    decisions, sources and identifiers put together tell; transfers and rectifications are not told apart.

    Example: `siei compare 2026-10 2027-03 --sortie out`
    """
    from siei_match.release.comparison import compare as compare_campaigns

    told = compare_campaigns(sortie, before, after)
    lines = [
        f"{before} → {after}: {told.before:,} people listed before, {told.after:,} after.",
        f"  {'cause':<16}{'entered':>9}{'left':>9}{'moved':>9}",
        *(
            f"  {cause:<16}{entered:>9,}{left:>9,}{moved:>9,}"
            for cause, entered, left, moved in told.by_cause.iter_rows()
        ),
        f"  {'platform':<16}{'before':>9}{'entered':>9}{'left':>9}{'after':>9}",
        *(
            f"  {psad:<16}{was:>9,}{entered:>9,}{left:>9,}{now:>9,}"
            for psad, was, entered, left, now in told.by_platform.iter_rows()
        ),
    ]
    if not told.by_cause.height:
        lines = [lines[0], "  Nobody entered, left or changed platform."]
    say(lines)
    return DONE
