"""What has become of the people of past lists: facts of the day, whether in scope or not."""

from typing import Final

import polars as pl

from siei_match.reference.births import age_au, settle_naissances
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.people import People
from siei_match.reference.vocabulary import EXTRAITS_INSCRIPTION
from siei_match.stages.decide.answers import keep_decisives
from siei_match.stages.decide.casefiles import gather_dossiers, number_personnes
from siei_match.stages.decide.facts import find_suivis, rank_titres
from siei_match.stages.decide.observation import LEGALE, Observation
from siei_match.stages.decide.schooling import NIVEAU_CYCLE, find_inscriptions

AGES: Final = (16, 25)


def follow_listes(
    profils: pl.DataFrame,
    people: People,
    titres: pl.DataFrame,
    reponses: pl.DataFrame,
    observation: Observation,
) -> pl.DataFrame:
    """Say what has become of everybody whom an earlier list named (tables/devenirs).

    Input: tables/profils of every earlier campaign, with `id_actuel`, whose the identifier is
    now; the people of this campaign and tables/titres; `reponses` (id_personne, date_retour,
    retour). One row per row of `profils`, whatever is known.
    """
    suivies = profils.select(id_personne="id_actuel").unique()
    numeros = number_personnes(people.members.join(suivies, on="id_personne", how="semi"))
    dossiers = gather_dossiers(numeros, people, titres, reponses)
    faits = numeros.personnes
    for fait in (
        find_inscriptions(dossiers.parcours, observation),
        rank_titres(dossiers.titres),
        find_suivis(dossiers.parcours, observation),
        settle_naissances(dossiers.naissances),
    ):
        faits = faits.join(fait, on="personne", how="left")
    decisives = keep_decisives(reponses, "id_personne", observation)
    regardes = (
        profils.join(
            faits.with_columns(vu=pl.lit(value=True)),
            left_on="id_actuel",
            right_on="id_personne",
            how="left",
        )
        .join(
            decisives.select(id_actuel="id_personne", reponse="retour"), on="id_actuel", how="left"
        )
        .with_columns(devenir=_devenir(observation), campagne_liste="campagne")
        .sort("campagne_liste", "id_personne")
    )
    return conform(regardes.select(declaration("tables/devenirs").columns), "tables/devenirs")


def _devenir(observation: Observation) -> pl.Expr:
    """The first that holds: what is known of a person before what is not."""
    requis = (
        pl.lit(3, dtype=pl.Int8)
        if observation.definition == LEGALE
        else pl.col("niveau").replace_strict(NIVEAU_CYCLE, return_dtype=pl.Int8)
    )
    age = age_au(observation.jour)
    regles = [
        *((pl.col(f"inscription_{e}"), f"de_retour_{e}") for e in EXTRAITS_INSCRIPTION),
        (pl.col("niveau_obtenu") >= requis, "diplome"),
        (pl.col("reponse").is_not_null(), "reponse_plateforme"),
        (pl.col("suivi_mission_locale"), "suivi_mission_locale"),
        (pl.col("vu").is_null(), "plus_vu"),
        (~age.is_between(*AGES), "sorti_du_champ"),
    ]
    return pl.coalesce(
        *(pl.when(tient.fill_null(value=False)).then(pl.lit(nom)) for tient, nom in regles),
        pl.lit("toujours_sans_solution"),
    )


def describe_profils(
    signalements: pl.DataFrame, decides: pl.DataFrame, listes: pl.DataFrame, zones: pl.DataFrame
) -> pl.DataFrame:
    """Describe the people of this campaign's lists, for the campaigns to come (tables/profils).

    Input: tables/signalements, `decides` (id_personne, cycle_quitte), tables/liste, the platforms
    (code, academie).
    """
    profils = (
        signalements.join(decides, on="id_personne", how="left")
        .join(listes.select("id_signalement", "age", "sexe"), on="id_signalement", how="left")
        .join(zones.select(psad="code", academie="academie"), on="psad", how="left")
        .rename({"cycle_quitte": "niveau"})
        .sort("id_personne")
    )
    return conform(profils.select(declaration("tables/profils").columns), "tables/profils")
