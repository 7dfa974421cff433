"""Holders of the bac général alone whom a mission locale follows: counted by platform, listed nowhere."""

from typing import Final

import polars as pl

from siei_match.campaign.worksite import Worksite
from siei_match.reference.nomenclatures import Psad
from siei_match.reference.people import People
from siei_match.stages.decide import Observation, find_bac_holders
from siei_match.stages.route import place_people

BAC: Final = "bac_general"


def note_bac_holders(
    worksite: Worksite,
    people: People,
    answers: pl.DataFrame,
    observation: Observation,
    psad: Psad,
) -> None:
    """Count them by the platform of their residence, and note the counts for the manifest."""
    titres = worksite.read("titres", "rid", "niveau", "rang", "diplome")
    holders = find_bac_holders(people, titres, answers, observation)
    placed = place_people(holders, people, psad.communes, observation.day)
    counted = placed.group_by("psad").agg(n=pl.len()).sort("psad")
    worksite.write_note(dict(counted.iter_rows()), BAC)


def count_bac_holders(worksite: Worksite) -> dict[str, int]:
    """Return what `note_bac_holders` noted: people by platform, those of none left out."""
    return dict(worksite.read_note(BAC))
