"""How rows were put together: the proof by extract, the pairs of sources, the weights."""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import polars as pl

from siei_match.output.manifest import ChosenThresholds
from siei_match.reference.vocabulary import A_VERIFIER
from siei_match.stages.publish.results import Rows, scan

METHODS: Final = ("ine", "traits", "vraisemblance", "seul")
ISSUES: Final = ("lie", A_VERIFIER, "ecarte")
PAS: Final = 2
"""Bits that a bar of the histogram spans."""
LOW: Final = -10
HIGH: Final = 30
"""The ends of its axis; what lies beyond is in its first and last bars."""


def count_methods(identites: Rows) -> list[dict[str, Any]]:
    """Return, per extract, its rows by the strongest proof that ties them to a person."""
    counted = (
        scan(identites)
        .group_by("extrait")
        .agg(pl.len().alias("lignes"), *((pl.col("methode") == m).sum().alias(m) for m in METHODS))
    )
    return counted.collect().sort("lignes", "extrait", descending=[True, False]).to_dicts()


def count_couples(identites: Rows, liens: Rows) -> list[dict[str, Any]]:
    """Return, per pair of extracts: the people in both, and the pairs that likeness decided."""
    told = scan(identites)
    extracts = told.select("extrait").unique().collect()["extrait"].sort().to_list()
    masks = (
        told.group_by("id_personne")
        .agg((pl.col("extrait") == extrait).any().alias(extrait) for extrait in extracts)
        .group_by(extracts)
        .agg(pl.len().cast(pl.Int64).alias("personnes"))
        .collect()
    )
    both = pl.DataFrame(
        [
            (a, b, masks.filter(pl.col(a) & pl.col(b))["personnes"].sum())
            for a, b in combinations(extracts, 2)
        ],
        {"a": pl.String, "b": pl.String, "personnes": pl.Int64},
        orient="row",
    )
    pairs = (
        scan(liens)
        .select(
            a=pl.min_horizontal("extrait_a", "extrait_b"),
            b=pl.max_horizontal("extrait_a", "extrait_b"),
            issue="issue",
        )
        .group_by("a", "b")
        .agg((pl.col("issue") == issue).sum().cast(pl.Int64).alias(issue) for issue in ISSUES)
        .collect()
    )
    return (
        both.join(pairs, on=["a", "b"], how="full", coalesce=True)
        .with_columns(pl.col(*ISSUES).fill_null(0))
        .filter(pl.any_horizontal(pl.col("personnes", *ISSUES) > 0))
        .sort(pl.col("personnes").fill_null(-1) * -1, "a", "b")
        .to_dicts()
    )


@dataclass(frozen=True)
class Histogram:
    """Pairs by the bits of their odds, one row of bars per outcome.

    `bars` holds, per bar, where it begins and the pairs of each outcome; `thresholds` the names and
    places of the thresholds on the axis.
    """

    bars: list[tuple[int, dict[str, int]]]
    tops: dict[str, int]
    seuils: list[tuple[str, float]]

    def place(self, bits: float) -> float:
        """Say where on the axis, from 0 to 1."""
        return (min(max(bits, LOW), HIGH + PAS) - LOW) / (HIGH + PAS - LOW)


def draw_weights(liens: Rows, thresholds: ChosenThresholds | None) -> Histogram | None:
    """Return the distribution of the evidence; None where likeness decided no pair."""
    if not liens.height:
        return None
    # The odds and not the weight: on them the thresholds are the same for every pair of sources.
    p = pl.col("probabilite").clip(1e-12, 1 - 1e-12)
    bits = (p / (1 - p)).log(2)
    counted = (
        scan(liens)
        .select("issue", debut=((bits / PAS).floor() * PAS).clip(LOW, HIGH).cast(pl.Int64))
        .group_by("debut", "issue")
        .len()
        .collect()
    )
    found = {(debut, issue): n for debut, issue, n in counted.iter_rows()}
    bars = [
        (debut, {issue: found.get((debut, issue), 0) for issue in ISSUES})
        for debut in range(LOW, HIGH + 1, PAS)
    ]
    named = [("doute", thresholds.doute), ("lien", thresholds.lien)] if thresholds else []
    return Histogram(
        bars=bars,
        tops={issue: max(n[issue] for _, n in bars) for issue in ISSUES},
        seuils=[(name, _bits(value)) for name, value in named if 0 < value < 1],
    )


def _bits(p: float) -> float:
    value = pl.select((pl.lit(p) / (1 - p)).log(2)).item()
    return float(value)
