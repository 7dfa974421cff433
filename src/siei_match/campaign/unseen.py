"""Of the last campaign's lists, how many were in training unseen: what later files and answers tell."""

from dataclasses import asdict
from typing import Final

import polars as pl

from siei_match.campaign.cohorts import PROFILS
from siei_match.campaign.some_people import read_people
from siei_match.campaign.worksite import Worksite
from siei_match.output import newest_prepared, read_earlier
from siei_match.output.estimates import UnseenRecord
from siei_match.reference.disclosure import Ledger, conceal
from siei_match.reference.redirections import follow
from siei_match.stages.decide import Observation, UnseenCounts, count_unseen

UNSEEN: Final = "invisibles"
LISTED: Final = "listes"
PARTS: Final = {"vus_depuis": LISTED, "renseignes": LISTED, "en_formation": "renseignes"}
"""Of what each is a part."""


def note_unseen(worksite: Worksite, code: str, answers: pl.DataFrame) -> None:
    """Look at the last campaign's lists again, and note the counts for the manifest."""
    sortie = worksite.staging.sortie
    before = newest_prepared(sortie, code)
    if before is None:
        worksite.write_note(None, UNSEEN)
        return
    campaign = before.manifest().campagne
    told = pl.concat([read_earlier(sortie, code, "redirections"), worksite.read("redirections")])
    listed = before.table(PROFILS).with_columns(id_now="id_personne")
    followed = follow(listed, told, "id_now")
    people = read_people(worksite, followed.select(id_personne="id_now").unique())
    counts = count_unseen(
        followed,
        people,
        worksite.read_rows("titres", people.members, "rid", "niveau"),
        answers,
        Observation(campaign.date_observation, int(campaign.annee_scolaire[:4])),
    )
    worksite.write_note({"campagne": before.code, **hide_unseen(counts)}, UNSEEN)


def describe_unseen(worksite: Worksite) -> UnseenRecord | None:
    """Return what `note_unseen` noted, as the manifest says it."""
    noted = worksite.read_note(UNSEEN)
    return noted and UnseenRecord(**noted)


def hide_unseen(counts: UnseenCounts) -> dict[str, int | None]:
    """Return the counts by name, None where one is hidden: all listed are known, and each part leaves a rest."""
    known = asdict(counts)
    cells = known | {f"-{part}": known[whole] - known[part] for part, whole in PARTS.items()}
    rows = [
        (part, cell, cell == whole)
        for part, whole in PARTS.items()
        for cell in (whole, part, f"-{part}")
    ]
    told = conceal(
        Ledger(
            pl.DataFrame(
                [(name, n, True if name == LISTED else None) for name, n in cells.items()],
                ["cell", "n", "told"], orient="row",
            ),
            pl.DataFrame(rows, ["sum", "cell", "whole"], orient="row"),
        )
    )  # fmt: skip
    shown = told.filter("told")["cell"].to_list()
    return {name: n if name in shown else None for name, n in known.items()}
