"""How old each source is on the day of observation, and how many it may leave unseen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from siei_match.output.estimates import UnseenRecord
from siei_match.output.manifest import ReceivedFile
from siei_match.reference.intervals import wilson


@dataclass(frozen=True)
class SourceAge:
    """An extract, or one school year of it: the days of its extraction and last event, and their age."""

    extrait: str
    annee_scolaire: str | None
    extraction: date | None
    age: int | None
    """Days from the extraction to the day of observation; negative after it."""
    dernier_fait: date | None
    age_fait: int | None


@dataclass(frozen=True)
class Expectation:
    """How many of today's lists may be in training unseen, were they as the last campaign's: with its interval."""

    part: int
    whole: int
    expected: int
    low: int
    high: int


def describe_sources(files: Iterable[ReceivedFile], day: date) -> list[SourceAge]:
    """Return the sources in the delivery's order; of several files, the oldest extraction and the last event."""

    def key(file: ReceivedFile) -> tuple[str, str]:
        return file.extrait, file.annee_scolaire or ""

    return [
        _describe(extrait, year or None, list(found), day)
        for (extrait, year), found in groupby(files, key)
    ]


def _describe(extrait: str, year: str | None, files: list[ReceivedFile], day: date) -> SourceAge:
    extracted = min((f.date_extraction for f in files if f.date_extraction), default=None)
    event = max((f.dernier_fait for f in files if f.dernier_fait), default=None)
    return SourceAge(extrait, year, extracted, _days(extracted, day), event, _days(event, day))


def _days(since: date | None, day: date) -> int | None:
    return None if since is None else (day - since).days


def expect_unseen(unseen: UnseenRecord | None, listed: int) -> dict[str, Expectation]:
    """Return what later files and what platforms' answers let expect of a list of that size.

    Nothing of what is hidden, or of nobody.
    """
    if unseen is None:
        return {}
    measured = {
        "fichiers": (unseen.vus_depuis, unseen.listes),
        "reponses": (unseen.en_formation, unseen.renseignes),
    }
    return {
        source: _expect(part, whole, listed)
        for source, (part, whole) in measured.items()
        if part is not None and whole
    }


def _expect(part: int, whole: int, listed: int) -> Expectation:
    rate = part / whole
    low, high = wilson(rate, whole)
    return Expectation(part, whole, round(rate * listed), round(low * listed), round(high * listed))
