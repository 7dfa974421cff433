"""Holders of the bac général alone: they too may come back to training, and no list can name them.

Higher education is in no source: whoever went there looks like somebody who went nowhere. Those whom a mission
locale follows and no extract sees enrolled are counted, never listed.
"""

from typing import Final

import polars as pl

from siei_match.reference.births import age_on, settle_births
from siei_match.reference.people import People
from siei_match.stages.decide.casefiles import gather_case_files, number_people
from siei_match.stages.decide.dates import longest, narrowest
from siei_match.stages.decide.facts import find_followed
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.schooling import find_enrolled

GENERAL: Final = "470"
"""How the codes of the bac général begin (NIVEAU_FORMATION_DIPLOME of the BCN)."""
QUALIFYING: Final = ("niveau_3", "niveau_4", "baccalaureat")
ITS_RANK: Final = 4
AGES: Final = (16, 25)
"""Who has a right to return to training (code de l'éducation, D. 122-3-1)."""


def find_bac_holders(
    people: People, titres: pl.DataFrame, answers: pl.DataFrame, observation: Observation
) -> pl.DataFrame:
    """Find the holders of the bac général alone, 16 to 25, followed by a mission locale, enrolled nowhere: id_personne.

    Args:
        people: the rows of everybody, in scope or not.
        titres: rid, niveau, rang, diplome.
        answers: id_personne, date_retour, retour, reception.
        observation: the day.
    """
    general = pl.col("diplome").str.starts_with(GENERAL).fill_null(value=False)
    # What SIFA says of the bac on entry has no code: it is the one that the examination tells.
    same = pl.col("diplome").is_null() & (pl.col("rang") == ITS_RANK)
    other = pl.col("niveau").is_in(QUALIFYING) & ~general & ~same
    held = (
        titres.join(people.members, on="rid")
        .group_by("id_personne")
        .agg(general=general.any(), other=other.any())
        .filter(pl.col("general") & ~pl.col("other"))
        .select("id_personne")
    )
    numbers = number_people(people.members.join(held, on="id_personne", how="semi"))
    case_files = gather_case_files(numbers, people, titres, answers)
    followed = find_followed(case_files.read(longest), observation)
    enrolled = find_enrolled(case_files.read(narrowest), observation)
    young = settle_births(case_files.births, observation.day).filter(
        age_on(observation.day).is_between(*AGES)
    )
    return (
        numbers.personnes.join(followed, on="personne", how="semi")
        .join(enrolled, on="personne", how="anti")
        .join(young, on="personne", how="semi")
        .select("id_personne")
        .sort("id_personne")
    )
