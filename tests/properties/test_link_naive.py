"""The engine against a naive implementation, and against itself run in other ways."""

from collections import defaultdict
from typing import Any

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from siei_match.reference import parallel
from siei_match.stages.link import Linkage, link
from siei_match.stages.link.compare import comparator as comparison
from siei_match.stages.link.model import model
from tests.examples import examples
from tests.properties.link_naive import Naive, lower_rivals
from tests.unit.test_link_estimate import partition, trace_of
from tests.worlds import small_world

SEUILS = {"seuil_lien": 0.9, "seuil_doute": 0.1}


@settings(max_examples=examples(10), deadline=None, phases=(Phase.generate,))
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(2, 40),
    ine=st.floats(0, 1),
    errors=st.floats(0, 0.3),
    twins=st.floats(0, 0.3),
)
def test_columns_and_blocks_say_what_loops_over_pairs_say(
    seed: int, people: int, ine: float, errors: float, twins: float
) -> None:
    traits, parcours, _ = small_world(people, seed, ine=ine, errors=errors, twins=twins)
    trace = trace_of(traits, parcours)
    naive = Naive(trace)
    met = {(ga, gb): bits for ga, gb, bits in trace.gathered.select("ga", "gb", "bits").rows()}
    edges = {pair: naive.edges[pair] for pair in met}
    expected = lower_rivals(edges, naive.proofs, trace.doute_bits)
    assert met == pytest.approx(expected, abs=1e-3)
    assert partition(trace.people[trace.groups]) == naive.people(set(met))


def test_what_no_block_brings_together_is_rare() -> None:
    """Of the pairs of groups that all pairs would link, blocking meets nearly all."""
    likely = missed = 0
    for seed in range(6):
        traits, parcours, _ = small_world(60, seed, ine=0.4, errors=0.15)
        trace = trace_of(traits, parcours)
        met = set(trace.gathered.select("ga", "gb").rows())
        for pair, bits in Naive(trace).edges.items():
            likely += bits >= trace.lien_bits
            missed += bits >= trace.lien_bits and pair not in met
    assert likely > 100
    assert missed / likely < 0.02


def outcome(result: Linkage) -> tuple[Any, ...]:
    return (
        result.groupes.rows(),
        result.liens.rows(),
        result.doutes.rows(),
        result.modele,
        result.counts,
    )


@pytest.fixture(scope="module")
def world() -> tuple[pl.DataFrame, pl.DataFrame]:
    traits, parcours, _ = small_world(600, 41, ine=0.5, errors=0.15, twins=0.1)
    return traits, parcours


@pytest.fixture(scope="module")
def plain(world: tuple[pl.DataFrame, pl.DataFrame]) -> tuple[Any, ...]:
    return outcome(link(*world, **SEUILS))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_leave_no_trace(world, plain, threads: int, monkeypatch) -> None:
    monkeypatch.setattr(parallel, "threads", lambda: threads)
    assert outcome(link(*world, **SEUILS)) == plain


@pytest.mark.parametrize("size", [1_000, 77_777])
def test_the_size_of_chunks_leaves_no_trace(world, plain, size: int, monkeypatch) -> None:
    monkeypatch.setattr(comparison, "CHUNK", size)
    monkeypatch.setattr(model, "SLICE", size // 3)
    assert outcome(link(*world, **SEUILS)) == plain


@pytest.mark.parametrize("seed", [1, 2])
def test_the_order_of_files_leaves_no_trace(world, plain, seed: int) -> None:
    traits, parcours = world
    files = traits["extrait"].unique().sort().sample(fraction=1.0, shuffle=True, seed=seed)
    moved = pl.concat(traits.filter(pl.col("extrait") == f) for f in files).with_columns(
        rid=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    groupes, liens, _, modele, counts = outcome(link(moved, parcours, **SEUILS))

    def people(rows: list[tuple[Any, ...]], of: pl.DataFrame) -> set[frozenset[tuple[Any, ...]]]:
        places = of.select("rid", "fichier", "ligne")
        table = pl.DataFrame(rows, schema=["rid", "personne", "methode"], orient="row").cast(
            {"rid": pl.UInt32}
        )
        found = defaultdict(set)
        for fichier, ligne, personne, methode in (
            table.join(places, on="rid").select("fichier", "ligne", "personne", "methode").rows()
        ):
            found[personne].add((fichier, ligne, methode))
        return {frozenset(rows) for rows in found.values()}

    assert people(groupes, moved) == people(plain[0], traits)
    assert (liens, modele, counts) == (plain[1], plain[3], plain[4])
