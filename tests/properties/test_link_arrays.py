"""Grouping by sorting, against dictionaries."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from siei_match.reference.arrays import (
    first_places,
    marked,
    mix,
    nearly,
    packed,
    pairs_in_runs,
    pairs_of_holders,
    runs,
    spread,
    unpacked,
)

# Keys that differ only in their lowest bits must be told apart too: places are packed there.
KEYS = arrays.arrays(
    np.uint64,
    st.integers(0, 60),
    elements=st.one_of(st.integers(0, 9), st.integers(2**63, 2**63 + 9), st.just(2**64 - 1)),
)


def by_key(keys: np.ndarray) -> dict[int, list[int]]:
    found = defaultdict(list)
    for place, key in enumerate(keys.tolist()):
        found[key].append(place)
    return found


@given(KEYS)
def test_runs_hold_the_places_of_each_key(keys: np.ndarray) -> None:
    found = runs(keys)
    cut = np.split(found.order, found.starts[1:]) if len(keys) else []
    expected = by_key(keys)
    assert [sorted(run.tolist()) for run in cut] == [expected[key] for key in sorted(expected)]
    assert found.lengths.tolist() == [len(expected[key]) for key in sorted(expected)]
    numbers = {key: number for number, key in enumerate(sorted(expected))}
    assert found.numbers().tolist() == [numbers[key] for key in keys.tolist()]


@given(KEYS, st.randoms(use_true_random=False))
def test_least_and_most_of_each_run(keys: np.ndarray, dice: object) -> None:
    values = np.array([dice.randint(0, 99) for _ in keys], dtype=np.int64)  # type: ignore[attr-defined]
    found, expected = runs(keys), by_key(keys)
    places = [expected[key] for key in sorted(expected)]
    assert found.least(values).tolist() == [values[run].min() for run in places]
    assert found.most(values).tolist() == [values[run].max() for run in places]


@given(st.lists(st.booleans(), max_size=300))
def test_marked_places_are_counted_as_a_search_counts_them(mask: list[bool]) -> None:
    found = marked(np.array(mask, dtype=np.bool_))
    ends = np.arange(len(mask) + 1, dtype=np.uint32)
    expected = np.searchsorted(np.flatnonzero(mask), ends)
    assert found.places.tolist() == np.flatnonzero(mask).tolist()
    assert found.ranks(ends).tolist() == expected.tolist()


@given(KEYS, st.integers(0, 2**60 - 1))
def test_pairs_of_a_run_are_those_of_a_loop(keys: np.ndarray, bits: int) -> None:
    leading = np.array([bool(bits >> place & 1) for place in range(len(keys))], dtype=np.bool_)
    a, b = pairs_in_runs(runs(keys), leading)
    found = [tuple(sorted(pair)) for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert len(found) == len(set(found))
    assert set(found) == {
        (x, y)
        for run in by_key(keys).values()
        for i, x in enumerate(run)
        for y in run[i + 1 :]
        if leading[x] or leading[y]
    }


@given(KEYS, KEYS)
def test_no_wanted_key_is_missed(keys: np.ndarray, wanted: np.ndarray) -> None:
    kept = nearly(spread(wanted)).hold(spread(keys))
    asked = set(wanted.tolist())
    assert all(kept[place] for place, key in enumerate(keys.tolist()) if key in asked)


def test_few_unwanted_keys_pass() -> None:
    keys = spread(np.arange(200_000, dtype=np.uint64))
    assert nearly(keys[:1000]).hold(keys[1000:]).mean() < 0.1


def test_mixing_keeps_values_and_their_order_apart() -> None:
    values = np.arange(300, dtype=np.uint64)
    first, second = (grid.ravel() for grid in np.meshgrid(values, values))
    keys = mix(mix(np.zeros(len(first), dtype=np.uint64), first), second)
    assert len(np.unique(keys)) == len(first)


@given(KEYS, KEYS)
def test_packed_pairs_come_out_as_they_went_in(a: np.ndarray, b: np.ndarray) -> None:
    size = min(len(a), len(b))
    left, right = (x[:size].astype(np.uint32) for x in (a, b))
    x, y = unpacked(packed(left, right))
    assert x.tolist() == left.tolist()
    assert y.tolist() == right.tolist()


@given(st.lists(st.integers(0, 9), max_size=30))
def test_first_places_are_those_of_a_search(labels: list[int]) -> None:
    found = first_places(np.array(labels, dtype=np.uint32)).tolist()
    assert len(found) == max(labels, default=-1) + 1
    assert {label: found[label] for label in labels} == {n: labels.index(n) for n in labels}


@given(
    held=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 5)), max_size=25),
    most=st.integers(1, 4),
)
def test_holders_of_a_key_meet_once_by_their_first_place(
    held: list[tuple[int, int]], most: int
) -> None:
    keys = np.array([key for key, _ in held], dtype=np.uint64) << np.uint64(40)
    holders = np.array([holder for _, holder in held], dtype=np.uint32)
    a, b = pairs_of_holders(keys, holders, most)
    expected = set()
    for key in {key for key, _ in held}:
        firsts = [held.index((key, holder)) for holder in {h for k, h in held if k == key}]
        if len(firsts) <= most:
            expected |= {frozenset((x, y)) for x in firsts for y in firsts if x != y}
    found = [frozenset(pair) for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert len(found) == len(set(found))
    assert set(found) == expected
