"""Holders of the bac général alone whom a mission locale follows: counted by platform, listed nowhere."""

import polars as pl

from siei_match.campaign.worksite import Worksite
from siei_match.output.bac import BAC
from siei_match.reference.contracts import conform
from siei_match.reference.nomenclatures import Psad
from siei_match.reference.people import People
from siei_match.stages.decide import Observation, find_bac_holders
from siei_match.stages.route import place_people


def list_bac_holders(
    people: People,
    titres: pl.DataFrame,
    answers: pl.DataFrame,
    observation: Observation,
    psad: Psad,
    split: pl.DataFrame | None,
) -> pl.DataFrame:
    """Find them and the platform of their residence (tables/bac_general).

    Args:
        people: whose rows are looked at.
        titres: rid, niveau, rang, diplome.
        answers: id_personne, date_retour, retour, reception; those that stand.
        observation: the day.
        psad: the platforms.
        split: the rows whose postal code has another platform than their commune (`find_split_rows`).
    """
    holders = find_bac_holders(people, titres, answers, observation)
    return place_people(holders, people, psad.communes, observation.day, split)


def write_bac_holders(worksite: Worksite, placed: pl.DataFrame) -> None:
    """Write the annex `bac_general`, which rights go over."""
    worksite.write_final(conform(placed, f"tables/{BAC}"), BAC)
