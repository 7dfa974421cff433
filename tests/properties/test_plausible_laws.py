"""Laws of what a delivery is judged by: samples of sets, counts of slices, bounds of shares."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.reference.delivery import Delivery
from siei_match.stages.extract import read_delivery, read_file
from siei_match.stages.validate import count_rules, validate
from siei_match.stages.validate.gate import RuleCounts
from siei_match.stages.validate.plausible import FileCounter, sketch
from siei_match.stages.validate.plausible.bounds import FEW, surely_above, surely_below
from siei_match.stages.validate.plausible.sketch import Sketch
from tests.examples import examples

SAMPLE = Path(__file__).parents[2] / "sample_data" / "2026-10"
NUMBERS = st.lists(st.integers(0, 400), max_size=300)


def sketch_of(*parts: list[int]) -> Sketch:
    made = Sketch()
    for part in parts:
        made.add(pl.Series([*map(str, part), None], dtype=pl.String))
    return made


@given(NUMBERS, NUMBERS)
@settings(max_examples=examples(100), deadline=None)
def test_a_sample_that_holds_everybody_is_exact(mine: list[int], others: list[int]) -> None:
    found, looked_for = sketch_of(mine).share_in(sketch_of(others))
    assert (found, looked_for) == (len(set(mine) & set(others)), len(set(mine)))


@given(NUMBERS, NUMBERS, st.integers(2, 50))
@settings(max_examples=examples(100), deadline=None)
def test_a_sample_does_not_depend_on_how_it_was_seen(
    some: list[int], others: list[int], size: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sketch, "SIZE", size)
        whole, merged = sketch_of(some + others), sketch_of(some)
        merged.merge(sketch_of(others))
        reference = sketch_of(list(range(0, 400, 3)))
        assert len(whole) == len(merged) == min(size, len(set(some + others)))
        assert whole.share_in(reference) == merged.share_in(reference)
        assert whole.share_in(whole) == (len(whole), len(whole))


def test_a_small_sample_of_large_sets_tells_their_share() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sketch, "SIZE", 2_000)
        mine, others = sketch_of(list(range(60_000))), sketch_of(list(range(15_000, 75_000)))
        found, looked_for = mine.share_in(others)
    assert looked_for > 1_500
    assert abs(found / looked_for - 0.75) < 0.04


@given(st.integers(0, 2_000), st.integers(0, 2_000), st.floats(0.01, 0.99))
@settings(max_examples=examples(200), deadline=None)
def test_no_share_is_beyond_a_limit_both_ways(a: int, b: int, limit: float) -> None:
    found, rows = min(a, b), max(a, b)
    above, below = surely_above(found, rows, limit), surely_below(found, rows, limit)
    assert not (above and below)
    assert not (above or below) or rows >= FEW
    assert not above or found / rows > limit
    assert not below or found / rows < limit
    if above:  # more of the same is surer
        assert surely_above(2 * found, 2 * rows, limit)
        assert surely_above(min(rows, found + 1), rows, limit)


@pytest.fixture(scope="module")
def sample() -> tuple[Delivery, pl.DataFrame, RuleCounts]:
    """The valid rows of a file, and the rules that its rows broke."""
    delivery = read_delivery(SAMPLE)
    fichier = delivery.fichiers[0]
    partition = validate(read_file(SAMPLE, fichier).frame, fichier, delivery.campagne)
    return delivery, partition.valides, count_rules(partition.rejets)


@given(st.lists(st.integers(0, 2_000), max_size=4))
@settings(max_examples=examples(30), deadline=None)
def test_a_file_is_counted_the_same_in_any_slices(
    sample: tuple[Delivery, pl.DataFrame, RuleCounts], cuts: list[int]
) -> None:
    delivery, valides, rules = sample
    whole, parts = (FileCounter(delivery.fichiers[0], delivery.campagne) for _ in range(2))
    whole.add(valides)
    edges = [0, *sorted(min(cut, valides.height) for cut in cuts), valides.height]
    for start, end in pairwise(edges):
        parts.add(valides.slice(start, end - start))
    assert parts.tally(rules) == whole.tally(rules)
    for kind in ("uai", "mef"):
        assert parts.values(kind).sort("value").equals(whole.values(kind).sort("value"))
    assert parts.people.share_in(whole.people) == (len(whole.people), len(whole.people))
    assert len(parts.children) == len(whole.children)
