"""Who leaves the lists by a link that is not sure enough to decide: `sortant`, `a_verifier` instead."""

import polars as pl

from siei_match.reference.people import People
from siei_match.stages.decide.casefiles import PersonNumbers, gather_case_files
from siei_match.stages.decide.facts import compute_facts
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import apply_rules

NEVER_LISTED = "age_moins_16"


def facts_without_weak_links(
    decided: pl.DataFrame,
    numbers: PersonNumbers,
    cores: pl.DataFrame,
    files: tuple[People, pl.DataFrame, pl.DataFrame],
    observation: Observation,
) -> pl.DataFrame:
    """Decide each piece of a person alone, and give the facts of the one who would be on a list.

    Contract, section 4: a link under `seuil_decision` that alone takes a person off the list makes
    the person `a_verifier`. Whoever is under 16 by any of their rows is on no list.

    Args:
        decided: `personne`, `statut`, `motif`, of everybody in scope.
        numbers: the number of each person and of each of their rows.
        cores: `tables/noyaux`.
        files: the rows of people, tables/titres, and platforms' answers (see `decide`).
        observation: the campaign's day, year and definition.

    Returns: the facts (`facts.FACTS` but doute) of the people who hang on such a link, one row each: of
        their piece that was longest at school, with the mission locale's follow-up of all their rows.
    """
    off = decided.filter(pl.col("statut") != "sortant", pl.col("motif") != NEVER_LISTED)
    rows = cores.join(numbers.lignes, on="rid").join(off, on="personne", how="semi")
    pieces = rows.select("noyau", "personne").unique()
    named = pieces.join(numbers.personnes, on="personne")
    alone = PersonNumbers(
        named.select("id_personne", personne="noyau"),
        rows.select("rid", personne="noyau").sort("rid"),
    )
    facts = compute_facts(gather_case_files(alone, *files), observation)
    listed = apply_rules(facts.with_columns(doute=pl.lit(value=False))).filter(statut="sortant")
    return (
        facts.join(listed.select("personne"), on="personne", how="semi")
        .rename({"personne": "noyau"})
        .join(pieces, on="noyau")
        .sort("personne", "jours_consecutifs", "noyau", descending=[False, True, False])
        .unique("personne", keep="first", maintain_order=True)
        .drop("noyau")
    )


def replace_facts(facts: pl.DataFrame, instead: pl.DataFrame) -> pl.DataFrame:
    """Put the facts `instead` in the place of those of the same people, followed as these are."""
    followed = facts.select("personne", "suivi_mission_locale")
    put = instead.drop("suivi_mission_locale").join(followed, on="personne")
    kept = facts.join(instead, on="personne", how="anti")
    return pl.concat([kept, put.select(kept.columns)])
