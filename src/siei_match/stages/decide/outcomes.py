"""What has become of the people of past lists: facts of the day, whether in scope or not."""

from typing import Final

import polars as pl

from siei_match.reference.births import age_on, settle_births
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.people import People
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS
from siei_match.stages.decide.answers import keep_decisive
from siei_match.stages.decide.casefiles import gather_case_files, number_people
from siei_match.stages.decide.dates import longest, narrowest
from siei_match.stages.decide.facts import find_followed, rank_titles
from siei_match.stages.decide.observation import LEGALE, Observation
from siei_match.stages.decide.schooling import CYCLE_LEVEL, find_enrolled

AGES: Final = (16, 25)
"""Whom a list may name (CNIL, communiqué of 21 January 2011)."""


def follow_lists(
    profils: pl.DataFrame,
    people: People,
    titres: pl.DataFrame,
    answers: pl.DataFrame,
    observation: Observation,
) -> pl.DataFrame:
    """Say what has become of everybody whom an earlier list named (tables/devenirs).

    Input: tables/profils of every earlier campaign, with `id_now`, whose the identifier is
    now; the people of this campaign and tables/titres; `answers` (id_personne, date_retour,
    retour, reception). One row per row of `profils`, whatever is known.
    """
    followed = profils.select(id_personne="id_now").unique()
    numbers = number_people(people.members.join(followed, on="id_personne", how="semi"))
    case_files = gather_case_files(numbers, people, titres, answers)
    facts = numbers.personnes
    for done in (
        find_enrolled(case_files.read(narrowest), observation),
        rank_titles(case_files.titres),
        find_followed(case_files.read(longest), observation),
        settle_births(case_files.births, observation.day),
    ):
        facts = facts.join(done, on="personne", how="left")
    decisive = keep_decisive(answers, "id_personne", observation)
    looked_at = (
        profils.join(
            facts.with_columns(vu=pl.lit(value=True)),
            left_on="id_now",
            right_on="id_personne",
            how="left",
        )
        .join(decisive.select(id_now="id_personne", reponse="retour"), on="id_now", how="left")
        .with_columns(devenir=_devenir(observation), campagne_liste="campagne")
        .sort("campagne_liste", "id_personne")
    )
    return conform(looked_at.select(declaration("tables/devenirs").columns), "tables/devenirs")


def _devenir(observation: Observation) -> pl.Expr:
    """The first that holds: what is known of a person before what is not."""
    required = (
        pl.lit(3, dtype=pl.Int8)
        if observation.definition == LEGALE
        else pl.col("niveau").replace_strict(CYCLE_LEVEL, return_dtype=pl.Int8)
    )
    age = age_on(observation.day)
    rules = [
        *((pl.col(f"inscription_{e}"), f"de_retour_{e}") for e in ENROLMENT_EXTRACTS),
        (pl.col("niveau_obtenu") >= required, "diplome"),
        (pl.col("reponse").is_not_null(), "reponse_plateforme"),
        (pl.col("suivi_mission_locale"), "suivi_mission_locale"),
        (pl.col("vu").is_null(), "plus_vu"),
        (~age.is_between(*AGES), "sorti_du_champ"),
    ]
    return pl.coalesce(
        *(pl.when(holds.fill_null(value=False)).then(pl.lit(name)) for holds, name in rules),
        pl.lit("toujours_sans_solution"),
    )


def describe_profils(
    signalements: pl.DataFrame, decides: pl.DataFrame, lists: pl.DataFrame, zones: pl.DataFrame
) -> pl.DataFrame:
    """Describe the people of this campaign's lists, for the campaigns to come (tables/profils).

    Input: tables/signalements, `decides` (id_personne, cycle_quitte), tables/liste, the platforms
    (code, academie).
    """
    profils = (
        signalements.join(decides, on="id_personne", how="left")
        .join(lists.select("id_signalement", "age", "sexe"), on="id_signalement", how="left")
        .join(zones.select(psad="code", academie="academie"), on="psad", how="left")
        .rename({"cycle_quitte": "niveau"})
        .sort("id_personne")
    )
    return conform(profils.select(declaration("tables/profils").columns), "tables/profils")
