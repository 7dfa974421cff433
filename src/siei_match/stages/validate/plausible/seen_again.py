"""Who was there last year and should be there again, and the reverse: a file cut at random.

Both ways are needed: a year N that is cut loses the people of N-1, a year N-1 that is cut those
of N. Only people whose INE can be read are looked for, in whatever extract they went to.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from siei_match.reference.delivery import Campagne
from siei_match.reference.french import plain_percent
from siei_match.reference.tallies import Alarm, PreviousTallies, place_year
from siei_match.reference.vocabulary import AGRICOLE, APPRENTISSAGE, SCOLARITE
from siei_match.stages.validate.plausible.bounds import surely_below
from siei_match.stages.validate.plausible.counted import YearCount
from siei_match.stages.validate.plausible.sketch import Sketch
from siei_match.stages.validate.plausible.wording import Said, alarm

FLOORS: Final[Mapping[tuple[str, str], float]] = {
    (SCOLARITE, "N-1"): 0.5,
    (SCOLARITE, "N"): 0.75,
    (AGRICOLE, "N-1"): 0.45,
    (AGRICOLE, "N"): 0.7,
    (APPRENTISSAGE, "N-1"): 0.25,
    (APPRENTISSAGE, "N"): 0.35,
}
"""Share found again in the other year. In 24 fictive deliveries of 300 to 10,000 people at least
0.73, 0.91, 0.67, 0.93, 0.46 and 0.53."""
CHILDREN: Final[Mapping[str, float]] = {SCOLARITE: 0.85, AGRICOLE: 0.6}
"""The same of those of N-1 who are under 16 on the day. At least 0.94 and 0.84."""


class Found(NamedTuple):
    """How many of those looked for were found."""

    found: int
    looked_for: int

    @property
    def share(self) -> float | None:
        return self.found / self.looked_for if self.looked_for else None


def look_again(counts: Iterable[YearCount], campagne: Campagne) -> dict[int, Found]:
    """Return, by the rank of a school year, who of it is in the campaign's other year."""
    counts = list(counts)
    places = [place_year(count.year, campagne.annee_scolaire) for count in counts]
    everybody = _everybody(counts, campagne)
    other = {"N": "N-1", "N-1": "N"}
    return {
        rank: Found(*count.people.share_in(everybody[other[place]]))
        for rank, (count, place) in enumerate(zip(counts, places, strict=True))
        if place
    }


def judge_seen_again(
    counts: Iterable[YearCount],
    campagne: Campagne,
    previous: PreviousTallies | None,
    gap: float,
) -> Iterator[Alarm]:
    """Give an alarm where people vanish from one school year to the other as they never do."""
    counts = list(counts)
    everybody = _everybody(counts, campagne)
    if not (len(everybody["N"]) and len(everybody["N-1"])):
        return
    last = _learn(previous)
    for rank, found in look_again(counts, campagne).items():
        count = counts[rank]
        place = place_year(count.year, campagne.annee_scolaire)
        floor = FLOORS[count.extrait, place]
        share, code = last.get((count.extrait, place), (None, ""))
        if surely_below(*found, floor):
            yield _say(count, found, floor, "", "")
        elif share is not None and surely_below(*found, share - gap):
            yield _say(count, found, share, f" en {code}", f" in campaign {code}")
        elif place == "N-1" and count.extrait in CHILDREN:
            young = Found(*count.children.share_in(everybody["N"]))
            if surely_below(*young, CHILDREN[count.extrait]):
                young_fr = ", pour les moins de 16 ans"
                yield _say(count, young, CHILDREN[count.extrait], young_fr, ", under 16")


def _everybody(counts: Iterable[YearCount], campagne: Campagne) -> dict[str, Sketch]:
    found = {"N": Sketch(), "N-1": Sketch()}
    for count in counts:
        if place := place_year(count.year, campagne.annee_scolaire):
            found[place].merge(count.people)
    return found


def _learn(previous: PreviousTallies | None) -> dict[tuple[str, str], tuple[float, str]]:
    if previous is None:
        return {}
    return {
        (tally.extrait, place_year(tally.annee_scolaire, previous.annee_scolaire)): (
            tally.retrouves,
            previous.code,
        )
        for tally in previous.believed().values()
        if tally.retrouves is not None
    }


def _say(count: YearCount, found: Found, usual: float, french: str, journal: str) -> Alarm:
    share = found.found / found.looked_for
    expected = plain_percent(usual)
    return alarm(
        "annees",
        Said(
            f"{plain_percent(share)} des INE se retrouvent dans l’autre année "
            f"scolaire, attendu au moins {expected}{french}.",
            f"{share:.1%} of the INE are found again in the other school year, expected at least "
            f"{usual:.0%}{journal}",
        ),
        count.extrait,
        year=count.year,
        share=share,
        usual=usual,
    )
