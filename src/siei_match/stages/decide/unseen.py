"""How many of a past list were in training on its day, as files and answers that came later tell."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.reference.people import People
from siei_match.stages.decide.answers import keep_last
from siei_match.stages.decide.casefiles import gather_case_files, number_people
from siei_match.stages.decide.dates import narrowest
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.schooling import find_enrolled

IN_TRAINING: Final = "en_formation"
FOUND_OUT: Final = (
    IN_TRAINING, "en_emploi", "service_civique", "diplome", "suivi", "rendez_vous", "refus",
    "ne_souhaite_plus",
)  # fmt: skip
"""Answers of platforms that have found out what a young person does."""


@dataclass(frozen=True)
class UnseenCounts:
    """Of one past list: how many it listed; whom today's files show enrolled on its day; what platforms found.

    Attributes:
        listes: people listed.
        vus_depuis: those of them whom the files of this campaign show enrolled on that list's day.
        renseignes: those of whom a platform has since said what they do.
        en_formation: those of these whom it found in training.
    """

    listes: int
    vus_depuis: int
    renseignes: int
    en_formation: int


def count_unseen(
    listed: pl.DataFrame,
    people: People,
    titres: pl.DataFrame,
    answers: pl.DataFrame,
    then: Observation,
) -> UnseenCounts:
    """Look at a past list with what is known today.

    Args:
        listed: `id_now`, whose the identifiers of the list are now.
        people: those of this campaign.
        titres: tables/titres.
        answers: id_personne, date_retour, retour, reception; those that stand.
        then: the day and the year of the past list.
    """
    followed = listed.select(id_personne="id_now").unique()
    numbers = number_people(people.members.join(followed, on="id_personne", how="semi"))
    case_files = gather_case_files(numbers, people, titres, answers)
    enrolled = find_enrolled(case_files.read(narrowest), then)
    since = keep_last(answers, "id_personne", then).join(followed, on="id_personne", how="semi")
    known = since.filter(pl.col("retour").is_in(FOUND_OUT), pl.col("date_retour") >= then.day)
    return UnseenCounts(
        listes=followed.height,
        vus_depuis=enrolled.height,
        renseignes=known.height,
        en_formation=known.filter(retour=IN_TRAINING).height,
    )
