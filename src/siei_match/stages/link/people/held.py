"""Yesterday's people are evidence: two rows that were one person last time part on less doubt alone.

A pair of groups near the threshold would be joined in one campaign and parted in the next for a hair
in what the model learnt. So what was together is parted below a lower threshold than joins what is
new. It is heard of pairs near the threshold only, and never where the identifiers differ; what clerks say
comes before it, and a link that holds by it alone decides nothing (`cores.find_cores`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.records import Fiches

Labels = npt.NDArray[np.uint32]
SLACK: Final = 8.0
"""Bits that sources and rivals may still add or take off a pair once it is gathered."""
EQUAL: Final = 1
"""The best level of any trait; those after it are worse, and 0 is absent."""
LEEWAY: Final = "leeway"
Recall = Callable[[pl.Series], pl.DataFrame]
"""Given rows (`rid`), says whose they were: `rid`, `before` (any label), those known alone."""


@dataclass(frozen=True)
class Before:
    """Who was one person last time, and the log2 odds below which they are parted."""

    recall: Recall
    keep_bits: float


def mark_held(
    gathered: pl.DataFrame,
    before: Before | None,
    fiches: Fiches,
    groups: Labels,
    link_bits: float,
) -> pl.DataFrame:
    """Add `leeway` to evidence between groups: the bits that two of one person last time may lack.

    Args:
        gathered: evidence between groups.
        before: what is known of last time; None: the evidence stays as it is.
        fiches: the campaign's records.
        groups: the group of each record.
        link_bits: log2 odds from which new pairs are joined.

    A group is somebody's of last time where all its rows that are known were theirs.
    """
    if before is None:
        return gathered
    low, high = min(before.keep_bits, link_bits) - SLACK, link_bits + SLACK
    maybe = gathered.lazy().filter(
        pl.col("bits").is_between(low, high), ~identifiers_differ(fiches.spec)
    )
    near = maybe.select("ga", "gb").collect()
    ends = pl.concat([near["ga"], near["gb"]]).unique()
    rows = fiches.lignes.select(
        "rid", groupe=pl.Series(groups[fiches.lignes["fiche"].to_numpy()])
    ).filter(pl.col("groupe").is_in(ends.implode()))
    known = rows.join(before.recall(rows["rid"]), on="rid")
    owners = (
        known.group_by("groupe")
        .agg(pl.col("before").first(), several=pl.col("before").n_unique())
        .filter(pl.col("several") == 1)
        .select("groupe", "before")
    )
    held = (
        near.join(owners, left_on="ga", right_on="groupe")
        .join(owners, left_on="gb", right_on="groupe", suffix="_b")
        .filter(pl.col("before") == pl.col("before_b"))
        .select("ga", "gb", pl.lit(max(0.0, link_bits - before.keep_bits)).alias(LEEWAY))
    )
    told = gathered.select("ga", "gb").join(
        held, on=["ga", "gb"], how="left", maintain_order="left"
    )
    return gathered.with_columns(told[LEEWAY].fill_null(0.0))


def identifiers_differ(spec: Spec) -> pl.Expr:
    """Tell between which groups every pair of rows that has identifiers has two."""
    if spec.identifier is None:
        return pl.lit(value=False)
    level = pl.col(spec.identifier.name)
    return (level > EQUAL).fill_null(value=False)


def leeway(gathered: pl.DataFrame) -> pl.Expr:
    """Return by how many bits each pair of groups may miss the threshold, having been one person."""
    return pl.col(LEEWAY) if LEEWAY in gathered.columns else pl.lit(0.0)


def maybe_kept(trace: Trace) -> pl.DataFrame:
    """Return the evidence inside the people of whom a pair may hold by yesterday alone."""
    if LEEWAY not in trace.gathered.columns:
        return trace.gathered.clear()
    pa, pb = (trace.people[trace.gathered[side].to_numpy()] for side in ("ga", "gb"))
    inside = trace.gathered.with_columns(person=pl.Series(pa)).filter(pl.Series(pa == pb))
    kept = inside.filter(pl.col(LEEWAY) > 0, pl.col("bits") < trace.lien_bits)["person"].unique()
    return inside.filter(pl.col("person").is_in(kept.implode())).drop("person", LEEWAY)
