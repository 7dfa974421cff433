"""Evidence between groups of fiches: all that their rows say to each other, trait by trait.

A record that fits two people is not decided by the pair that knows least: between two groups a
trait counts once, over every pair of their rows that have it.
"""

from typing import Final

import polars as pl

from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.declared.traits import TWINS
from siei_match.stages.link.model.model import WeightModel, household_weights, log_odds, weights_of

GROUPS: Final = ("ga", "gb")


def maxima(spec: Spec) -> list[str]:
    """Weights of the traits of which one agreement is enough, the rest is history (`meilleur`)."""
    return [
        f"{against}_{t.name}"
        for t in spec.traits
        if t.declared.meilleur
        for against in ("poids", *t.households)
    ]


def means(spec: Spec) -> list[str]:
    """Weights that count their mean."""
    best = set(maxima(spec))
    return [c for c in weights_of(spec) + household_weights(spec) if c not in best]


def sums(spec: Spec) -> list[str]:
    """Columns of `gather` that add up."""
    return [
        "prior",
        "presence",
        "rebased",
        "twinship",
        "paires",
        *(f"{k}_{c}" for c in means(spec) for k in ("somme", "compte")),
    ]


def gather(weighed: pl.DataFrame, spec: Spec) -> pl.DataFrame:
    """Sum weighed pairs of fiches into one row per pair of groups `ga` < `gb`.

    Returns: `ga`, `gb`, `paires`, `prior` (sum), `presence`, `rebased` (what takes the prior to that of their sources) and `twinship` (sums, 0 until they are heard: `presence.py`), sums and counts of the mean traits, maxima of the
    others, the best level per trait, and the pair `a`, `b` that agrees best.
    """
    swapped = pl.col("ga") > pl.col("gb")
    ordered = weighed.with_columns(
        ga=pl.min_horizontal("ga", "gb"),
        gb=pl.max_horizontal("ga", "gb"),
        a=pl.when(swapped).then("b").otherwise("a"),
        b=pl.when(swapped).then("a").otherwise("b"),
    ).sort("bits", "a", "b")
    return ordered.group_by(GROUPS).agg(
        pl.len().alias("paires"),
        pl.col("prior").sum(),
        pl.lit(0.0).alias("presence"),
        pl.lit(0.0).alias("rebased"),
        pl.lit(0.0).alias("twinship"),
        *(pl.col(c).sum().alias(f"somme_{c}") for c in means(spec)),
        *(pl.col(c).count().alias(f"compte_{c}") for c in means(spec)),
        *(pl.col(c).max().alias(c) for c in maxima(spec)),
        *(pl.col(t.name).filter(pl.col(t.name) > 0).min() for t in spec.traits),
        pl.col("a", "b").last(),
    )


def regroup(gathered: pl.DataFrame, membership: pl.DataFrame, model: WeightModel) -> pl.DataFrame:
    """Sum evidence once more, between larger groups: `membership` is `group` → `personne`.

    Returns: `pa` < `pb`, distinct people, and `bits`, the log2 odds that they are one.
    """
    spec = model.spec
    # Which rows are asked for is found first: there are many, of sixty columns, and few are.
    ends = (
        gathered.select("ga", "gb")
        .with_row_index("row")
        .join(membership.rename({"personne": "pa"}), left_on="ga", right_on="groupe")
        .join(membership.rename({"personne": "pb"}), left_on="gb", right_on="groupe")
        .filter(pl.col("pa") != pl.col("pb"))
        .sort("row")
    )
    told = gathered.select(*sums(spec), *maxima(spec))[ends["row"]]
    return (
        told.hstack(ends.select(pa=pl.min_horizontal("pa", "pb"), pb=pl.max_horizontal("pa", "pb")))
        .group_by("pa", "pb")
        .agg(pl.col(sums(spec)).sum(), *(pl.col(c).max() for c in maxima(spec)))
        .with_columns(bits=group_bits(model))
        .select("pa", "pb", "bits")
        .sort("pa", "pb")
    )


def mean_weight(spec: Spec, column: str) -> pl.Expr:
    """Return a trait's weight between two groups, null where no pair has it."""
    if column in maxima(spec):
        return pl.col(column)
    count = pl.col(f"compte_{column}")
    return pl.when(count > 0).then(pl.col(f"somme_{column}") / count)


def group_bits(model: WeightModel) -> pl.Expr:
    """Return the log2 odds that two groups are one person, over the columns of `gather`."""
    odds = log_odds(
        model.spec,
        lambda column: mean_weight(model.spec, column),
        (pl.col("prior") + pl.col("rebased")) / pl.col("paires"),
        model.taux,
        {TWINS: pl.col("twinship") / pl.col("paires")},
    )
    return odds + pl.col("presence") / pl.col("paires")


def proof_bits(model: WeightModel) -> pl.Expr:
    """Return how much the rows alone speak for one person, in bits, before any prior or rate.

    Against strangers, twins, siblings, homonyms: the least of all. What is absent says nothing.
    """

    def total(columns: list[str]) -> pl.Expr:
        return pl.sum_horizontal(mean_weight(model.spec, c).fill_null(0.0) for c in columns)

    return pl.min_horizontal(
        total(columns) for columns in (weights_of(model.spec), *model.spec.classes.values())
    )
