"""The pairs that likeness decided, with their evidence, for people to read."""

import polars as pl

from siei_match.reference.vocabulary import A_VERIFIER, AUTRE, ECARTE, LIE
from siei_match.stages.link.model.model import probability
from siei_match.stages.link.people.constraints import judgement_of
from siei_match.stages.link.people.evidence import group_bits, mean_weight
from siei_match.stages.link.people.settling import compare_people
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.records import Fiches

SHOWN_FROM_BITS = -7.0
"""Refused pairs less likely than this (0.8 %) would only hide the others."""


def build_liens(trace: Trace) -> pl.DataFrame:
    """Return `tables/liens`: one row per examined pair of groups, shown by the two rows that agree best.

    `poids` weighs everything that the rows of both groups say to each other, `probabilite` how likely
    they were one before it too: the prior, and the sources in which both stand (`presence.py`).
    `poids_menage` is what is taken off because twins and siblings share so much, and, of two people,
    because their other rows speak against it (`weigh_whole`). `issue` is as
    clerks decided where `revue` says that they did; the weights are the model's all the same.
    """
    traits = trace.model.spec.traits
    shares = {
        f"poids_{t.name}": mean_weight(trace.model.spec, f"poids_{t.name}").fill_null(0.0)
        for t in traits
    }
    prior = (pl.col("prior") + pl.col("rebased") + pl.col("presence")) / pl.col("paires")
    rows = weigh_whole(trace, with_outcome(trace)).with_columns(
        probabilite=probability(pl.col("bits")),
        poids=pl.col("weighed") - prior,
        **shares,
        **{f"niveau_{t.name}": level_name(t.name, t.levels) for t in traits},
    )
    rows = rows.with_columns(
        poids_menage=pl.col("poids") - pl.sum_horizontal(*shares),
        **first_rows(trace.fiches, rows["a"], "a"),
        **first_rows(trace.fiches, rows["b"], "b"),
    )
    return rows.select(
        *(f"{c}_{s}" for s in "ab" for c in ("extrait", "fichier", "ligne")),
        *(rounded(c, 6) for c in ("probabilite", "poids")),
        *(c for t in traits for c in (f"niveau_{t.name}", rounded(f"poids_{t.name}", 4))),
        rounded("poids_menage", 4),
        "issue",
        judgement_of(rows).alias("revue"),
    ).sort("fichier_a", "ligne_a", "fichier_b", "ligne_b")


def rounded(column: str, digits: int) -> pl.Expr:
    """Return a column rounded, without the sign of zero: the order of a sum may choose that sign."""
    value = pl.col(column).round(digits)
    return pl.when(value == 0).then(pl.lit(0.0)).otherwise(value).alias(column)


def with_outcome(trace: Trace) -> pl.DataFrame:
    """Return the evidence between groups that is worth showing, with its `issue`."""
    people = trace.people
    pairs = trace.gathered.with_columns(
        pa=pl.Series(people[trace.gathered["ga"].to_numpy()], dtype=pl.UInt32),
        pb=pl.Series(people[trace.gathered["gb"].to_numpy()], dtype=pl.UInt32),
    )
    doubtful = pl.concat([trace.doubts.select("pa", "pb"), trace.doubts.select(pa="pb", pb="pa")])
    doubtful = doubtful.with_columns(doute=pl.lit(value=True))
    same = pl.col("pa") == pl.col("pb")
    judged = judgement_of(pairs).is_not_null()
    return (
        pairs.join(doubtful, on=["pa", "pb"], how="left")
        .filter(same | pl.col("doute") | judged | (pl.col("bits") >= SHOWN_FROM_BITS))
        .with_columns(
            issue=pl.when(same)
            .then(pl.lit(LIE))
            .when(judgement_of(pairs).eq_missing(pl.lit(AUTRE)))
            .then(pl.lit(ECARTE))
            .when("doute")
            .then(pl.lit(A_VERIFIER))
            .otherwise(pl.lit(ECARTE))
        )
    )


def weigh_whole(trace: Trace, rows: pl.DataFrame) -> pl.DataFrame:
    """Say of two people (pairs refused, or in doubt) what all their rows say, less what rivals claim.

    They were refused or left in doubt as whole people: what two groups alone would say is another question, and is true
    less often, or more.

    Args:
        trace: the linkage.
        rows: see `with_outcome`.

    Returns: the same rows, `bits` being what is said, with `weighed`: what of it the two groups and what speaks against
        them weigh.
    """
    two = pl.col("issue") != LIE
    ends = {"ga": pl.min_horizontal("pa", "pb"), "gb": pl.max_horizontal("pa", "pb")}
    doubts = trace.doubts.select(ga="pa", gb="pb", whole="bits")
    asked = rows.filter(two).select(**ends).unique().join(doubts, on=["ga", "gb"], how="anti")
    persons = trace.people[trace.groups]
    refused = compare_people(
        trace.model, trace.comparator, asked.sort("ga", "gb"), persons, trace.seen
    ).select("ga", "gb", whole="bits")
    told = rows.select(**ends).join(
        pl.concat([doubts, refused]), on=["ga", "gb"], how="left", maintain_order="left"
    )
    claimed = group_bits(trace.model) - pl.col("bits")
    said = pl.when(two).then(told["whole"] - claimed).otherwise("bits")
    return rows.with_columns(bits=said, weighed=pl.min_horizontal("bits", said))


def level_name(trait: str, levels: tuple[str, ...]) -> pl.Expr:
    return (
        pl.col(trait)
        .fill_null(0)
        .replace_strict(list(range(len(levels) + 1)), ["absent", *levels], return_dtype=pl.String)
    )


def first_rows(fiches: Fiches, shown: pl.Series, side: str) -> dict[str, pl.Series]:
    """Return extract, file and line of the first row of each fiche, in the order of its files."""
    wanted = shown.unique()
    rows = fiches.lignes.filter(pl.col("fiche").is_in(wanted.implode()))
    # The few rows first: a table of hashes is made of the smaller side.
    places = fiches.places.join(rows, on="rid")
    places = places.with_columns(pl.col("extrait", "fichier").cast(pl.String))
    first = (
        places.sort("fiche", "fichier", "ligne")
        .group_by("fiche", maintain_order=True)
        .agg(pl.col("extrait", "fichier", "ligne").first())
    )
    found = pl.DataFrame({"fiche": shown}).join(
        first, on="fiche", how="left", maintain_order="left"
    )
    return {f"{c}_{side}": found[c] for c in ("extrait", "fichier", "ligne")}
