"""Would a doubtful pair change a decision? Decide the two people as if they were one."""

import polars as pl

from siei_match.stages.decide.casefiles import Dossiers
from siei_match.stages.decide.facts import compute_faits
from siei_match.stages.decide.observation import Observation
from siei_match.stages.decide.rules import apply_regles

_STATUT_LISTE = pl.col("statut") == "sortant"


def find_decisive_pairs(
    decidees: pl.DataFrame, paires: pl.DataFrame, dossiers: Dossiers, observation: Observation
) -> pl.DataFrame:
    """Find the doubtful pairs that, if they were one person, would take a sortant off the lists.

    Input: `decidees` (personne, statut), `paires` (a, b: two numbers of personne), the rows of
    everybody. Output: `a`, `b` (a < b), and `statut`, `motif` of the two as one; once each pair. Each is
    decided alone, on the united rows of its two people: every rule reads them as it would one
    person's, age and schooling included.
    """
    sortants = decidees.filter(_STATUT_LISTE).select("personne")
    membres = _list_membres(paires)
    utiles = membres.join(sortants, on="personne", how="semi").select("groupe").unique()
    membres = membres.join(utiles, on="groupe", how="semi")
    unies = apply_regles(
        compute_faits(dossiers.regroup(membres), observation).with_columns(
            doute=pl.lit(value=False)
        )
    )
    autrement = unies.filter(~_STATUT_LISTE).select("statut", "motif", groupe="personne")
    return (
        membres.group_by("groupe")
        .agg(a=pl.col("personne").min(), b=pl.col("personne").max())
        .join(autrement, on="groupe")
        .select("a", "b", "statut", "motif")
        .sort("a", "b")
    )


def _list_membres(paires: pl.DataFrame) -> pl.DataFrame:
    """Give each distinct pair of two people a number: personne, groupe (two rows a pair)."""
    distinctes = (
        paires.select(a=pl.min_horizontal("a", "b"), b=pl.max_horizontal("a", "b"))
        .filter(pl.col("a") != pl.col("b"))
        .unique()
        .sort("a", "b")
        .with_columns(groupe=pl.int_range(pl.len(), dtype=pl.UInt32))
    )
    return pl.concat(
        [
            distinctes.select("groupe", personne="a"),
            distinctes.select("groupe", personne="b"),
        ]
    )
