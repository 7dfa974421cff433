"""Whose place off the lists hangs on a link that no INE makes: where errors of linkage change a count."""

import polars as pl

from siei_match.reference.contracts import conform
from siei_match.reference.people import People
from siei_match.reference.vocabulary import MISSIONS_LOCALES
from siei_match.stages.decide.casefiles import PersonNumbers, gather_case_files
from siei_match.stages.decide.facts import compute_facts
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import apply_rules
from siei_match.stages.decide.weakly import NEVER_LISTED

TABLE = "decisions_tenues"


def count_hanging(
    decisions: pl.DataFrame,
    pieces: pl.DataFrame,
    files: tuple[People, pl.DataFrame, pl.DataFrame],
    observation: Observation,
) -> pl.DataFrame:
    """Count how many more sortants there would be of each person, had nothing but INE tied their rows.

    Mission locales decide nobody: their rows are left aside.

    Args:
        decisions: `id_personne`, `statut`, `motif`, of everybody in scope.
        pieces: `tables/morceaux`.
        files: the rows of people, tables/titres, and platforms' answers (see `decide`).
        observation: the campaign's day, year and definition.

    Returns: tables/decisions_tenues: those alone of whom there would be more.
    """
    people = files[0]
    schooled = people.traits.filter(pl.col("extrait") != MISSIONS_LOCALES).select("rid")
    rows = (
        pieces.join(people.members, on="rid")
        .join(schooled, on="rid", how="semi")
        .join(decisions.filter(pl.col("motif") != NEVER_LISTED), on="id_personne", how="semi")
        .filter(pl.col("morceau").n_unique().over("id_personne") > 1)
    )
    alone = PersonNumbers(
        rows.select("id_personne", personne="morceau").unique(maintain_order=True),
        rows.select("rid", personne="morceau").sort("rid"),
    )
    facts = compute_facts(gather_case_files(alone, *files), observation)
    listed = apply_rules(facts.with_columns(doute=pl.lit(value=False))).filter(statut="sortant")
    found = (
        alone.personnes.join(listed.select("personne"), on="personne", how="semi")
        .group_by("id_personne")
        .len()
        .join(decisions.select("id_personne", "statut"), on="id_personne")
        .select(
            "id_personne",
            en_plus=pl.col("len").cast(pl.Int32) - (pl.col("statut") == "sortant").cast(pl.Int32),
        )
        .filter(pl.col("en_plus") > 0)
        .sort("id_personne")
    )
    return conform(found.cast({"en_plus": pl.UInt16}), f"tables/{TABLE}")
