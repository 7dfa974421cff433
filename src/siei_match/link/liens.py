"""The pairs that likeness decided, with their evidence, for people to read."""

import polars as pl

from siei_match.link.evidence import mean_weight
from siei_match.link.fiches import Fiches
from siei_match.link.levels import TRAITS
from siei_match.link.model import probability
from siei_match.vocabulary import A_VERIFIER, ECARTE, LIE

SHOWN_FROM_BITS = -7.0
"""Refused pairs less likely than this (0.8 %) would only hide the others."""


def build_liens(
    fiches: Fiches,
    traits: pl.DataFrame,
    gathered: pl.DataFrame,
    membership: pl.DataFrame,
    doubts: pl.DataFrame,
) -> pl.DataFrame:
    """Return `tables/liens`: one row per examined pair of groups, shown by the two rows that agree best.

    `probabilite` and `poids` weigh everything that the rows of both groups say to each other;
    `poids_menage` is what is taken off because twins and siblings share so much.
    """
    person = membership.rename({"groupe": "g"})
    pairs = gathered.join(person, left_on="ga", right_on="g").rename({"personne": "pa"})
    pairs = pairs.join(person, left_on="gb", right_on="g").rename({"personne": "pb"})
    doubtful = pl.concat(
        [doubts.select("pa", "pb"), doubts.select(pa=pl.col("pb"), pb=pl.col("pa"))]
    ).with_columns(doute=pl.lit(value=True))
    same = pl.col("pa") == pl.col("pb")
    shares = {t.name: mean_weight(f"poids_{t.name}").fill_null(0.0) for t in TRAITS}
    prior = pl.col("prior") / pl.col("paires")
    rows = (
        pairs.join(doubtful, on=["pa", "pb"], how="left")
        .filter(same | pl.col("doute") | (pl.col("bits") >= SHOWN_FROM_BITS))
        .with_columns(
            issue=pl.when(same)
            .then(pl.lit(LIE))
            .when("doute")
            .then(pl.lit(A_VERIFIER))
            .otherwise(pl.lit(ECARTE)),
            probabilite=probability(pl.col("bits")),
            poids=pl.col("bits") - prior,
            **{f"poids_{name}": share for name, share in shares.items()},
            **{f"niveau_{t.name}": level_name(t.name, t.levels) for t in TRAITS},
        )
        .with_columns(
            poids_menage=pl.col("poids") - pl.sum_horizontal(f"poids_{name}" for name in shares)
        )
    )
    ends = first_rows(fiches, traits)
    rows = rows.join(ends.rename(lambda c: f"{c}_a"), left_on="a", right_on="fiche_a")
    rows = rows.join(ends.rename(lambda c: f"{c}_b"), left_on="b", right_on="fiche_b")
    numbers = ["probabilite", "poids", *(f"poids_{t.name}" for t in TRAITS), "poids_menage"]
    return rows.select(
        *(f"{c}_{s}" for s in "ab" for c in ("extrait", "fichier", "ligne")),
        *(pl.col(c).round(6) for c in ("probabilite", "poids")),
        *(c for t in TRAITS for c in (f"niveau_{t.name}", pl.col(f"poids_{t.name}").round(4))),
        pl.col(numbers[-1]).round(4),
        "issue",
    ).sort("fichier_a", "ligne_a", "fichier_b", "ligne_b")


def level_name(trait: str, levels: tuple[str, ...]) -> pl.Expr:
    return (
        pl.col(trait)
        .fill_null(0)
        .replace_strict(list(range(len(levels) + 1)), ["absent", *levels], return_dtype=pl.String)
    )


def first_rows(fiches: Fiches, traits: pl.DataFrame) -> pl.DataFrame:
    """Return for each fiche the file and line of its first row."""
    return (
        fiches.lignes.join(traits.select("rid", "extrait", "fichier", "ligne"), on="rid")
        .sort("fiche", "fichier", "ligne")
        .group_by("fiche", maintain_order=True)
        .agg(pl.col("extrait", "fichier", "ligne").first())
    )
