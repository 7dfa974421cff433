"""Evidence between groups of fiches: all that their rows say to each other, trait by trait.

A record that fits two people is not decided by the pair that knows least: between two groups a
trait counts once, over every pair of their rows that have it.
"""

from typing import Final

import polars as pl

from siei_match.link.levels import TRAITS
from siei_match.link.model import CLASSES, HOUSEHOLD_CLASSES, Taux, log_odds

BEST_OF: Final = ("nom", "telephone", "courriel", "adresse")
"""Traits of which a person truly has several: one agreement is enough, the rest is history."""
GROUPS: Final = ("ga", "gb")

WEIGHTS: Final = [f"poids_{t.name}" for t in TRAITS]
HOUSEHOLD: Final = [c for klass in HOUSEHOLD_CLASSES for c in CLASSES[klass]]
MEANS: Final = [c for c in WEIGHTS if c.removeprefix("poids_") not in BEST_OF] + HOUSEHOLD
MAXIMA: Final = [f"poids_{name}" for name in BEST_OF]
LEVELS: Final = [t.name for t in TRAITS]


def gather(weighed: pl.DataFrame) -> pl.DataFrame:
    """Sum weighed pairs of fiches into one row per pair of groups `ga` < `gb`.

    Returns: `ga`, `gb`, `paires`, `prior` (sum), sums and counts of the mean traits, maxima of the
    others, the best level per trait, and the pair `a`, `b` that agrees best.
    """
    swapped = pl.col("ga") > pl.col("gb")
    ordered = weighed.with_columns(
        ga=pl.min_horizontal("ga", "gb"),
        gb=pl.max_horizontal("ga", "gb"),
        a=pl.when(swapped).then("b").otherwise("a"),
        b=pl.when(swapped).then("a").otherwise("b"),
    )
    return ordered.group_by(GROUPS).agg(
        pl.len().alias("paires"),
        pl.col("prior").sum(),
        *(pl.col(c).sum().alias(f"somme_{c}") for c in MEANS),
        *(pl.col(c).count().alias(f"compte_{c}") for c in MEANS),
        *(pl.col(c).max().alias(c) for c in MAXIMA),
        *(pl.col(c).filter(pl.col(c) > 0).min() for c in LEVELS),
        pl.col("a").sort_by(pl.col("bits"), pl.col("a"), pl.col("b")).last(),
        pl.col("b").sort_by(pl.col("bits"), pl.col("a"), pl.col("b")).last(),
    )


def regroup(gathered: pl.DataFrame, membership: pl.DataFrame, taux: Taux) -> pl.DataFrame:
    """Sum evidence once more, between larger groups: `membership` is `groupe` → `personne`.

    Returns: `pa` < `pb`, distinct people, and `bits`, the log2 odds that they are one.
    """
    ends = gathered.join(membership, left_on="ga", right_on="groupe").rename({"personne": "pa"})
    ends = ends.join(membership, left_on="gb", right_on="groupe").rename({"personne": "pb"})
    sums = [f"{kind}_{c}" for c in MEANS for kind in ("somme", "compte")]
    return (
        ends.filter(pl.col("pa") != pl.col("pb"))
        .with_columns(pa=pl.min_horizontal("pa", "pb"), pb=pl.max_horizontal("pa", "pb"))
        .group_by("pa", "pb")
        .agg(pl.col("paires", "prior", *sums).sum(), *(pl.col(c).max() for c in MAXIMA))
        .with_columns(bits=group_bits(taux))
        .select("pa", "pb", "bits")
        .sort("pa", "pb")
    )


def mean_weight(column: str) -> pl.Expr:
    """Return a trait's weight between two groups, null where no pair has it."""
    if column in MAXIMA:
        return pl.col(column)
    count = pl.col(f"compte_{column}")
    return pl.when(count > 0).then(pl.col(f"somme_{column}") / count)


def group_bits(taux: Taux) -> pl.Expr:
    """Return the log2 odds that two groups are one person, over the columns of `gather`."""
    return log_odds(mean_weight, pl.col("prior") / pl.col("paires"), taux)
