"""The facts of each person: named columns, computed once, that the rules read."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.reference.births import age_on, settle_births
from siei_match.reference.enrolments import date_debut, date_fin
from siei_match.reference.vocabulary import ENROLMENT_EXTRACTS, MISSIONS_LOCALES
from siei_match.stages.decide.answers import keep_last
from siei_match.stages.decide.casefiles import CaseFiles
from siei_match.stages.decide.dates import Reading, longest, narrowest, shown
from siei_match.stages.decide.observation import LEGALE, Observation
from siei_match.stages.decide.schooling import (
    CYCLE_LEVEL,
    describe_last,
    find_enrolled,
    measure_scolarite,
)

FACTS: Final = {
    "age": "âge au jour d'observation, le plus jeune possible si la date est partielle",
    "naissance_annee": "année de naissance retenue",
    "naissance_mois": "mois de naissance retenu, absent si inconnu",
    "naissance_jour": "jour de naissance retenu, absent si inconnu",
    "jours_consecutifs": "plus longue scolarité ininterrompue de l'année N-1, en jours",
    "cycle_quitte": "cycle de la dernière inscription de cette scolarité",
    "inscription_scolarite": "inscrit ce jour-là à l'Éducation nationale",
    "inscription_agricole": "inscrit ce jour-là dans l'enseignement agricole",
    "inscription_apprentissage": "inscrit ce jour-là en CFA, ou en contrat d'apprentissage",
    "diplome_obtenu": "plus haut diplôme qui compte : niveau_3, niveau_4 ou baccalaureat",
    "niveau_obtenu": "niveau de ce diplôme (3, ou 4 et plus), 0 sans diplôme",
    "niveau_requis": "niveau de diplôme demandé par la définition retenue",
    "reponse": "dernière réponse d'une plateforme depuis la rentrée N : par sa date, puis par sa réception ; sans celles qu'`annule` a reprises",
    "suivi_mission_locale": "suivi ouvert en mission locale ce jour-là",
    "doute": "un rapprochement douteux, une autre lecture d'une date ou ce qu'une mission locale dit en cours donnerait une autre décision ; ou un lien trop peu sûr la donne",
}
"""Every fact and what it says, as the manual prints it."""

DIPLOMA_RANKS: Final = ("aucun", "niveau_3", "niveau_4", "baccalaureat")
"""What titles give, least first. A bac and a vocational diploma of level 4 are of one level."""


@dataclass(frozen=True)
class Readings:
    """How dates in doubt are read: for an enrolment on the day, and for an age."""

    enrolled: Reading = narrowest
    oldest: bool = False


SURE: Final = Readings()
"""Nobody is enrolled by a date in doubt, and everybody is as young as theirs allow."""


def compute_facts(
    case_files: CaseFiles, observation: Observation, readings: Readings = SURE
) -> pl.DataFrame:
    """Compute the facts of every person in scope, but `doute`, which the rules themselves decide.

    Whoever a reading of a date puts in scope is in it; who is enrolled, and how old, `readings` say.
    Output: personne, the columns of `FACTS` but doute, and date_derniere_sortie,
    derniere_formation, dernier_uai. One row per person in scope (contract, 4).
    """
    scolarite = measure_scolarite(case_files.read(longest), observation)
    champ = case_files.restrict(scolarite.select("personne"))
    others = (
        find_ages(champ, observation, oldest=readings.oldest),
        find_enrolled(champ.read(readings.enrolled), observation),
        rank_titles(champ.titres),
        keep_answers(champ.reponses, observation),
        find_followed(champ.read(longest), observation),
        describe_last(champ.read(shown), observation),
    )
    facts = scolarite
    for done in others:
        facts = facts.join(done, on="personne", how="left")
    else_false = [f"inscription_{extrait}" for extrait in ENROLMENT_EXTRACTS]
    return facts.with_columns(
        pl.col(*else_false, "suivi_mission_locale").fill_null(value=False),
        niveau_obtenu=pl.col("niveau_obtenu").fill_null(0),
        niveau_requis=require_level(observation),
    )


def find_ages(case_files: CaseFiles, observation: Observation, *, oldest: bool) -> pl.DataFrame:
    """Settle on one birth date per person and tell the age: personne, naissance_*, age.

    A whole date settles it. Where none of a person's rows has one, and some have a date of several
    readings, the latest of them tells the age (the youngest possible), or the earliest if `oldest`.
    """
    settled = settle_births(case_files.births, observation.day)
    aged = settled.with_columns(age=age_on(observation.day))
    if case_files.readings.is_empty():
        return aged
    bound = pl.col("au_plus_tot").min() if oldest else pl.col("au_plus_tard").max()
    read = (
        case_files.readings.group_by("personne")
        .agg(day=bound)
        .join(settled.filter(pl.col("naissance_jour").is_null()), on="personne", how="semi")
        .select(
            "personne",
            naissance_annee=pl.col("day").dt.year(),
            naissance_mois=pl.col("day").dt.month(),
            naissance_jour=pl.col("day").dt.day(),
        )
        .select("personne", age_read=age_on(observation.day))
    )
    return (
        aged.join(read, on="personne", how="left", maintain_order="left")
        .with_columns(age=pl.coalesce("age_read", "age"))
        .drop("age_read")
    )


def require_level(observation: Observation) -> pl.Expr:
    """The level of diploma that takes a person off the lists, by the campaign's definition."""
    if observation.definition == LEGALE:
        return pl.lit(3, dtype=pl.Int8)
    return pl.col("cycle_quitte").replace_strict(CYCLE_LEVEL, return_dtype=pl.Int8)


def rank_titles(titres: pl.DataFrame) -> pl.DataFrame:
    """Find the highest title of each holder: personne, diplome_obtenu, niveau_obtenu.

    The DNB, the CFG and whatever has no level count for nothing.
    """
    rang = pl.col("niveau").replace_strict(
        {niveau: rang for rang, niveau in enumerate(DIPLOMA_RANKS)}, return_dtype=pl.Int8
    )
    highest = titres.group_by("personne").agg(rang=rang.max()).filter(pl.col("rang") > 0)
    return highest.select(
        "personne",
        diplome_obtenu=pl.col("rang").replace_strict(
            dict(enumerate(DIPLOMA_RANKS)), return_dtype=pl.String
        ),
        niveau_obtenu=pl.min_horizontal(pl.col("rang") + 2, pl.lit(4)).cast(pl.Int8),
    )


def keep_answers(answers: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Keep each person's last answer of the year, if any (`answers.keep_last`): personne, reponse."""
    last = keep_last(answers, "personne", observation)
    return last.select("personne", reponse="retour")


def find_followed(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Find who is followed by a mission locale on the day: personne, suivi_mission_locale."""
    still_open = list_followed(parcours, observation)
    return (
        still_open.select("personne").unique().with_columns(suivi_mission_locale=pl.lit(value=True))
    )


def list_followed(parcours: pl.DataFrame, observation: Observation) -> pl.DataFrame:
    """Keep the follow-ups by a mission locale that are open on the day, first and last days included."""
    return parcours.filter(
        pl.col("extrait") == MISSIONS_LOCALES,
        (date_debut() <= observation.day).fill_null(value=True),
        (date_fin() >= observation.day).fill_null(value=True),
    )
