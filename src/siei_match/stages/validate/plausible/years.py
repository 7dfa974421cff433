"""School years that are missing, empty, cut, or far from the other year and the last campaign."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from siei_match.reference.delivery import Campagne
from siei_match.reference.french import french_number
from siei_match.reference.tallies import Alarm, Kind, PreviousTallies, YearTally, place_year
from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    ENROLMENT_EXTRACTS,
    MISSIONS_LOCALES,
    REQUIRED_EXTRACTS,
    SCOLARITE,
)
from siei_match.stages.validate.plausible.counted import YearCount
from siei_match.stages.validate.plausible.wording import Said, alarm

ENOUGH: Final = 60
"""Rows of the larger of two counts under which their ratio says nothing."""
Bounds = tuple[float, float]

BETWEEN_YEARS: Final[Mapping[str, Bounds]] = {
    SCOLARITE: (0.55, 1.6),
    AGRICOLE: (0.6, 1.7),
    APPRENTISSAGE: (0.67, 1.7),
}
"""Rows of N for one row of N-1. In 30 fictive deliveries: 0.74 to 0.89, 0.73 to 1.13, 0.95 to 1.28."""
SAME_YEAR: Final[Bounds] = (0.85, 1.2)
"""Rows of N-1 for one of the same school year in the last campaign: it was over then already."""
GROWING: Final[Bounds] = (0.75, 1.4)
"""The same where the year was under way in the last campaign."""
LATE: Final[Bounds] = (0.6, 4.0)
"""The same for SIFA, which counts on 31 December: autumn has what was declared so far."""
OTHER_YEAR: Final[Bounds] = (0.6, 1.7)
"""Rows for one of the school year that stood in the same place."""
WITHOUT_YEAR: Final[Mapping[str, Bounds]] = {
    DIPLOMES: (0.67, 2.5),
    DIPLOMES_AGRICOLES: (0.5, 3.0),
    MISSIONS_LOCALES: (0.4, 3.0),
}
"""Rows for one of the last campaign, in the extracts that have no school year."""
FIRST_SESSIONS: Final = 0.2
"""Rows of the last session for one of the session before, under which it has not come yet."""
ENROLMENTS_LOST: Final = Said(
    "aucun fichier pour cette année scolaire : les jeunes qui y sont inscrits figureraient sur une liste.",
    "no file for that school year: people enrolled there would be listed",
)
SCOPE_LOST: Final = Said(
    "aucun fichier pour cette année scolaire : aucun jeune n’entre dans le champ par cet extrait.",
    "no file for that school year: nobody comes into scope through it",
)
EMPTY: Final = Said(
    "aucune ligne valable dans un extrait obligatoire.", "no valid row in a required extract"
)


def judge_presence(counts: Iterable[YearCount], campagne: Campagne) -> Iterator[Alarm]:
    """Give an alarm for each school year that is not listed, and each required file without rows."""
    found = {(count.extrait, count.year): count for count in counts}
    before = f"{campagne.start_year - 1}-{campagne.start_year}"
    for extrait in ENROLMENT_EXTRACTS:
        for year, lost in ((before, SCOPE_LOST), (campagne.annee_scolaire, ENROLMENTS_LOST)):
            if (extrait, year) not in found:
                yield alarm("annees", lost, extrait, year=year)
    for count in found.values():
        for name, rows in count.files.items():
            if not rows and count.extrait in REQUIRED_EXTRACTS:
                kind: Kind = "annees" if count.year else "extraits"
                yield alarm(kind, EMPTY, count.extrait, year=count.year, file=name, share=0.0)


def judge_volumes(
    counts: Sequence[YearCount], campagne: Campagne, previous: PreviousTallies | None
) -> Iterator[Alarm]:
    """Give an alarm where an extract has far more or fewer rows than its other year, or than before."""
    for before, now in pairs_of_years(counts, campagne):
        low, high = BETWEEN_YEARS[now.extrait]
        # The year that is short is the one to ask for again.
        short, other = (before, now) if before.rows < now.rows else (now, before)
        bounds = (1 / high, 1 / low) if short is before else (low, high)
        yield from _compare(
            short, other.rows, f"lignes en {other.year}", f"rows in {other.year}", bounds, "annees"
        )
    for count in counts:
        yield from _judge_sessions(count, campagne)
        if previous is not None:
            yield from _compare_with_last(count, campagne, previous)


def pairs_of_years(
    counts: Iterable[YearCount], campagne: Campagne
) -> Iterator[tuple[YearCount, YearCount]]:
    """Give the years N-1 and N of each enrolment extract that has rows in both."""
    placed = {
        (count.extrait, place_year(count.year, campagne.annee_scolaire)): count
        for count in counts
        if count.rows
    }
    for extrait in ENROLMENT_EXTRACTS:
        if (extrait, "N") in placed and (extrait, "N-1") in placed:
            yield placed[extrait, "N-1"], placed[extrait, "N"]


def last_tally(
    count: YearCount, campagne: Campagne, previous: PreviousTallies
) -> tuple[YearTally, Bounds] | None:
    """Return what the last campaign had of an extract and year, and how far from it one may be."""
    told = previous.believed()
    if count.year is None:
        bounds = WITHOUT_YEAR.get(count.extrait)
        same = told.get((count.extrait, None))
        return (same, bounds) if same and bounds else None
    if same := told.get((count.extrait, count.year)):
        if place_year(count.year, previous.annee_scolaire) == "N-1":
            return same, SAME_YEAR
        return same, LATE if count.extrait == APPRENTISSAGE else GROWING
    place = place_year(count.year, campagne.annee_scolaire)
    for (extrait, year), tally in told.items():
        there = place_year(year, previous.annee_scolaire)
        if place and extrait == count.extrait and there == place:
            return tally, OTHER_YEAR
    return None


def _compare_with_last(
    count: YearCount, campagne: Campagne, previous: PreviousTallies
) -> Iterator[Alarm]:
    if (last := last_tally(count, campagne, previous)) is None:
        return
    tally, bounds = last
    code = previous.code
    yield from _compare(
        count, tally.lignes, f"lignes en {code}", f"rows in campaign {code}", bounds,
        "annees" if count.year else "extraits",
    )  # fmt: skip


def _compare(
    count: YearCount, before: int, french: str, journal: str, bounds: Bounds, kind: Kind
) -> Iterator[Alarm]:
    if max(count.rows, before) < ENOUGH or not before or not count.rows:
        return
    ratio, (low, high) = count.rows / before, bounds
    if not low <= ratio <= high:
        yield alarm(
            kind,
            Said(
                f"{count.rows} lignes, {before} {french} (rapport {_decimal(ratio)}, "
                f"attendu de {_decimal(low)} à {_decimal(high)}).",
                f"{count.rows} rows, {before} {journal} (ratio {ratio:.2f}, expected {low:.2f} to {high:.2f})",
            ),
            count.extrait,
            year=count.year,
            share=ratio,
            usual=low if ratio < low else high,
        )


def _judge_sessions(count: YearCount, campagne: Campagne) -> Iterator[Alarm]:
    """The session of last June takes the most people off the lists; without it they are accused."""
    last = count.sessions.get(campagne.start_year, 0)
    before = count.sessions.get(campagne.start_year - 1, 0)
    if before < ENOUGH or last >= FIRST_SESSIONS * before:
        return
    session = campagne.start_year
    yield alarm(
        "extraits",
        Said(
            f"{last} résultats de la session {session}, {before} de la session {session - 1} : "
            "des diplômés récents figureraient sur une liste.",
            f"{last} results of session {session}, {before} of session {session - 1}",
        ),
        count.extrait,
        share=last / before,
        usual=FIRST_SESSIONS,
    )


def _decimal(value: float) -> str:
    return french_number(value, 2, space=" ", minus="-")
