"""Keys made a slice of the records at a time bring together whom keys of all records do."""

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from siei_match.stages.link.blocks import slices
from siei_match.stages.link.blocks.blocking import BlockingPass, build_passes
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.people.sure import join_sure
from siei_match.stages.link.records.records import build_fiches
from tests.examples import examples
from tests.worlds import small_world


def told(passes: list[BlockingPass], count: int) -> list[tuple[object, list[tuple[int, int]]]]:
    """Return what each pass counted, and its pairs."""
    return [
        (passe.counts, sorted(zip(*(side.tolist() for side in passe.pairs(0, count)), strict=True)))
        for passe in passes
    ]


@settings(max_examples=examples(12), deadline=None, phases=(Phase.generate,))
@given(
    seed=st.integers(0, 10_000),
    people=st.integers(2, 120),
    most=st.integers(1, 60),
    share=st.sampled_from([None, 0.05, 0.5]),
    bound=st.sampled_from([None, 0, 40]),
)
def test_slices_of_any_size_bring_together_whom_the_whole_does(
    seed: int, people: int, most: int, share: float | None, bound: int | None
) -> None:
    traits, parcours, _ = small_world(people, seed, ine=0.5, errors=0.3)
    fiches = build_fiches(traits)
    comparator = Comparator(fiches, stays(fiches, parcours))
    groups = join_sure(fiches, comparator, 3.0, 8_000_000).groups
    near = None if share is None else np.random.default_rng(seed).random(fiches.count) < share
    if near is not None:
        # As whoever asks for some does: all the others stand in one group.
        groups = np.where(near, groups, np.uint32(len(groups)))

    whole, left = build_passes(fiches, comparator.words, groups, near, most=bound)
    with patch.object(slices, "RECORDS", most):
        parts, left_of_parts = build_passes(fiches, comparator.words, groups, near, most=bound)

    assert left_of_parts == left
    assert told(parts, fiches.count) == told(whole, fiches.count)


@pytest.mark.parametrize("most", [1, 7, 30, 10_000])
def test_every_record_with_a_value_is_in_one_slice(most: int) -> None:
    traits, _, _ = small_world(60, 3, ine=0.5, errors=0.3)
    fiches = build_fiches(traits)
    for column in ("naissance_annee", "ine"):
        found = list(slices.slices(fiches, column, most=most))
        if most >= fiches.count:
            assert found == [None]
            continue
        given = np.concatenate([part for part in found if part is not None])
        assert sorted(given) == np.flatnonzero(fiches.codes(column)).tolist()
        values = [set(fiches.codes(column)[part].tolist()) for part in found if part is not None]
        assert sum(map(len, values)) == len(set.union(*values))


def test_passes_are_cut_by_what_most_of_them_ask_for() -> None:
    traits, _, _ = small_world(10, 3)
    fiches = build_fiches(traits)
    cut = slices.alike_cut(fiches.spec.file.blocs.passes, fiches)
    assert [column for column, _ in cut] == ["naissance_annee", "ine", "naissance_mois"]
    assert [len(passes) for _, passes in cut] == [13, 1, 1]
