"""Laws of the linkage: what must hold for any world."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.reference.contracts import conform
from siei_match.stages.link import Linkage, link
from tests.examples import examples
from tests.worlds import small_world


def linked(traits: pl.DataFrame, parcours: pl.DataFrame) -> Linkage:
    return link(traits, parcours, seuil_lien=0.9, seuil_doute=0.1)


def people(result: Linkage, traits: pl.DataFrame) -> set[frozenset[tuple[str, int]]]:
    rows = result.groupes.join(traits.select("rid", "fichier", "ligne"), on="rid")
    groups = rows.group_by("personne").agg(pl.struct("fichier", "ligne"))
    return {
        frozenset((row["fichier"], row["ligne"]) for row in group)
        for group in groups["fichier"].to_list()
    }


@settings(max_examples=examples(8), deadline=None)
@given(seed=st.integers(0, 10_000), shuffle=st.integers(0, 10_000))
def test_the_order_of_rows_leaves_no_trace(seed: int, shuffle: int) -> None:
    traits, parcours, _ = small_world(120, seed)
    shuffled = traits.sample(fraction=1.0, shuffle=True, seed=shuffle).with_columns(
        rid=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    here, there = linked(traits, parcours), linked(shuffled, parcours)
    assert people(here, traits) == people(there, shuffled)
    assert here.liens.equals(there.liens)


@settings(max_examples=examples(8), deadline=None)
@given(seed=st.integers(0, 10_000), size=st.integers(1, 150))
def test_each_row_is_one_person_s_and_pairs_agree_with_groups(seed: int, size: int) -> None:
    traits, parcours, _ = small_world(size, seed)
    result = linked(traits, parcours)
    conform(result.groupes.with_columns(pl.col("methode").cast(pl.String)), "tables/groupes")
    conform(result.liens, "tables/liens")
    assert result.groupes["rid"].to_list() == list(range(traits.height))
    placed = traits.join(result.groupes, on="rid").select("fichier", "ligne", "personne")
    person = {(f, n): p for f, n, p in placed.iter_rows()}
    for lien in result.liens.iter_rows(named=True):
        a = person[(lien["fichier_a"], lien["ligne_a"])]
        b = person[(lien["fichier_b"], lien["ligne_b"])]
        assert (a == b) == (lien["issue"] == "lie")
    weights = [c for c in result.liens.columns if c.startswith("poids_")]
    total = result.liens.select(pl.sum_horizontal(weights) - pl.col("poids")).to_series()
    assert total.abs().max() is None or total.abs().max() < 0.01  # type: ignore[operator]


def test_no_row_at_all() -> None:
    traits, parcours, _ = small_world(3, 1)
    result = linked(traits.clear(), parcours)
    assert result.groupes.is_empty()
    assert result.doutes.is_empty()


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_links_are_right_on_worlds_never_seen(seed: int) -> None:
    traits, parcours, truth = small_world(1500, seed, ine=0.5)
    result = linked(traits, parcours)
    rows = result.groupes.with_columns(vrai=pl.Series(truth))

    def pairs(*keys: str) -> int:
        counts = rows.group_by(keys).len()["len"].cast(pl.Int64)
        return int((counts * (counts - 1) // 2).sum())

    right = pairs("personne", "vrai")
    assert right / pairs("personne") > 0.99
    assert right / pairs("vrai") > 0.97


def test_twins_are_two_people() -> None:
    traits, parcours, truth = small_world(800, 21, twins=0.3, errors=0.0)
    rows = linked(traits, parcours).groupes.with_columns(vrai=pl.Series(truth))
    mixed = rows.group_by("personne").agg(pl.col("vrai").n_unique()).filter(pl.col("vrai") > 1)
    assert mixed.height <= 2


def test_a_filler_ine_is_nobody_s() -> None:
    traits, parcours, truth = small_world(400, 31)
    filled = traits.with_columns(ine=pl.lit("000000000AA"))
    result = linked(filled, parcours)
    assert result.counts.fillers == 1
    assert result.counts.identifier_pairs == 0
    rows = result.groupes.with_columns(vrai=pl.Series(truth))
    mixed = rows.group_by("personne").agg(pl.col("vrai").n_unique()).filter(pl.col("vrai") > 1)
    assert mixed.height <= 2
