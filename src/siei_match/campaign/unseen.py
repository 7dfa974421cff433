"""Of the last campaign's lists, how many were in training unseen: what later files and answers tell."""

from dataclasses import asdict
from typing import Final

import polars as pl

from siei_match.campaign.cohorts import PROFILS
from siei_match.campaign.worksite import Worksite
from siei_match.output import newest_prepared, read_earlier
from siei_match.output.estimates import UnseenRecord
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.people import People
from siei_match.reference.redirections import follow
from siei_match.stages.decide import Observation, UnseenCounts, count_unseen

UNSEEN: Final = "invisibles"


def note_unseen(worksite: Worksite, code: str, people: People, answers: pl.DataFrame) -> None:
    """Look at the last campaign's lists again, and note the counts for the manifest."""
    sortie = worksite.staging.sortie
    before = newest_prepared(sortie, code)
    if before is None:
        worksite.write_note(None, UNSEEN)
        return
    campaign = before.manifest().campagne
    told = pl.concat([read_earlier(sortie, code, "redirections"), worksite.read("redirections")])
    listed = before.table(PROFILS).with_columns(id_now="id_personne")
    counts = count_unseen(
        follow(listed, told, "id_now"),
        people,
        worksite.read("titres", "rid", "niveau"),
        answers,
        Observation(campaign.date_observation, int(campaign.annee_scolaire[:4])),
    )
    worksite.write_note({"campagne": before.code, **_hide_small(counts)}, UNSEEN)


def describe_unseen(worksite: Worksite) -> UnseenRecord | None:
    """Return what `note_unseen` noted, as the manifest says it."""
    noted = worksite.read_note(UNSEEN)
    return noted and UnseenRecord(**noted)


def _hide_small(counts: UnseenCounts) -> dict[str, int | None]:
    """Hide the counts that are small, and those whose rest is."""
    told: dict[str, int | None] = asdict(counts)
    for part, whole in (
        ("vus_depuis", counts.listes),
        ("renseignes", counts.listes),
        ("en_formation", counts.renseignes),
    ):
        n = getattr(counts, part)
        if 0 < n < SMALL_COUNT or 0 < whole - n < SMALL_COUNT:
            told[part] = None
    return told
