"""The linkage once more, pair by pair in plain Python: slow, short, and without any blocking.

Everything after the sure tiers: levels of all pairs of records, odds by the formula of docs/linkage.md,
evidence between groups, rivals, agglomeration. What it takes from the engine: records, levels, model.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import combinations
from math import log2
from typing import Any

import numpy as np
import polars as pl

from siei_match.stages.link.declared.traits import AMONG
from siei_match.stages.link.model.model import LARGEST_DISAGREEMENT, RAREST, WeightModel
from siei_match.stages.link.people.trace import Trace

Row = dict[str, Any]
Weights = dict[str, float | None]


def pair_weights(model: WeightModel, row: Row) -> Weights:
    """Return the weights of one compared pair of records, None where a trait is absent."""
    spec, sources = model.spec, len(model.spec.sources)
    low, high = sorted((row["source_a"], row["source_b"]))
    couple = low * sources + high
    found: Weights = {}
    for trait in spec.traits:
        level = row[trait.name]
        names = [f"poids_{trait.name}", *(f"{k}_{trait.name}" for k in trait.households)]
        if level == 0:
            found |= dict.fromkeys(names)
            continue
        m = model.m[trait.name][couple, level]
        homes = [model.homes.get((k, trait.name), s) for k, s in trait.households.items()]
        others = [model.u[trait.name][level], *(shares[level - 1] for shares in homes)]
        share = row.get(f"part_{trait.name}")
        if level in trait.frequent and share is not None and not np.isnan(share):
            others[0] = min(1.0, max(RAREST, share))
        if trait.among is not None and agrees(model, row, trait.declared.parmi):
            among = model.homes.get((AMONG, trait.name), trait.among)[level - 1]
            known = level in trait.frequent and share is not None and not np.isnan(share)
            others = [max(among, share) if known else among] * len(names)
        for name, other in zip(names, others, strict=True):
            found[name] = min(trait.declared.cap, max(LARGEST_DISAGREEMENT, log2(m / other)))
    for trait in spec.traits:
        again, weight = trait.declared.redit, f"poids_{trait.name}"
        if again is not None and found[weight] is not None:
            told = row[again.trait]
            if 1 <= told <= spec.by_name[again.trait].code(again.jusqu_a):
                found[weight] = min(0.0, found[weight])
    prior = model.prior[couple]
    return found | {"prior": log2(prior / (1 - prior))}


def agrees(model: WeightModel, row: Row, wanted: Mapping[str, str]) -> bool:
    """Tell whether a pair is alike in all of some traits; a surname that abstains, being exchanged, is."""
    spec = model.spec
    exchanged = {
        first.declared.croise
        for first in spec.traits
        if row[first.name] and first.levels[row[first.name] - 1] in ("inverse", "inverse_proche")
    }
    return all(
        1 <= row[name] <= spec.by_name[name].code(last) or name in exchanged
        for name, last in wanted.items()
    )


def odds(model: WeightModel, weights: Weights, twins: float = 0.0) -> float:
    """Return the log2 odds of one person against strangers and every declared class.

    `twins`: by how many bits these are likelier than their rate.
    """
    against = 2.0 ** -(
        weights["prior"] + sum(weights[f"poids_{t.name}"] or 0.0 for t in model.spec.traits)
    )
    for klass, columns in model.spec.classes.items():
        capped = model.spec.file.classes[klass].plafonds
        speaks = [min(weights[c] or 0.0, capped.get(c[c.index("_") + 1 :], 99.0)) for c in columns]
        more = twins if klass == "jumeaux" else 0.0
        against += model.taux[klass] * 2.0 ** (more - sum(speaks))
    return -log2(against)


def together(
    model: WeightModel, pairs: list[Weights], twins: float = 0.0, rebased: float = 0.0
) -> float:
    """Return the log2 odds of all that the pairs of two groups say."""
    whole = whole_of(model, pairs)
    return odds(model, whole | {"prior": (whole["prior"] or 0.0) + rebased}, twins)


def proof(model: WeightModel, pairs: list[Weights]) -> float:
    """Return what they say before any prior or rate, against the likeliest way of being two."""
    weights = whole_of(model, pairs)
    ways = [[f"poids_{t.name}" for t in model.spec.traits], *model.spec.classes.values()]
    return min(sum(weights[c] or 0.0 for c in way) for way in ways)


def whole_of(model: WeightModel, pairs: list[Weights]) -> Weights:
    """Return what the pairs of two groups say, trait by trait: best of some, mean of others."""
    best = {
        f"{against}_{t.name}"
        for t in model.spec.traits
        if t.declared.meilleur
        for against in ("poids", *t.households)
    }
    whole: Weights = {}
    for name in pairs[0]:
        said = [p[name] for p in pairs if p[name] is not None]
        whole[name] = (max(said) if name in best else sum(said) / len(said)) if said else None
    return whole


class Naive:
    """All pairs of records of a small world, weighed once."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        a, b = np.array(list(combinations(range(trace.fiches.count), 2)), dtype=np.uint32).T
        rows = trace.comparator.compare(pl.DataFrame({"a": a, "b": b}))
        self.pairs = {(r["a"], r["b"]): pair_weights(trace.model, r) for r in rows.to_dicts()}
        self.members = defaultdict(list)
        # What the sources say is taken from the engine: its law has a test of its own.
        self.heard = {
            (ga, gb): (said / count, rebased / count, twins / count)
            for ga, gb, said, rebased, twins, count in trace.gathered.select(
                "ga", "gb", "presence", "rebased", "twinship", "paires"
            ).rows()
        }
        for fiche, group in enumerate(trace.groups.tolist()):
            self.members[group].append(fiche)
        self.edges = {
            (g, h): self.between(self.members[g], self.members[h])
            for g, h in combinations(sorted(self.members), 2)
        }

        self.proofs = {
            (g, h): proof(self.trace.model, self.met(self.members[g], self.members[h]))
            for g, h in self.edges
        }

    def met(self, left: list[int], right: list[int]) -> list[Weights]:
        return [self.pairs[tuple(sorted((x, y)))] for x in left for y in right]

    def between(self, left: list[int], right: list[int]) -> float:
        group = self.trace.groups
        ends = [tuple(sorted((int(group[x]), int(group[y])))) for x in left for y in right]
        heard = [self.heard[pair] for pair in ends if pair in self.heard] or [(0.0, 0.0, 0.0)]
        said, rebased, twins = (sum(bits) / len(bits) for bits in zip(*heard, strict=True))
        return together(self.trace.model, self.met(left, right), twins, rebased) + said

    def people(self, met: set[tuple[int, int]]) -> set[frozenset[int]]:
        """Return the records of each person, of groups of which only those `met` may be joined."""
        edges = {pair: bits for pair, bits in self.edges.items() if pair in met}
        lowered = lower_rivals(edges, self.proofs, self.trace.doute_bits)
        parts = agglomerate(self.members, lowered, self.between, self.trace.lien_bits)
        return {frozenset(part) for part in parts}


def lower_rivals(
    edges: dict[tuple[int, int], float],
    proofs: dict[tuple[int, int], float],
    doute_bits: float,
) -> dict[tuple[int, int], float]:
    """Take off each pair's odds what groups that are surely not its other end claim of one end."""
    likely = {pair for pair, bits in edges.items() if bits >= doute_bits}
    maybe_one = {p for p in edges if max(edges[p], proofs[p]) >= doute_bits}
    claims: dict[tuple[int, int], float] = defaultdict(float)
    for pair in likely:
        for shared, other in (pair, pair[::-1]):
            for rival in likely - {pair}:
                if shared in rival:
                    third = rival[0] if rival[1] == shared else rival[1]
                    if tuple(sorted((other, third))) not in maybe_one:
                        claims[pair] += 2.0 ** min(40.0, max(-40.0, edges[rival]))
    return {pair: bits - log2(1 + claims[pair]) for pair, bits in edges.items()}


def agglomerate(
    members: dict[int, list[int]],
    edges: dict[tuple[int, int], float],
    between: Any,
    lien_bits: float,
) -> list[list[int]]:
    """Merge from the strongest edge on, where all the evidence of both clusters still says so."""
    cluster = {group: list(records) for group, records in members.items()}
    of = {group: group for group in members}
    for (g, h), bits in sorted(edges.items(), key=lambda e: -round(e[1], 6)):
        x, y = of[g], of[h]
        if bits < lien_bits or x == y or between(cluster[x], cluster[y]) < lien_bits:
            continue
        cluster[x] += cluster.pop(y)
        of = {group: x if root == y else root for group, root in of.items()}
    return list(cluster.values())
