"""What a run did for groups of people: who is in which, how often wrong, which counts are told."""

from typing import get_args

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.campaign.fairness import TRAITS
from siei_match.output.estimates import Dimension, GroupRecord, IntervalRecord
from siei_match.reference.intervals import ratio_of_people
from siei_match.stages.publish.groups import COUNTS, GroupedPeople, conceal, describe_groups
from siei_match.stages.publish.report.fairness import describe_fairness

FLAGS = ("by_likeness", "doute", "decidee", "sortant", "a_verifier")


def grouped(sizes: dict[str, int], missed: dict[str, float], pairs: float = 2.0) -> GroupedPeople:
    """People of each sex, all tested on `pairs` pairs, of which a share is missed."""
    people = [(f"{sex}{i}", sex) for sex, n in sizes.items() for i in range(n)]
    frame = pl.DataFrame(people, ["id_personne", "sexe"], orient="row").with_columns(
        *(pl.lit(value=flag in ("decidee", "sortant")).alias(flag) for flag in FLAGS),
        age=pl.lit("18_a_20"), naissance=pl.lit("france"), territoire=pl.lit("hexagone"),
        academie=pl.lit("Lyon"), niveau=pl.lit("niveau_3"),
    )  # fmt: skip
    place = pl.int_range(pl.len()).over("sexe")
    bad = pl.col("sexe").replace_strict(missed, return_dtype=pl.Float64) * pl.len().over("sexe")
    tested = frame.select(
        "id_personne", extrait_a=pl.lit("scolarite"), extrait_b=pl.lit("diplomes"),
        testees=pl.lit(pairs), manquees=pl.when(place < bad).then(pairs).otherwise(0.0),
        fausses=pl.lit(0.0),
    )  # fmt: skip
    sources = frame.select("id_personne", extrait=pl.lit("scolarite"))
    return GroupedPeople(frame, sources, tested, ("Lyon", "Paris"))


def of(found: tuple[GroupRecord, ...], dimension: str) -> dict[str, GroupRecord]:
    return {group.groupe: group for group in found if group.dimension == dimension}


def test_each_group_has_its_errors_and_those_of_everybody_else() -> None:
    sexes = of(describe_groups(grouped({"F": 200, "M": 300}, {"F": 0.1, "M": 0.02})), "sexe")
    women, men = sexes["F"], sexes["M"]
    assert women.taux_manques
    assert women.taux_manques_ailleurs
    assert women.taux_manques.estimation == pytest.approx(0.1)
    assert women.taux_manques_ailleurs == men.taux_manques
    # Two hundred people of whom one in ten: the interval is that of people, not of their 400 pairs.
    assert women.taux_manques.bas == pytest.approx(0.0657, abs=2e-3)
    assert (women.personnes, women.sortants, women.personnes_testees) == (200, 200, 200)


def test_too_few_tested_say_nothing_and_a_place_without_anybody_is_left_out() -> None:
    found = describe_groups(grouped({"F": 29, "M": 300}, {"F": 1.0, "M": 0.0}))
    assert of(found, "sexe")["F"].taux_manques is None
    assert of(found, "sexe")["F"].personnes_testees == 0
    assert set(of(found, "academie")) == {"Lyon"}


@pytest.mark.parametrize(("wrong", "low"), [(2, 0.0), (3, 0.02)])
def test_one_or_two_people_prove_nothing_of_their_group(wrong: int, low: float) -> None:
    sexes = of(describe_groups(grouped({"F": 40, "M": 300}, {"F": wrong / 40, "M": 0.0})), "sexe")
    told = sexes["F"].taux_manques
    assert told is not None
    assert told.estimation == pytest.approx(wrong / 40)
    assert told.bas == pytest.approx(low, abs=0.01)


def test_sources_overlap_and_a_pair_counts_for_both_of_its_own() -> None:
    people = grouped({"F": 40}, {"F": 0.0})
    both = pl.concat([people.sources, people.sources.with_columns(extrait=pl.lit("diplomes"))])
    found = of(describe_groups(GroupedPeople(people.people, both, people.tested)), "extrait")
    assert {name: group.personnes_testees for name, group in found.items()} == {
        "scolarite": 40, "diplomes": 40,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        # A small count hides the smallest other: the sum is known.
        ({"F": 40, "M": 30, "inconnu": 2}, {"F": 40, "M": None, "inconnu": None}),
        ({"F": 40, "M": 30}, {"F": 40, "M": 30}),
        # How many minors are listed is told elsewhere: hiding that would hide nothing.
        ({"moins_de_18": 9, "18_a_20": 30, "21_a_25": 2},
         {"moins_de_18": 9, "18_a_20": None, "21_a_25": None}),
    ],
)  # fmt: skip
def test_which_counts_are_told(counts: dict[str, int], told: dict[str, int | None]) -> None:
    frame = pl.DataFrame({"groupe": list(counts)}).with_columns(
        pl.Series(column, list(counts.values())) for column in COUNTS
    )
    shown = dict(conceal(frame).select("groupe", "personnes").iter_rows())
    assert shown == told


def test_a_part_that_leaves_few_outside_is_not_told() -> None:
    frame = pl.DataFrame(
        {"groupe": ["F", "M"], "personnes": [50, 60], "rapprochees": [20, 20], "doutes": [10, 10],
         "decidees": [40, 40], "sortants": [38, 20], "a_verifier": [6, 6]}
    )  # fmt: skip
    # Nor is the other one: all the sortants less those told would be those not told.
    assert conceal(frame)["sortants"].to_list() == [None, None]


@given(st.lists(st.integers(0, 60), min_size=2, max_size=6))
def test_no_small_count_is_told_nor_is_it_what_is_left_of_the_sum(counts: list[int]) -> None:
    names = [f"g{i}" for i in range(len(counts))]
    frame = pl.DataFrame({"groupe": names}).with_columns(pl.Series(c, counts) for c in COUNTS)
    shown = conceal(frame)["personnes"].to_list()
    assert not any(n is not None and 1 <= n <= 4 for n in shown)
    hidden = [n for n, told in zip(counts, shown, strict=True) if told is None]
    assert len(hidden) != 1 or not [n for n in counts if n >= 5]


def test_no_name_makes_a_group() -> None:
    """An origin is never guessed: no name is even read."""
    assert [column for column in TRAITS if "nom" in column] == []
    assert set(get_args(Dimension)) == {
        "sexe", "age", "niveau", "naissance", "territoire", "academie", "extrait",
    }  # fmt: skip


def test_an_interval_is_of_people_and_not_of_their_pairs() -> None:
    one = pl.Series([1.0] * 5 + [0.0] * 95).to_numpy()
    few = ratio_of_people(one, (one * 0 + 1))
    many = ratio_of_people(one * 10, (one * 0 + 10))
    assert few == pytest.approx(many)
    assert ratio_of_people(one * 0, one * 0) == (0.0, 0.0, 1.0)


def test_the_report_tells_shares_with_their_intervals_and_no_hidden_one() -> None:
    interval = IntervalRecord(estimation=0.1, bas=0.05, haut=0.2)
    group = GroupRecord(
        dimension="sexe", groupe="F", personnes=100, rapprochees=20, doutes=None, decidees=50,
        sortants=10, a_verifier=0, personnes_testees=40, taux_manques=interval,
    )  # fmt: skip
    [(title, [row])] = describe_fairness((group,))
    assert (title, row.nom, row.doutes) == ("Sexe", "Femmes", None)
    assert row.sortants is not None
    assert row.sortants == pytest.approx((0.2, 0.1124, 0.3304), abs=1e-4)
