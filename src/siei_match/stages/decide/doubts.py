"""Would a doubtful pair change a decision? Decide the two people as if they were one."""

import polars as pl

from siei_match.stages.decide.casefiles import CaseFiles
from siei_match.stages.decide.facts import compute_facts
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import apply_rules

_LISTED_STATUS = pl.col("statut") == "sortant"


def find_decisive_pairs(
    decided: pl.DataFrame, pairs: pl.DataFrame, case_files: CaseFiles, observation: Observation
) -> pl.DataFrame:
    """Find the doubtful pairs that, if they were one person, would take a sortant off the lists.

    Input: `decided` (personne, statut), `pairs` (a, b: two numbers of personne), the rows of
    everybody. Output: `a`, `b` (a < b), and `statut`, `motif` of the two as one; once each pair. Each is
    decided alone, on the united rows of its two people: every rule reads them as it would one
    person's, age and schooling included.
    """
    sortants = decided.filter(_LISTED_STATUS).select("personne")
    members = _list_members(pairs)
    useful = members.join(sortants, on="personne", how="semi").select("group").unique()
    members = members.join(useful, on="group", how="semi")
    merged = apply_rules(
        compute_facts(case_files.regroup(members), observation).with_columns(
            doute=pl.lit(value=False)
        )
    )
    otherwise = merged.filter(~_LISTED_STATUS).select("statut", "motif", group="personne")
    return (
        members.group_by("group")
        .agg(a=pl.col("personne").min(), b=pl.col("personne").max())
        .join(otherwise, on="group")
        .select("a", "b", "statut", "motif")
        .sort("a", "b")
    )


def _list_members(pairs: pl.DataFrame) -> pl.DataFrame:
    """Give each distinct pair of two people a number: personne, groupe (two rows a pair)."""
    distinct = (
        pairs.select(a=pl.min_horizontal("a", "b"), b=pl.max_horizontal("a", "b"))
        .filter(pl.col("a") != pl.col("b"))
        .unique()
        .sort("a", "b")
        .with_columns(group=pl.int_range(pl.len(), dtype=pl.UInt32))
    )
    return pl.concat(
        [
            distinct.select("group", personne="a"),
            distinct.select("group", personne="b"),
        ]
    )
