"""Holders of the bac général alone whom a mission locale follows: counted by platform, listed nowhere."""

from functools import partial
from typing import Final

from siei_match.campaign.worksite import Worksite
from siei_match.output.bac import BAC
from siei_match.reference.contracts import conform
from siei_match.reference.nomenclatures import Psad
from siei_match.reference.people import People
from siei_match.stages.decide import JoinedAnswers, Observation, find_bac_holders
from siei_match.stages.route import find_split_rows, place_people

ANSWERED: Final = ("id_personne", "date_retour", "retour", "reception")


def note_bac_holders(
    worksite: Worksite,
    people: People,
    answers: JoinedAnswers,
    observation: Observation,
    psad: Psad,
) -> None:
    """Find them and the platform of their residence: the annex `bac_general`, which rights go over."""
    titres = worksite.read("titres", "rid", "niveau", "rang", "diplome")
    holders = find_bac_holders(people, titres, answers.reponses.select(ANSWERED), observation)
    split = find_split_rows(people.traits, psad.split, partial(worksite.read, "coordonnees"))
    placed = place_people(holders, people, psad.communes, observation.day, split)
    worksite.write_final(conform(placed, f"tables/{BAC}"), BAC)
