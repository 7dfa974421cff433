"""Would a doubt change a decision? Two people are decided as one, a date by its other reading.

And what a mission locale knows of a training in progress is believed.
"""

import polars as pl

from siei_match.stages.decide.casefiles import CaseFiles
from siei_match.stages.decide.dates import longest, shortest, widest
from siei_match.stages.decide.facts import Readings, compute_facts, list_followed
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import apply_rules
from siei_match.stages.decide.schooling import measure_scolarite

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
        # A date in doubt of the other one is believed: two doubts are one more, not none.
        compute_facts(
            case_files.regroup(members), observation, Readings(enrolled=widest)
        ).with_columns(doute=pl.lit(value=False))
    )
    otherwise = merged.filter(~_LISTED_STATUS).select("statut", "motif", group="personne")
    return (
        members.group_by("group")
        .agg(a=pl.col("personne").min(), b=pl.col("personne").max())
        .join(otherwise, on="group")
        .select("a", "b", "statut", "motif")
        .sort("a", "b")
    )


def find_decisive_dates(
    decided: pl.DataFrame, case_files: CaseFiles, observation: Observation
) -> pl.Series:
    """Find the sortants whom another reading of a date in doubt would take off the lists.

    Input: `decided` (personne, statut), the rows of everybody. Output: their numbers. Another
    reading may have them enrolled, older than 25, or out of scope.
    """
    touched = (
        pl.concat([case_files.doubtful.select("personne"), case_files.readings.select("personne")])
        .unique()
        .join(decided.filter(_LISTED_STATUS), on="personne", how="semi")
    )
    if touched.is_empty():
        return touched["personne"]
    few = case_files.restrict(touched)
    otherwise = apply_rules(
        compute_facts(few, observation, Readings(enrolled=widest, oldest=True)).with_columns(
            doute=pl.lit(value=False)
        )
    )
    in_scope = measure_scolarite(few.read(shortest), observation)
    listed = otherwise.filter(_LISTED_STATUS).join(in_scope, on="personne", how="semi")
    return touched.join(listed, on="personne", how="anti")["personne"]


def find_told_in_training(case_files: CaseFiles, observation: Observation) -> pl.Series:
    """Find those whom a mission locale says in an apprenticeship or at school, in progress on the day.

    Contract, section 4: a doubt, never an exit. Output: their numbers.
    """
    followed = list_followed(case_files.read(longest), observation)
    return followed.drop_nulls("situation")["personne"].unique()


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
