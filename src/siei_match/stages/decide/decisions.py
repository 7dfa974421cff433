"""Every person in scope gets one decision, with its reason (contract, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from siei_match.stages.decide.casefiles import gather_dossiers, number_personnes
from siei_match.stages.decide.doubts import find_doutes
from siei_match.stages.decide.facts import FAITS, compute_faits
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import REGLES, DecisionRule, apply_regles

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


@dataclass(frozen=True)
class DecisionReasons:
    """Why one person was decided so: the facts, and each rule with whether it holds, in order."""

    faits: Mapping[str, Any]
    regles: tuple[tuple[DecisionRule, bool], ...]

    @property
    def decision(self) -> DecisionRule:
        return next(regle for regle, tient in self.regles if tient)


def decide(
    identites: pl.DataFrame,
    parcours: pl.DataFrame,
    titres: pl.DataFrame,
    traits: pl.DataFrame,
    reponses: pl.DataFrame,
    doutes: pl.DataFrame,
    observation: Observation,
) -> Decisions:
    """Decide everybody in scope.

    Input: `identites` (rid, id_personne), tables/parcours, tables/titres, tables/traits,
    `reponses` (id_personne, date_retour, retour; see `answers.join_reponses`), `doutes` (id_a,
    id_b: people joined by a pair in the doubtful zone), the campaign's day, year and definition.
    The order of rows changes nothing.
    """
    numeros = number_personnes(identites)
    personnes = numeros.personnes
    dossiers = gather_dossiers(numeros, parcours, titres, traits, reponses)
    faits = compute_faits(dossiers, observation)
    premieres = apply_regles(faits.with_columns(doute=pl.lit(value=False)))
    decisives = find_doutes(premieres, _number_paires(doutes, personnes), dossiers, observation)
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


def explain_decision(explications: pl.DataFrame, id_personne: str) -> DecisionReasons:
    """Explain the decision of one person: the facts, and what every rule says of them.

    Raises:
        KeyError: the person is not in scope; the message holds no identifier.
    """
    une = explications.filter(pl.col("id_personne") == id_personne)
    if une.is_empty():
        raise KeyError("This person is not in scope: no decision was taken.")
    tient = une.select(regle.quand.fill_null(value=False).alias(regle.nom) for regle in REGLES).row(
        0
    )
    return DecisionReasons(
        faits=une.row(0, named=True), regles=tuple(zip(REGLES, tient, strict=True))
    )


def _number_paires(doutes: pl.DataFrame, personnes: pl.DataFrame) -> pl.DataFrame:
    """Give the pairs the numbers of their people: a, b. A pair with an unknown person is none."""
    return (
        doutes.join(personnes, left_on="id_a", right_on="id_personne")
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
