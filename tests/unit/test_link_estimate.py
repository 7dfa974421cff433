"""The run measures itself: what is hidden, what is linked again, what is counted and said."""

from collections import defaultdict
from itertools import combinations_with_replacement

import numpy as np
import polars as pl
import pytest

from siei_match.campaign.linkage import describe_errors
from siei_match.stages.link import link
from siei_match.stages.link.measure.doubted import missed_chances
from siei_match.stages.link.measure.errors_expected import model_range, wilson
from siei_match.stages.link.measure.hiding import draw, people_by_identifier, rows_per_fiche
from siei_match.stages.link.measure.measuring import (
    HidingComparator,
    hide_in_table,
    measure,
    relink,
)
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.measure.tally import COUNTS, links_made, tally
from siei_match.stages.link.model.model import probability
from siei_match.stages.link.people.trace import Trace
from tests.worlds import small_world

SEUILS = {"seuil_lien": 0.9, "seuil_doute": 0.1}


def traced(people: int, seed: int, **world: float) -> Trace:
    traits, parcours, _ = small_world(people, seed, **world)
    return trace_of(traits, parcours)


def trace_of(traits: pl.DataFrame, parcours: pl.DataFrame) -> Trace:
    kept: list[Trace] = []

    def keep(trace: Trace) -> ExpectedErrors:
        kept.append(trace)
        return ExpectedErrors(reason="no_identifier")

    link(traits, parcours, measure=keep, **SEUILS)
    return kept[0]


@pytest.fixture(scope="module")
def trace() -> Trace:
    return traced(900, 5, ine=0.8, errors=0.15, twins=0.1)


def drawn_of(trace: Trace) -> tuple[np.ndarray, pl.DataFrame, np.ndarray]:
    person = people_by_identifier(trace.fiches, trace.by_identifier)
    drawn = draw(trace.fiches, person, 1.0)
    hidden = np.zeros(trace.fiches.table.height, dtype=np.bool_)
    hidden[drawn.filter("cache")["fiche"].to_numpy()] = True
    return person, drawn, hidden


def test_each_person_drawn_hides_one_ine_at_least_and_nobody_else_any(trace: Trace) -> None:
    person, drawn, hidden = drawn_of(trace)
    each = drawn.group_by("personne").agg(pl.col("cache").sum(), pl.col("poids").unique())
    assert each["cache"].min() >= 1
    assert each["poids"].list.len().max() == 1
    assert drawn["poids"].is_between(0, 1, closed="right").all()
    assert (person[hidden] >= 0).all()


def test_ine_are_hidden_as_often_as_each_source_lacks_them() -> None:
    trace = traced(6000, 3, ine=0.7, errors=0.0)
    _, drawn, _ = drawn_of(trace)
    held = trace.fiches.table.filter(pl.col("ine") != 0).select("fiche", "source")
    shares = (
        held.join(drawn, on="fiche", how="left")
        .group_by("source")
        .agg((pl.col("cache") * pl.col("poids")).sum() / pl.len(), n=pl.len())
        .filter(pl.col("n") > 1000)
    )
    assert shares.height == 5
    assert shares["cache"].is_between(0.26, 0.34).all()


def test_linking_again_only_what_changed_is_linking_all_again(trace: Trace) -> None:
    """Oracle: the whole linkage once more, from the sure tiers on, with the INE taken out."""
    _, _, hidden = drawn_of(trace)
    again = relink(trace, hidden)
    whole = relink_everything(trace, hidden)
    assert with_hidden(partition(again.people), hidden) == with_hidden(partition(whole), hidden)


def relink_everything(trace: Trace, hidden: np.ndarray) -> np.ndarray:
    from siei_match.stages.link.blocks.blocking import build_index
    from siei_match.stages.link.model.numbers import own_number_sources
    from siei_match.stages.link.people.settling import (
        between_groups,
        make_people,
        promising_fiches,
    )
    from siei_match.stages.link.people.tiers import components, pairs_by_traits
    from siei_match.stages.link.toolkit import positions

    fiches = hide_in_table(trace.fiches, hidden)
    comparator = HidingComparator(trace.comparator, hidden)
    a, b = (trace.by_identifier[side].to_numpy() for side in ("a", "b"))
    by_identifier = trace.by_identifier.filter(pl.Series(~(hidden[a] | hidden[b]))).select("a", "b")
    by_traits = pairs_by_traits(fiches, comparator, trace.unique)
    groups = components(fiches.count, pl.concat([by_identifier, by_traits]))
    index = build_index(fiches, comparator.words, groups, own=own_number_sources(trace.model))
    a, b = positions(index.index(comparator.records))
    near = promising_fiches(trace.model, comparator.compare(pl.DataFrame({"a": a, "b": b})))
    gathered = between_groups(trace.model, comparator, near, groups, trace.doute_bits)
    at = (trace.lien_bits, trace.doute_bits)
    _, people, _ = make_people(trace.model, gathered, groups, at, lambda _: trace.seen)
    return people[groups]


def with_hidden(groups: set[frozenset[int]], hidden: np.ndarray) -> set[frozenset[int]]:
    """Keep the people whom hiding concerns: the others are not linked again."""
    return {group for group in groups if hidden[list(group)].any()}


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    found = defaultdict(set)
    for fiche, label in enumerate(labels.tolist()):
        found[label].add(fiche)
    return {frozenset(group) for group in found.values()}


def test_counts_are_those_of_a_loop_over_all_pairs_of_rows(trace: Trace) -> None:
    """Oracle: every pair of fiches, one by one, times their rows."""
    person, drawn, hidden = drawn_of(trace)
    # A linkage made bad on purpose, so that every kind of error is there.
    dice = np.random.default_rng(1)
    people = relink(trace, hidden).people.copy()
    moved = dice.random(len(people)) < 0.2
    people[moved] = people[dice.integers(0, len(people), moved.sum())]
    doubts = pl.DataFrame(
        {"pa": people[:-1:3], "pb": people[1::3][: len(people[:-1:3])]},
    )
    doubts = (
        doubts.select(pa=pl.min_horizontal("pa", "pb"), pb=pl.max_horizontal("pa", "pb"))
        .filter(pl.col("pa") != pl.col("pb"))
        .unique()
        .with_columns(bits=0.0)
    )
    counted = tally(trace, person, drawn, people, doubts)
    found = {
        (row["personne"], row["couple"]): tuple(round(row[c], 6) for c in COUNTS)
        for row in counted.iter_rows(named=True)
        if any(row[c] for c in COUNTS)
    }
    naive = naive_tally(trace, person, drawn, people, doubts, hidden)
    assert found == naive
    totals = np.array(list(naive.values())).sum(axis=0)
    assert (totals > 0).all()


def naive_tally(
    trace: Trace,
    person: np.ndarray,
    drawn: pl.DataFrame,
    people: np.ndarray,
    doubts: pl.DataFrame,
    hidden: np.ndarray,
) -> dict[tuple[int, int], tuple[float, ...]]:
    rows = rows_per_fiche(trace.fiches)
    sources = trace.fiches.table["source"].to_list()
    real = trace.people[trace.groups]
    unsure = {
        (a, b): chance
        for a, b, chance in trace.doubts.select("pa", "pb", probability(pl.col("bits"))).iter_rows()
    }
    doubtful = {(a, b) for a, b, _ in doubts.iter_rows()}
    of_drawn = set(drawn["fiche"].to_list())
    sums: dict[tuple[int, int], np.ndarray] = defaultdict(lambda: np.zeros(4))
    for f, g in combinations_with_replacement(range(len(people)), 2):
        if not (hidden[f] or hidden[g]):
            continue
        low, high = sorted((sources[f], sources[g]))
        n = rows[f] * (rows[f] - 1) / 2 if f == g else rows[f] * rows[g]
        apart = people[f] != people[g]
        if person[f] == person[g] and f in of_drawn:
            pair = tuple(sorted((int(people[f]), int(people[g]))))
            sums[int(person[f]), low * 6 + high] += (n, n * apart, n * (pair in doubtful), 0)
        elif person[f] >= 0 and person[g] >= 0 and not apart and real[f] != real[g]:
            known = tuple(sorted((int(real[f]), int(real[g]))))
            wrong = n * (1 - unsure.get(known, 0.0))
            sides = [x for x in (f, g) if hidden[x]]
            for side in sides:
                sums[int(person[side]), low * 6 + high] += (0, 0, 0, wrong / len(sides))
    return {key: tuple(np.round(v, 6).tolist()) for key, v in sums.items() if v.any()}


def test_links_made_are_those_of_a_loop_over_all_pairs_of_rows(trace: Trace) -> None:
    person = pl.DataFrame(
        {"fiche": trace.fiches.table["fiche"], "p": trace.people[trace.groups]}
    ).join(trace.fiches.table.select("fiche", "source", "ine"), on="fiche")
    rows = trace.fiches.lignes.join(person, on="fiche")
    naive = np.zeros(36)
    for _, group in rows.group_by("p"):
        held = group.select("source", "ine").rows()
        for i, (s, x) in enumerate(held):
            for t, y in held[:i]:
                if not x or not y:
                    naive[min(s, t) * 6 + max(s, t)] += 1
    assert naive.sum() > 100
    assert links_made(trace).tolist() == naive.tolist()


def test_the_estimate_has_the_form_that_the_manifest_declares(trace: Trace) -> None:
    found = describe_errors(measure(trace))
    assert found.motif is None
    assert found.ensemble is not None
    assert found.ensemble.manques.estimation > 0
    methods = {c.methode for c in found.couples}
    assert methods == {"ine_caches", "modele"}
    for couple in found.couples:
        without = "missions_locales" in (couple.extrait_a, couple.extrait_b)
        assert not without or couple.methode == "modele"
    assert found.ensemble.liens == sum(c.liens for c in found.couples)


def test_no_ine_at_all_is_said_and_never_zero() -> None:
    assert measure(traced(200, 2, ine=0.0)) == ExpectedErrors(reason="no_identifier")


@pytest.mark.parametrize("people", [1, 2, 12])
def test_a_tiny_delivery_is_said_and_never_zero(people: int) -> None:
    assert measure(traced(people, 2, ine=0.9)) == ExpectedErrors(reason="too_few_people")


def test_an_empty_delivery_is_said() -> None:
    traits, parcours, _ = small_world(3, 1)
    assert measure(trace_of(traits.clear(), parcours)) == ExpectedErrors(reason="no_identifier")


def test_a_linkage_without_measure_says_nothing() -> None:
    traits, parcours, _ = small_world(50, 1)
    assert link(traits, parcours, **SEUILS).errors is None


@pytest.mark.parametrize(
    ("rate", "n", "low", "high"),
    [
        # Agresti & Coull 1998: no success of 10, and 5 of 10.
        (0.0, 10, 0.0, 0.2775),
        (0.5, 10, 0.2366, 0.7634),
        (0.0, 0, 0.0, 1.0),
    ],
)
def test_wilson_intervals(rate: float, n: float, low: float, high: float) -> None:
    assert wilson(rate, n) == pytest.approx((low, high), abs=1e-4)


def test_what_the_model_expects_has_a_range_around_it() -> None:
    for expected in (0.0, 0.01, 0.5, 3.0, 100.0, 10_000.0):
        found = model_range(expected)
        assert 0 <= found.low <= found.estimate <= found.high
        assert found.high >= 2 * expected
        assert found.low <= expected / 2


def test_a_row_that_fits_two_people_is_not_expected_to_be_missed_twice() -> None:
    between = pl.DataFrame({"pa": [0, 0], "pb": [1, 2], "bits": [10.0, 10.0]})
    assert missed_chances(between)["chance"].sum() == pytest.approx(1.0, abs=0.01)
    alone = between.head(1)
    assert missed_chances(alone)["chance"].item() == pytest.approx(1024 / 1025)
