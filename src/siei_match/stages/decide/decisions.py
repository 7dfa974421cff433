"""Every person in scope gets one decision, with its reason (contract, section 4)."""

from dataclasses import dataclass

import polars as pl

from siei_match.reference.people import People
from siei_match.stages.decide.casefiles import gather_dossiers, number_personnes
from siei_match.stages.decide.doubts import find_decisive_pairs
from siei_match.stages.decide.facts import FAITS, compute_faits
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import apply_regles

DECIDEES = (
    "id_personne",
    "statut",
    "motif",
    "age",
    "suivi_mission_locale",
    "date_derniere_sortie",
    "derniere_formation",
    "dernier_uai",
)
"""tables/decisions without `psad`, which `route.assign_psad` adds."""


@dataclass(frozen=True)
class Decisions:
    """`decisions`: the columns `DECIDEES`; `explications`: id_personne, the facts, the decision.

    Both have one row per person in scope and are sorted by id_personne. `decisives`: id_a, id_b,
    statut, motif: the doubtful pairs that keep somebody on a list, and what they would be as one.
    """

    decisions: pl.DataFrame
    explications: pl.DataFrame
    decisives: pl.DataFrame


def decide(
    people: People,
    titres: pl.DataFrame,
    reponses: pl.DataFrame,
    pairs: pl.DataFrame,
    observation: Observation,
) -> Decisions:
    """Decide everybody in scope.

    Input: the rows of `people`; tables/titres; `reponses` (id_personne, date_retour, retour; see
    `answers.join_reponses`); `pairs` (tables/paires_personnes: those whom a pair of rows in doubt
    may join); the campaign's day, year and definition. The order of rows changes nothing.
    """
    numeros = number_personnes(people.members)
    personnes = numeros.personnes
    dossiers = gather_dossiers(numeros, people, titres, reponses)
    faits = compute_faits(dossiers, observation)
    premieres = apply_regles(faits.with_columns(doute=pl.lit(value=False)))
    decisives = find_decisive_pairs(
        premieres, _number_paires(pairs, personnes), dossiers, observation
    )
    douteux = pl.concat([decisives["a"], decisives["b"]]).unique()
    listes = premieres.filter(statut="sortant")["personne"]
    doute = pl.col("personne").is_in(douteux.filter(douteux.is_in(listes.implode())).implode())
    explications = (
        apply_regles(faits.with_columns(doute=doute))
        .join(personnes, on="personne", how="inner")
        .sort("id_personne")
        .select(
            "id_personne",
            *FAITS,
            "date_derniere_sortie",
            "derniere_formation",
            "dernier_uai",
            "statut",
            "motif",
        )
    )
    return Decisions(
        explications.select(DECIDEES), explications, _name_paires(decisives, personnes)
    )


def _number_paires(pairs: pl.DataFrame, personnes: pl.DataFrame) -> pl.DataFrame:
    """Give the pairs the numbers of their people: a, b. A pair with an unknown person is none."""
    return (
        pairs.join(personnes, left_on="id_a", right_on="id_personne")
        .rename({"personne": "a"})
        .join(personnes, left_on="id_b", right_on="id_personne")
        .select("a", b="personne")
    )


def _name_paires(paires: pl.DataFrame, personnes: pl.DataFrame) -> pl.DataFrame:
    return (
        paires.join(personnes, left_on="a", right_on="personne")
        .rename({"id_personne": "id_a"})
        .join(personnes, left_on="b", right_on="personne")
        .select("id_a", "statut", "motif", id_b="id_personne")
        .sort("id_a", "id_b")
    )
