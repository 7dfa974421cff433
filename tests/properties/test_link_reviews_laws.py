"""Clerks' judgements on small worlds, against a naive engine that takes them pair by pair."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import polars as pl
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from siei_match.stages.link import link
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.people.constraints import bind
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.records import build_fiches
from tests.examples import examples
from tests.properties.link_naive import Naive, lower_rivals
from tests.worlds import small_world

SEUILS = {"seuil_lien": 0.9, "seuil_doute": 0.1}
JUDGEMENTS = ("meme", "autre", "conteste")
Judgements = list[tuple[int, int, str]]


def stated(judgements: Judgements) -> pl.DataFrame:
    """Return judgements on pairs of rows as `judged.match` gives them."""
    return pl.DataFrame(
        [
            {"paire": rang, "reponse": said, "cote": side, "rid": rid, "exact": True}
            for rang, (a, b, said) in enumerate(judgements)
            for side, rid in (("a", a), ("b", b))
        ],
        schema={"paire": pl.UInt32, "reponse": pl.String, "cote": pl.String, "rid": pl.UInt32,
                "exact": pl.Boolean},
    )  # fmt: skip


def closed(judgements: Judgements) -> tuple[set[tuple[int, int]], set[tuple[int, int]], Judgements]:
    """Return the pairs that must be one, those that must be two, and those that stay in doubt.

    Fixed point by loops: which judgements `meme` chain to a pair that another judgement keeps apart.
    """
    said = defaultdict(set)
    for a, b, judgement in judgements:
        said[min(a, b), max(a, b)].add(judgement)
    together = {pair for pair, words in said.items() if words == {"meme"}}
    reach = {row: {row} for pair in said for row in pair}
    for _ in reach:
        for a, b in together:
            whole = reach[a] | reach[b]
            for row in whole:
                reach[row] = whole
    torn: set[int] = set()
    for (a, b), words in said.items():
        if words - {"meme"} and b in reach[a]:
            torn |= reach[a]
    must = {pair for pair in together if pair[0] not in torn}
    apart = {pair for pair, words in said.items() if words - {"meme"} or pair[0] in torn}
    doubt = [
        (*pair, "")
        for pair, words in said.items()
        if pair in apart and (words != {"autre"} or (pair[0] in torn and pair[1] in reach[pair[0]]))
    ]
    return must, apart, doubt


def drawn(count: int, fiche: list[int], seed: int, share: float) -> Judgements:
    """Draw judgements between rows of different records."""
    dice = np.random.default_rng(seed)
    pairs = [(a, b) for a, b in combinations(range(count), 2) if fiche[a] != fiche[b]]
    # Rows drawn side by side are often one person's, where a judgement weighs most.
    near = [(a, b) for a, b in pairs if b - a <= 3]
    chosen = [near[i] for i in dice.integers(0, len(near), int(share * count))]
    chosen += [pairs[i] for i in dice.integers(0, len(pairs), int(share * count / 3))]
    return [(a, b, JUDGEMENTS[int(dice.integers(0, 3))]) for a, b in chosen]


@settings(max_examples=examples(12), deadline=None, phases=(Phase.generate,))
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(3, 25),
    ine=st.floats(0, 1),
    errors=st.floats(0, 0.3),
    twins=st.floats(0, 0.3),
    share=st.floats(0, 0.5),
)
def test_judgements_hold_whatever_the_evidence_says(
    seed: int, people: int, ine: float, errors: float, twins: float, share: float
) -> None:
    traits, parcours, _ = small_world(people, seed, ine=ine, errors=errors, twins=twins)
    fiche = build_fiches(traits).lignes.sort("rid")["fiche"].to_list()
    judgements = drawn(traits.height, fiche, seed, share)
    kept: list[Trace] = []

    def keep(trace: Trace) -> ExpectedErrors:
        kept.append(trace)
        return ExpectedErrors(reason="no_identifier")

    found = link(traits, parcours, **SEUILS, measure=keep, judgements=stated(judgements))
    person = found.groupes.sort("rid")["personne"].to_list()
    must, apart, doubt = closed([(fiche[a], fiche[b], said) for a, b, said in judgements])
    of_fiche = dict(zip(fiche, person, strict=True))
    assert all(of_fiche[a] == of_fiche[b] for a, b in must)
    assert all(of_fiche[a] != of_fiche[b] for a, b in apart)
    doubts = {frozenset(pair) for pair in found.doutes.rows()}
    assert all(frozenset((of_fiche[a], of_fiche[b])) in doubts for a, b, _ in doubt)
    settled = {frozenset((of_fiche[a], of_fiche[b])) for a, b in apart}
    open_ = {frozenset((of_fiche[a], of_fiche[b])) for a, b, _ in doubt}
    assert not doubts & (settled - open_)
    check_people(kept[0], must, apart - {(a, b) for a, b, _ in doubt}, apart)


def check_people(
    trace: Trace,
    must: set[tuple[int, int]],
    settled: set[tuple[int, int]],
    apart: set[tuple[int, int]],
) -> None:
    """Oracle: merge in plain loops, evidence recomputed between whole clusters at each step."""
    naive = Naive(trace)
    group = trace.groups.tolist()

    def of_groups(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
        return {tuple(sorted((group[a], group[b]))) for a, b in pairs if group[a] != group[b]}

    met = {pair: naive.edges[pair] for pair in trace.gathered.select("ga", "gb").rows()}
    must_g, settled_g, apart_g = of_groups(must), of_groups(settled), of_groups(apart)
    claims = {p: 40.0 if p in must_g else bits for p, bits in met.items() if p not in settled_g}
    lowered = lower_rivals(claims, naive.proofs, trace.doute_bits)
    bits = {p: met[p] + lowered[p] - claims[p] for p in claims}
    expected = merge_under_judgements(naive, bits, must_g, apart_g, trace.lien_bits)
    found = defaultdict(set)
    for fiche, person in enumerate(trace.people[group].tolist()):
        found[person].add(fiche)
    assert {frozenset(rows) for rows in found.values()} == expected


def merge_under_judgements(
    naive: Naive,
    bits: dict[tuple[int, int], float],
    must: set[tuple[int, int]],
    apart: set[tuple[int, int]],
    lien_bits: float,
) -> set[frozenset[int]]:
    of = {g: {g} for g in naive.members}

    def records(groups: set[int]) -> list[int]:
        return [fiche for g in groups for fiche in naive.members[g]]

    for g, h in sorted(bits, key=lambda p: (p not in must, -round(bits[p], 6))):
        x, y = of[g], of[h]
        if x is y or any(tuple(sorted((i, j))) in apart for i in x for j in y):
            continue
        strong = bits[g, h] >= lien_bits
        if (g, h) in must or (strong and naive.between(records(x), records(y)) >= lien_bits):
            of.update(dict.fromkeys(x | y, x | y))
    return {frozenset(records(groups)) for groups in of.values()}


@settings(max_examples=examples(60), deadline=None)
@given(
    judgements=st.lists(
        st.tuples(st.integers(0, 7), st.integers(0, 7), st.sampled_from(JUDGEMENTS)).filter(
            lambda judgement: judgement[0] != judgement[1]
        ),
        max_size=12,
    )
)
def test_contradictions_are_found_however_long_the_chain(judgements: Judgements) -> None:
    fiches = build_fiches(EIGHT)
    fiche = fiches.lignes.sort("rid")["fiche"].to_list()
    judged = bind(
        stated(judgements), fiches, np.arange(8, dtype=np.uint32),
        lambda pairs: np.zeros(pairs.height, dtype=np.bool_),
    )  # fmt: skip
    must, apart, doubt = closed([(fiche[a], fiche[b], said) for a, b, said in judgements])
    assert set(judged.pairs.filter(revue="meme").select("a", "b").rows()) == must
    told = judged.pairs.filter(pl.col("revue") != "meme")
    assert set(told.select("a", "b").rows()) == apart
    unsettled = told.filter(pl.col("revue") != "autre").select("a", "b").rows()
    assert set(unsettled) == {(a, b) for a, b, _ in doubt}


EIGHT, _, _ = small_world(8, 1, errors=0.0)
EIGHT = EIGHT.unique("ine", keep="first", maintain_order=True).head(8).with_columns(
    rid=pl.int_range(8, dtype=pl.UInt32), extrait=pl.lit("scolarite")
)  # fmt: skip
