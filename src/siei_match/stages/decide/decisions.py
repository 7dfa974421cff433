"""Every person in scope gets one decision, with its reason (contract, section 4)."""

from dataclasses import dataclass

import polars as pl

from siei_match.reference.people import People
from siei_match.stages.decide.casefiles import gather_case_files, number_people
from siei_match.stages.decide.doubts import (
    find_decisive_dates,
    find_decisive_pairs,
    find_told_in_training,
)
from siei_match.stages.decide.facts import FACTS, compute_facts
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import apply_rules
from siei_match.stages.decide.weakly import facts_without_weak_links, replace_facts

DECIDED = (
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
    """`decisions`: the columns `DECIDED`; `explications`: id_personne, the facts, the decision.

    Both have one row per person in scope and are sorted by id_personne. `decisive`: id_a, id_b,
    statut, motif: the doubtful pairs that keep somebody on a list, and what they would be as one.
    """

    decisions: pl.DataFrame
    explications: pl.DataFrame
    decisive: pl.DataFrame


def decide(
    people: People,
    titres: pl.DataFrame,
    answers: pl.DataFrame,
    pairs: pl.DataFrame,
    observation: Observation,
    *,
    cores: pl.DataFrame | None = None,
) -> Decisions:
    """Decide everybody in scope.

    Input: the rows of `people`; tables/titres; `answers` (id_personne, date_retour, retour, reception:
    those of `answers.join_answers` that stand); `pairs` (tables/paires_personnes: those whom a pair of rows in doubt
    may join); the campaign's day, year and definition; `cores` (tables/noyaux: the pieces of people whom
    a link too weak to decide holds together). The order of rows changes nothing.
    """
    numbers = number_people(people.members)
    personnes = numbers.personnes
    case_files = gather_case_files(numbers, people, titres, answers)
    facts = compute_facts(case_files, observation)
    first_decisions = apply_rules(facts.with_columns(doute=pl.lit(value=False)))
    decisive = find_decisive_pairs(
        first_decisions, _number_pairs(pairs, personnes), case_files, observation
    )
    dated = find_decisive_dates(first_decisions, case_files, observation)
    told = find_told_in_training(case_files, observation)
    doubtful = pl.concat([decisive["a"], decisive["b"], dated, told]).unique()
    lists = first_decisions.filter(statut="sortant")["personne"]
    doubtful = doubtful.filter(doubtful.is_in(lists.implode()))
    if cores is not None and cores.height:
        weak = facts_without_weak_links(
            first_decisions, numbers, cores, (people, titres, answers), observation
        )
        facts = replace_facts(facts, weak)
        doubtful = pl.concat([doubtful, weak["personne"]])
    doubt = pl.col("personne").is_in(doubtful.implode())
    explications = (
        apply_rules(facts.with_columns(doute=doubt))
        .join(personnes, on="personne", how="inner")
        .sort("id_personne")
        .select(
            "id_personne",
            *FACTS,
            "date_derniere_sortie",
            "derniere_formation",
            "dernier_uai",
            "statut",
            "motif",
        )
    )
    return Decisions(explications.select(DECIDED), explications, _name_pairs(decisive, personnes))


def _number_pairs(pairs: pl.DataFrame, personnes: pl.DataFrame) -> pl.DataFrame:
    """Give the pairs the numbers of their people: a, b. A pair with an unknown person is none."""
    return (
        pairs.join(personnes, left_on="id_a", right_on="id_personne")
        .rename({"personne": "a"})
        .join(personnes, left_on="id_b", right_on="id_personne")
        .select("a", b="personne")
    )


def _name_pairs(pairs: pl.DataFrame, personnes: pl.DataFrame) -> pl.DataFrame:
    return (
        pairs.join(personnes, left_on="a", right_on="personne")
        .rename({"id_personne": "id_a"})
        .join(personnes, left_on="b", right_on="personne")
        .select("id_a", "statut", "motif", id_b="id_personne")
        .sort("id_a", "id_b")
    )
