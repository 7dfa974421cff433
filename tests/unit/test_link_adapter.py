"""The linkage is recordlinkage's: our parts run in its classes, and its classes judge ours."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import recordlinkage
import recordlinkage.measures
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.stages.link.blocks.blocking import BlockingPass, build_index
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.model.classifier import FellegiSunter
from siei_match.stages.link.model.estimation import start_model
from siei_match.stages.link.people import candidates
from siei_match.stages.link.people.candidates import chunks_of_records, search
from siei_match.stages.link.records.records import build_fiches
from siei_match.stages.link.records.words import CALLED, FURTHER, SURNAME, Keys
from siei_match.stages.link.toolkit import (
    Compare,
    Index,
    index_of_pairs,
    positions,
    table_of,
    vectors_of,
)
from tests.worlds import small_world

Pairs = set[tuple[int, int]]


class World:
    """A small world, indexed, compared and classified by hand."""

    def __init__(self, people: int, seed: int) -> None:
        traits, parcours, truth = small_world(people, seed)
        self.fiches = build_fiches(traits)
        self.comparator = Comparator(self.fiches, stays(self.fiches, parcours))
        self.records = self.comparator.records
        self.compare = self.comparator.comparison()
        alone = np.arange(self.fiches.count, dtype=np.uint32)
        self.index = build_index(self.fiches, self.comparator.words, alone)
        self.classifier = FellegiSunter(start_model(self.fiches, self.comparator), self.fiches)
        rows = self.fiches.lignes.unique("fiche", keep="first").sort("fiche")
        person = pl.Series("person", truth).gather(rows["rid"])
        held = pl.DataFrame({"fiche": alone, "person": person})
        both = held.join(held, on="person", suffix="_b").filter(pl.col("fiche") < pl.col("fiche_b"))
        self.true_links = index_of_pairs(
            both["fiche"].to_numpy(), both["fiche_b"].to_numpy(), self.fiches.count
        )


@pytest.fixture(scope="module")
def world() -> World:
    return World(250, seed=5)


def pairs_of(index: pd.MultiIndex) -> Pairs:
    return set(zip(*(side.tolist() for side in positions(index)), strict=True))


def test_the_toolkit_links_with_our_parts(world: World) -> None:
    found = recordlinkage.Index(world.index.algorithms).index(world.records)
    assert recordlinkage.measures.recall(world.true_links, found) > 0.98

    vectors = recordlinkage.Compare(world.compare.features).compute(found, world.records)
    assert {"nom", "prenom", "naissance", "ine"} <= set(vectors.columns)

    classifier = FellegiSunter(world.classifier.model, world.fiches)
    classifier.fit(vectors, match_index=world.true_links)
    classifier.fit(vectors)
    links = classifier.predict(vectors)
    assert recordlinkage.measures.precision(world.true_links, links) > 0.97
    assert recordlinkage.measures.recall(world.true_links, links) > 0.95
    assert list(links) == list(vectors.index[classifier.prob(vectors) >= 0.5])


def test_our_index_unites_what_the_toolkit_unites(world: World) -> None:
    theirs = recordlinkage.Index(world.index.algorithms).index(world.records)
    assert pairs_of(world.index.index(world.records)) == set(theirs) != set()


def test_our_compare_says_what_the_toolkit_says(world: World) -> None:
    found = world.index.index(world.records)
    theirs = recordlinkage.Compare(world.compare.features).compute(found, world.records)
    pd.testing.assert_frame_equal(
        world.compare.compute(found, world.records), theirs, check_index_type=False
    )


def test_chunks_own_each_pair_once_and_leave_no_trace(world: World, monkeypatch) -> None:
    found = world.index.index(world.records)
    whole = world.comparator.in_order(table_of(world.compare.compute(found, world.records)))
    chances = world.classifier.chances(whole)
    # Some are kept and some are not.
    least = float(np.median(chances))
    likely = whole.filter(pl.Series(chances >= least))
    assert 0 < likely.height < whole.height
    compared: list[int] = []

    def counted(self: Compare, pairs: pd.MultiIndex, *records: pd.DataFrame) -> pd.DataFrame:
        compared.append(len(pairs))
        return whole_compare(self, pairs, *records)

    whole_compare = Compare.compute
    monkeypatch.setattr(Compare, "compute", counted)
    for size in (100, 1_000_000):
        compared.clear()
        monkeypatch.setattr(candidates.comparison, "CHUNK", size)
        kept, met = search(world.index, world.comparator, world.classifier, least=least)
        assert met.pairs == len(found)
        assert kept.equals(likely.sort("a", "b"))
        # Never all of them at once: what stands is a chunk, and what is kept.
        assert max(compared) <= size
        assert sum(compared) == len(found) > 400


@given(st.integers(0, 50), st.integers(0, 10**7))
def test_chunks_of_records_cover_them_all(count: int, pairs: int) -> None:
    bounds = chunks_of_records(count, pairs)
    assert [r for first, end in bounds for r in range(first, end)] == list(range(count))


ROLES_OF_WORDS = (SURNAME, CALLED, FURTHER)
MEET = {
    (SURNAME, SURNAME): True, (SURNAME, CALLED): True, (SURNAME, FURTHER): False,
    (CALLED, CALLED): True, (CALLED, FURTHER): True, (FURTHER, FURTHER): True,
}  # fmt: skip
"""By roles of one word in two names, the lesser first: whether it brings them together."""


@settings(max_examples=100, deadline=None)
@given(st.data(), st.booleans())
def test_a_pass_pairs_those_who_share_a_key_whose_roles_meet_and_of_whom_one_seeks(
    data: st.DataObject, told: bool
) -> None:
    fiches = build_fiches(small_world(4, seed=1)[0])
    some = st.lists(st.integers(0, 5), min_size=fiches.count, max_size=fiches.count)
    groups = np.array(data.draw(some), dtype=np.uint32)
    free = np.array(data.draw(some), dtype=np.uint32) < 3
    keyed = data.draw(
        st.lists(
            st.tuples(
                st.integers(0, fiches.count - 1), st.integers(1, 4), st.sampled_from(ROLES_OF_WORDS)
            ),
            max_size=30,
        )
    )
    keys = Keys(
        np.array([fiche for fiche, *_ in keyed], dtype=np.uint32),
        np.array([key for _, key, _ in keyed], dtype=np.uint64) << np.uint64(40),
        np.array([role for *_, role in keyed], dtype=np.uint8) if told else None,
    )
    naive = {
        (a, b)
        for a, x, i in keyed
        for b, y, j in keyed
        if x == y and a < b and groups[a] != groups[b] and (free[a] or free[b])
        if not told or MEET[min(i, j), max(i, j)]
    }
    made = BlockingPass("essai", [keys], fiches, groups, free)
    cut = data.draw(st.integers(0, fiches.count))
    parts = [made.pairs(0, cut), made.pairs(cut, fiches.count)]
    assert set().union(*(zip(a.tolist(), b.tolist(), strict=True) for a, b in parts)) == naive
    assert all((a < cut).all() == (part == 0) for part, (a, _) in enumerate(parts) if len(a))


def test_slices_of_keys_bring_the_same_pairs_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a campaign of millions does to its keys, on a world of a few: pairs and counts are those of one piece."""
    alone = np.arange(world.fiches.count, dtype=np.uint32)

    def index() -> Any:
        return build_index(world.fiches, world.comparator.words, alone).algorithms

    whole = index()
    monkeypatch.setattr("siei_match.stages.link.blocks.keys.SLICE", 7)
    monkeypatch.setattr("siei_match.stages.link.blocks.mixed.SLICE", 11)
    monkeypatch.setattr("siei_match.stages.link.blocks.blocking.LAID_OUT", 13)
    for one, cut in zip(whole, index(), strict=True):
        assert cut.counts == one.counts
        pairs = [
            sorted(zip(*(side.tolist() for side in made.pairs(0, len(alone))), strict=True))
            for made in (one, cut)
        ]
        assert pairs[0] == pairs[1]


def test_a_surname_that_is_a_further_first_name_too_meets_both() -> None:
    """THOMAS, whose second first name is THOMAS, meets those who bear it as either."""
    fiches = build_fiches(small_world(4, seed=1)[0])
    roles = [(0, SURNAME), (0, FURTHER), (1, FURTHER), (2, SURNAME)]
    keys = Keys(
        np.array([fiche for fiche, _ in roles], dtype=np.uint32),
        np.full(len(roles), 7 << 40, dtype=np.uint64),
        np.array([role for _, role in roles], dtype=np.uint8),
    )
    alone, free = np.arange(fiches.count, dtype=np.uint32), np.ones(fiches.count, dtype=np.bool_)
    a, b = BlockingPass("essai", [keys], fiches, alone, free).pairs(0, fiches.count)
    assert {*zip(a.tolist(), b.tolist(), strict=True)} == {(0, 1), (0, 2)}


def test_labels_teach_whether_they_come_alone_or_among_others(world: World) -> None:
    found = world.index.index(world.records)
    vectors = world.compare.compute(found, world.records)
    known = world.true_links.intersection(found)
    among, alone = (FellegiSunter(world.classifier.model, world.fiches) for _ in range(2))
    among.fit(vectors, match_index=known)
    labelled = vectors[vectors.index.isin(known)]
    alone.fit(labelled, match_index=labelled.index)
    assert 0 < len(labelled) < len(vectors)
    assert among.model.artefact() == alone.model.artefact()


def test_absent_weighs_nothing(world: World) -> None:
    compared = table_of(world.compare.compute(world.true_links[:1], world.records))
    nothing = compared.with_columns(pl.lit(0, pl.UInt8).alias(t) for t in world.fiches.spec.by_name)
    model = world.classifier.model
    chance = world.classifier.prob(vectors_of(nothing, world.fiches.count)).iloc[0]
    prior = model.prior[nothing["source_a"].item() * 6 + nothing["source_b"].item()]
    # Nothing speaks: the prior, and the ways of being two that are not strangers.
    assert 1 / chance - 1 == pytest.approx(1 / prior - 1 + sum(model.taux.values()))


def test_an_index_of_positions_looks_nothing_up() -> None:
    a, b = np.array([3, 0], dtype=np.uint32), np.array([4, 2], dtype=np.uint32)
    pairs = index_of_pairs(a, b, 5)
    assert list(pairs) == [(3, 4), (0, 2)]
    assert [side.tolist() for side in positions(pairs[::-1])] == [[0, 3], [2, 4]]
    # Of a user's own making, by label: the codes are no positions there.
    assert [s.tolist() for s in positions(pd.MultiIndex.from_tuples([(7, 9), (4, 9)]))] == [
        [7, 4],
        [9, 9],
    ]


def test_an_index_without_a_pass_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="No algorithms"):
        Index([]).index(world.records)
