"""Académies and establishments that one school year has and the other has not: a file cut by place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt
from typing import Final

import polars as pl

from siei_match.reference.delivery import Campagne
from siei_match.reference.errors import Notice
from siei_match.reference.nomenclatures import academies
from siei_match.reference.tallies import FEW, Alarm, PreviousTallies
from siei_match.stages.validate.plausible.counted import ELSEWHERE, YearCount
from siei_match.stages.validate.plausible.wording import Said, alarm
from siei_match.stages.validate.plausible.years import last_tally, pairs_of_years

LEFT: Final = 0.4
"""Share of the rows expected of an académie under which it is as good as gone."""
SURE: Final = 5.0
"""Standard deviations: there are some thirty académies in each of six pairs of years."""
SMALL: Final = 10
"""Rows expected under which the absence of an académie is not even told: it is chance."""
SEVERAL: Final = 10
"""Académies expected under which their number says nothing."""
PRESENT: Final = 0.65
"""Share of the académies expected to be there at all."""
SCHOOL: Final = 10
"""Rows of an establishment whose disappearance is no chance."""
CLOSED: Final = 0.2
"""Share of the rows in establishments that close, merge or change their number in a year."""


def judge_spread(
    counts: Sequence[YearCount], campagne: Campagne, previous: PreviousTallies | None
) -> Iterator[Alarm]:
    """Give an alarm where an académie, many of them, or many establishments are gone."""
    for before, now in pairs_of_years(counts, campagne):
        for one, other in ((now, before), (before, now)):
            yield from _judge_academies(one, other.academies, f"{other.year}", f"{other.year}")
            yield from _judge_number(one, other)
            yield from _judge_schools(one, other)
    for count in counts:
        last = last_tally(count, campagne, previous) if previous and count.year else None
        if last is not None and previous is not None and last[0].annee_scolaire == count.year:
            code = previous.code
            yield from _judge_academies(count, last[0].academies, code, f"campaign {code}")


def tell_small_academies(counts: Iterable[YearCount], campagne: Campagne) -> Iterator[Notice]:
    """Tell the académies that are gone and too small to stop anything: it happens."""
    for before, now in pairs_of_years(counts, campagne):
        for one, other in ((now, before), (before, now)):
            expected = _expect(one, other.academies)
            gone = [
                code
                for code, n in expected.items()
                if code not in one.academies and n >= SMALL and not _is_gone(0, n)
            ]
            if gone:
                named = _name(gone)
                yield Notice(
                    f"{one.extrait} {one.year}: no row of {named}, which {other.year} has.",
                    f"{one.extrait} {one.year} : aucune ligne de l’académie de {named}, "
                    f"présente en {other.year}.",
                )


def _judge_academies(
    count: YearCount, others: Mapping[str, int], french: str, journal: str
) -> Iterator[Alarm]:
    expected = _expect(count, others)
    gone = [code for code, n in expected.items() if _is_gone(count.academies.get(code, 0), n)]
    if not gone or not count.rows:
        return
    rows, usual = (
        sum(count.academies.get(code, 0) for code in gone),
        sum(expected[code] for code in gone),
    )
    named = _name(gone)
    yield alarm(
        "annees",
        Said(
            f"{rows} lignes de {len(gone)} académie(s), environ {usual:.0f} attendues d’après "
            f"{french} : {named}.",
            f"{rows} rows of {len(gone)} académie(s), about {usual:.0f} expected from {journal}: "
            f"{named}",
        ),
        count.extrait,
        year=count.year,
        share=rows / usual,
        usual=LEFT,
    )


def _expect(count: YearCount, others: Mapping[str, int]) -> dict[str, float]:
    """Return the rows expected by académie, were all as many times fewer or more as the whole.

    The whole is the académies that are in both: those that are cut away must not lower what is
    expected of the others.
    """
    both = [code for code in others if code in count.academies]
    before = sum(others[code] for code in both)
    ratio = sum(count.academies[code] for code in both) / before if before else 0.0
    return {code: n * ratio for code, n in others.items() if code != ELSEWHERE}


def _is_gone(rows: int, expected: float) -> bool:
    far = expected - rows > SURE * sqrt(expected)
    return expected >= FEW and rows < LEFT * expected and far


def _judge_number(count: YearCount, other: YearCount) -> Iterator[Alarm]:
    """Small académies, each of which says nothing, together do."""
    total = sum(other.academies.values())
    expected = sum(1 - (1 - n / total) ** count.rows for n in other.academies.values())
    there = sum(code in count.academies for code in other.academies)
    if count.rows and expected >= SEVERAL and there < PRESENT * expected:
        yield alarm(
            "annees",
            Said(
                f"{there} académies, environ {expected:.0f} attendues d’après {other.year}.",
                f"{there} académies, about {expected:.0f} expected from {other.year}",
            ),
            count.extrait,
            year=count.year,
            share=there / expected,
            usual=PRESENT,
        )


def _judge_schools(count: YearCount, other: YearCount) -> Iterator[Alarm]:
    known = other.schools.filter(pl.col("len") >= SCHOOL)
    gone = known.join(count.schools, on="value", how="anti")
    rows, total = int(gone["len"].sum()), int(known["len"].sum())
    if rows >= FEW and rows > CLOSED * total:
        yield alarm(
            "annees",
            Said(
                f"{gone.height} établissements de {other.year} n’y sont plus, "
                f"qui avaient {rows} lignes sur {total}.",
                f"{gone.height} establishments of {other.year} are not there, which had {rows} of "
                f"{total} rows",
            ),
            count.extrait,
            year=count.year,
            share=rows / total,
            usual=CLOSED,
        )


def _name(codes: Iterable[str]) -> str:
    names = dict(academies().select("academie", "name").iter_rows())
    return ", ".join(sorted(names.get(code, code) for code in codes))
