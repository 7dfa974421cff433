"""Judge a whole delivery: columns, school years, volumes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from siei_match.reference.delivery import Campagne
from siei_match.reference.errors import LONGEST, DeliveryError, Notice
from siei_match.reference.settings import Settings
from siei_match.reference.tallies import Alarm, FileTally, PreviousTallies, YearTally
from siei_match.stages.validate.gate import RuleCounts
from siei_match.stages.validate.plausible.columns import Limits, judge_columns
from siei_match.stages.validate.plausible.counted import gather
from siei_match.stages.validate.plausible.seen_again import judge_seen_again, look_again
from siei_match.stages.validate.plausible.spread import judge_spread, tell_small_academies
from siei_match.stages.validate.plausible.tally import FileCounter
from siei_match.stages.validate.plausible.years import judge_presence, judge_volumes

ROOM: Final = LONGEST - 200
"""Characters of a message in which findings are named."""


@dataclass(frozen=True)
class Plausibility:
    """What was counted of a delivery, and what is implausible in it."""

    fichiers: tuple[FileTally, ...] = ()
    annees: tuple[YearTally, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    notices: tuple[Notice, ...] = ()
    stops: bool = False
    """The alarms stop a run; they hold its release where campagne.toml says so (`controles`)."""


def judge(
    counters: Sequence[tuple[FileCounter, RuleCounts]],
    campagne: Campagne,
    settings: Settings,
    previous: PreviousTallies | None = None,
    *,
    whole: bool = True,
) -> Plausibility:
    """Compare a delivery with what is declared, with itself, and with the last campaign.

    Args:
        counters: each file's counts, and how often each rule was broken in it.
        campagne: the campaign.
        settings: the limits.
        previous: what the last campaign of the output folder counted; None for the first.
        whole: all files could be read; otherwise columns alone are judged.
    """
    tallies = tuple(counter.tally(rules) for counter, rules in counters)
    counts = gather(counter for counter, _ in counters)
    seen_again = look_again(counts, campagne)
    limits = Limits(
        settings.taux_vide_max or {}, settings.taux_illisible_max, settings.ecart_vide_max
    )
    alarms = tuple(judge_columns(tallies, campagne, limits, previous))
    if whole:
        alarms += (
            *judge_presence(counts, campagne),
            *judge_volumes(counts, campagne, previous),
            *judge_spread(counts, campagne, previous),
            *judge_seen_again(counts, campagne, previous, settings.ecart_vide_max),
        )
    return Plausibility(
        fichiers=tallies,
        annees=tuple(
            count.tally(seen_again[rank].share if rank in seen_again else None)
            for rank, count in enumerate(counts)
        ),
        alarms=alarms,
        notices=tuple(tell_small_academies(counts, campagne)),
        stops=bool(alarms) and campagne.controles == "arret",
    )


def require_plausible(plausibility: Plausibility) -> None:
    """Let a delivery through, unless something in it is implausible and nobody said to go on.

    Raises:
        DeliveryError: it names all that is implausible, with shares, and shows no value.
    """
    if not plausibility.stops:
        return
    told = [f"  {alarm.journal}" for alarm in plausibility.alarms]
    # A message is cut at its limit: what is left out is counted, not lost.
    shown = [n for n in range(1, len(told) + 1) if len("\n".join(told[:n])) <= ROOM]
    kept = told[: max(shown, default=1)]
    more = len(told) - len(kept)
    if more:
        kept.append(f"  and {more} more, in the log and told by `siei check`")
    listed = "\n".join(kept)
    raise DeliveryError(
        f"{len(told)} finding(s) that this delivery cannot be believed on:\n{listed}\n",
        remedy="Ask each provider for a new file, whole and in the extract's own formats. If all is as "
        'it should be, write controles = "publication" under [campagne]: the run then goes on, and '
        "the release is held until a person says why not.",
    )
