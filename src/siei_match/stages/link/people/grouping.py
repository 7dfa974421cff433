"""Pairs become people: constrained agglomeration, in order of weight.

A component whose edges all agree is one person at once. In any other, edges are taken from the
strongest on, and two clusters merge only if all the evidence between them, together, still says
so. The result depends on the evidence alone, never on the order of rows.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import first_places
from siei_match.reference.vocabulary import AUTRE
from siei_match.stages.link.declared.traits import TWINS
from siei_match.stages.link.model.model import WeightModel, weights_of
from siei_match.stages.link.people.constraints import joins, judgement_of, separates
from siei_match.stages.link.people.evidence import maxima, means, sums
from siei_match.stages.link.people.held import leeway
from siei_match.stages.link.people.tiers import components

SETTLED_BITS: Final = 40.0
"""No claim is stronger."""


@dataclass
class _Cross:
    """Evidence between two clusters: what adds up, and what is the best of."""

    sums: npt.NDArray[np.float64]
    best: npt.NDArray[np.float64]

    def __add__(self, other: "_Cross") -> "_Cross":
        return _Cross(self.sums + other.sums, np.fmax(self.best, other.best))


def weigh_rivals(gathered: pl.DataFrame, doute_bits: float) -> pl.DataFrame:
    """Take off each pair's odds what other candidates of one of its two groups claim.

    Of two people who are surely two, a row that fits both is one's or the other's: if they fit it
    as well, neither has it with more than one chance in two, and a clerk decides.

    Args:
        gathered: evidence between groups, with `bits`.
        doute_bits: log2 odds below which two groups are two people.

    A clerk's judgement settles a claim: `meme` is as strong as can be, `autre` is none.

    Returns: the same rows, with `bits` lowered where there are rivals.
    """
    claim = pl.when(joins(gathered)).then(SETTLED_BITS).otherwise("bits")
    apart = judgement_of(gathered).eq_missing(pl.lit(AUTRE))
    # Evidence has some sixty columns: only those that are asked for are copied.
    all_of = gathered.lazy()
    likely, maybe_one = pl.collect_all(
        [
            all_of.filter((claim >= doute_bits) & ~apart).select("ga", "gb", claim.alias("bits")),
            all_of.filter(
                ((claim >= doute_bits) | (pl.col("proof") >= doute_bits)) & ~apart
            ).select("ga", "gb"),
        ]
    )
    both = pl.concat([likely, likely.select(ga="gb", gb="ga", bits="bits")]).rename(
        {"ga": "m", "gb": "x"}
    )
    rivals = both.join(both, on="m", suffix="_y").filter(pl.col("x") != pl.col("x_y"))
    pairs = rivals.with_columns(
        ga=pl.min_horizontal("x", "x_y"), gb=pl.max_horizontal("x", "x_y")
    ).join(maybe_one, on=["ga", "gb"], how="anti")
    claims = pairs.group_by(ga=pl.min_horizontal("m", "x"), gb=pl.max_horizontal("m", "x")).agg(
        pl.lit(2.0).pow(pl.col("bits_y").clip(-SETTLED_BITS, SETTLED_BITS)).sum().alias("claim")
    )
    claimed = gathered.select("ga", "gb").join(
        claims, on=["ga", "gb"], how="left", maintain_order="left"
    )
    return gathered.with_columns(bits=pl.col("bits") - (1 + claimed["claim"].fill_null(0.0)).log(2))


def agglomerate(
    sizes: npt.NDArray[np.int64], gathered: pl.DataFrame, lien_bits: float, model: WeightModel
) -> npt.NDArray[np.uint32]:
    """Return the person of each group.

    Args:
        sizes: fiches per group.
        gathered: evidence between groups (see `gather`), with `bits`; with `leeway` where groups were
            one person last time (`held`).
        lien_bits: log2 odds from which two groups are one person.
        model: what levels weigh.
    """
    together, apart = joins(gathered), separates(gathered)
    enough = pl.col("bits") >= lien_bits - leeway(gathered)
    told = gathered.select("ga", "gb", together=together, apart=apart, enough=enough)
    strong = told.filter(pl.col("together") | (pl.col("enough") & ~pl.col("apart")))
    whole = components(len(sizes), strong.select(a="ga", b="gb"))
    ca, cb = (whole[told[side].to_numpy()] for side in ("ga", "gb"))
    unsure = told.select(~pl.col("enough") | pl.col("together") | pl.col("apart")).to_series()
    looked_at = np.bincount(whole, weights=sizes) > model.spec.most_fiches
    looked_at[ca[(ca == cb) & unsure.to_numpy()]] = True
    contested = gathered.filter(pl.Series((ca == cb) & looked_at[ca]))
    if contested.is_empty():
        return whole
    parts = _resolve(contested, sizes, lien_bits, model)
    return _renumber(whole, parts)


def _renumber(whole: npt.NDArray[np.uint32], parts: dict[int, int]) -> npt.NDArray[np.uint32]:
    """Give the groups of contested components the first group of their part as label."""
    label = first_places(whole)[whole]
    for group, root in parts.items():
        label[group] = root
    held = np.zeros(len(whole), dtype=np.bool_)
    held[label] = True
    number = np.cumsum(held, dtype=np.uint32) - np.uint32(1)
    return np.asarray(number[label])


class _Clusters:
    """Groups being merged, with the evidence between clusters, and whom clerks keep apart."""

    def __init__(self) -> None:
        self.root: dict[int, int] = {}
        self.weight: dict[int, int] = {}
        self.cross: dict[int, dict[int, _Cross]] = defaultdict(dict)
        self.apart: dict[int, set[int]] = defaultdict(set)

    def add(self, ga: int, gb: int, evidence: _Cross, sizes: npt.NDArray[np.int64]) -> None:
        for group in (ga, gb):
            self.root.setdefault(group, group)
            self.weight.setdefault(group, int(sizes[group]))
        self.cross[ga][gb] = self.cross[gb][ga] = evidence

    def keep_apart(self, ga: int, gb: int) -> None:
        self.apart[ga].add(gb)
        self.apart[gb].add(ga)

    def find(self, group: int) -> int:
        while self.root[group] != group:
            group = self.root[group]
        return group

    def merge(self, x: int, y: int) -> None:
        self.root[y] = x
        self.weight[x] += self.weight[y]
        _merge(self.cross, x, y)
        for other in self.apart.pop(y, set()):
            self.apart[other].discard(y)
            self.keep_apart(x, other)


def _resolve(
    contested: pl.DataFrame, sizes: npt.NDArray[np.int64], lien_bits: float, model: WeightModel
) -> dict[int, int]:
    """Merge the groups of contested components one edge at a time; return group → first group.

    What clerks say is one comes first, and what they say is two is never merged, by no way round.
    """
    marked = contested.with_columns(
        ensemble=joins(contested),
        separates_pair=separates(contested),
        allowed=leeway(contested),
    ).with_columns(forte=pl.col("bits") >= lien_bits - pl.col("allowed"))
    ordered = marked.sort(
        "ensemble", pl.col("bits").round(6), "a", "b", descending=[True, True, False, False]
    )
    added, best = (matrix(ordered, columns(model.spec)) for columns in (sums, maxima))
    edges = ordered.select("ga", "gb", "ensemble", "separates_pair", "forte", "allowed").rows()
    clusters = _Clusters()
    for (ga, gb, _, apart, _, _), s, m in zip(edges, added, best, strict=True):
        clusters.add(ga, gb, _Cross(s, m), sizes)
        if apart:
            clusters.keep_apart(ga, gb)
    for ga, gb, told, apart, strong, allowed in edges:
        if apart or not (told or strong):
            continue
        x, y = sorted((clusters.find(ga), clusters.find(gb)))
        if x == y or y in clusters.apart[x]:
            continue
        if told or _fits(clusters, x, y, lien_bits - allowed, model):
            clusters.merge(x, y)
    return {group: clusters.find(group) for group in clusters.root}


def _fits(clusters: _Clusters, x: int, y: int, lien_bits: float, model: WeightModel) -> bool:
    """Tell whether all the evidence between two clusters says that they are one life."""
    if clusters.weight[x] + clusters.weight[y] > model.spec.most_fiches:
        return False
    return cluster_bits(clusters.cross[x][y], model) >= lien_bits


def matrix(frame: pl.DataFrame, columns: list[str]) -> npt.NDArray[np.float64]:
    """Return columns as a table of numbers, one row a row even where there is no column."""
    if not columns:
        return np.empty((frame.height, 0))
    return frame.select(pl.col(columns).cast(pl.Float64)).to_numpy()


def _merge(cross: dict[int, dict[int, _Cross]], x: int, y: int) -> None:
    for neighbour, evidence in cross.pop(y).items():
        cross[neighbour].pop(y)
        if neighbour == x:
            continue
        known = cross[x].get(neighbour)
        total = evidence if known is None else known + evidence
        cross[x][neighbour] = cross[neighbour][x] = total


def cluster_bits(evidence: _Cross, model: WeightModel) -> float:
    """Return the log2 odds of one `_Cross`: the scalar twin of `evidence.group_bits`."""
    spec = model.spec
    added = dict(zip(sums(spec), evidence.sums, strict=True))
    weights = dict(zip(maxima(spec), np.nan_to_num(evidence.best, nan=0.0), strict=True))
    for column in means(spec):
        known = added[f"compte_{column}"]
        weights[column] = added[f"somme_{column}"] / known if known else 0.0
    prior = (added["prior"] + added["rebased"]) / added["paires"]
    others = [-(prior + sum(weights[c] for c in weights_of(spec)))]
    for klass, columns in spec.classes.items():
        total = sum(min(weights[c], spec.most_against(klass, c)) for c in columns)
        more = added["twinship"] / added["paires"] if klass == TWINS else 0.0
        others.append(float(np.log2(model.taux[klass]) + more) - total)
    return float(added["presence"] / added["paires"] - np.logaddexp2.reduce(others))
