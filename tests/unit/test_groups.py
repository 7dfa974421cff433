"""What a run did for groups of people: who is in which, how often wrong, which counts are told."""

from typing import get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.campaign.fairness import TRAITS
from siei_match.output.estimates import Dimension, GroupRecord, IntervalRecord
from siei_match.reference.disclosure import SMALL_COUNT
from siei_match.reference.intervals import ratio_of_people
from siei_match.stages.publish.groups import (
    COUNTS,
    PARTS,
    GroupedPeople,
    conceal_groups,
    describe_groups,
)
from siei_match.stages.publish.report.fairness import describe_fairness
from tests.attacker import Publication, bound
from tests.examples import examples

FLAGS = ("by_likeness", "doute", "decidee", "sortant", "a_verifier")


def grouped(sizes: dict[str, int], missed: dict[str, float], pairs: float = 2.0) -> GroupedPeople:
    """People of each sex, all tested on `pairs` pairs, of which a share is missed."""
    people = [(f"{sex}{i}", sex) for sex, n in sizes.items() for i in range(n)]
    frame = pl.DataFrame(people, ["personne", "sexe"], orient="row").with_columns(
        *(pl.lit(value=flag in ("decidee", "sortant")).alias(flag) for flag in FLAGS),
        age=pl.lit("18_a_20"), naissance=pl.lit("france"), territoire=pl.lit("hexagone"),
        academie=pl.lit("Lyon"), niveau=pl.lit("niveau_3"),
    )  # fmt: skip
    place = pl.int_range(pl.len()).over("sexe")
    bad = pl.col("sexe").replace_strict(missed, return_dtype=pl.Float64) * pl.len().over("sexe")
    tested = frame.select(
        "personne", extrait_a=pl.lit("scolarite"), extrait_b=pl.lit("diplomes"),
        testees=pl.lit(pairs), manquees=pl.when(place < bad).then(pairs).otherwise(0.0),
        fausses=pl.lit(0.0),
    )  # fmt: skip
    sources = frame.select("personne", extrait=pl.lit("scolarite"))
    return GroupedPeople(frame, sources, tested)


def described(people: GroupedPeople) -> tuple[GroupRecord, ...]:
    return describe_groups([people], places({"Lyon": people.people.height}))


def places(listed: dict[str, int]) -> pl.DataFrame:
    """What is told of académies of which everybody is listed, and nobody is a minor."""
    kinds = ("personnes_champ", "sortants", "a_verifier")
    rows = [("academie", name, kind, n if kind != "a_verifier" else 0, True)
            for name, n in listed.items() for kind in kinds]  # fmt: skip
    rows.append(("pays", "pays", "obligation_formation", 0, True))
    return pl.DataFrame(rows, ["niveau", "lieu", "indicateur", "n", "told"], orient="row")


def of(found: tuple[GroupRecord, ...], dimension: str) -> dict[str, GroupRecord]:
    return {group.groupe: group for group in found if group.dimension == dimension}


def test_each_group_has_its_errors_and_those_of_everybody_else() -> None:
    sexes = of(described(grouped({"F": 200, "M": 300}, {"F": 0.1, "M": 0.02})), "sexe")
    women, men = sexes["F"], sexes["M"]
    assert women.taux_manques
    assert women.taux_manques_ailleurs
    assert women.taux_manques.estimation == pytest.approx(0.1)
    assert women.taux_manques_ailleurs == men.taux_manques
    # Two hundred people of whom one in ten: the interval is that of people, not of their 400 pairs.
    assert women.taux_manques.bas == pytest.approx(0.0657, abs=2e-3)
    assert (women.personnes, women.sortants, women.personnes_testees) == (200, 200, 200)


def test_too_few_tested_say_nothing_and_a_place_without_anybody_is_left_out() -> None:
    found = described(grouped({"F": 29, "M": 300}, {"F": 1.0, "M": 0.0}))
    assert of(found, "sexe")["F"].taux_manques is None
    assert of(found, "sexe")["F"].personnes_testees == 0
    assert set(of(found, "academie")) == {"Lyon"}


@pytest.mark.parametrize(("wrong", "low"), [(2, 0.0), (3, 0.02)])
def test_one_or_two_people_prove_nothing_of_their_group(wrong: int, low: float) -> None:
    sexes = of(described(grouped({"F": 40, "M": 300}, {"F": wrong / 40, "M": 0.0})), "sexe")
    told = sexes["F"].taux_manques
    assert told is not None
    assert told.estimation == pytest.approx(wrong / 40)
    assert told.bas == pytest.approx(low, abs=0.01)


def test_sources_overlap_and_a_pair_counts_for_both_of_its_own() -> None:
    people = grouped({"F": 40}, {"F": 0.0})
    both = pl.concat([people.sources, people.sources.with_columns(extrait=pl.lit("diplomes"))])
    found = of(described(GroupedPeople(people.people, both, people.tested)), "extrait")
    assert {name: group.personnes_testees for name, group in found.items()} == {
        "scolarite": 40, "diplomes": 40,
    }  # fmt: skip


def of_sex(counts: dict[str, tuple[int, ...]]) -> pl.DataFrame:
    """Groups of one dimension, and all of `COUNTS` of each; everybody else is of no group."""
    rows = [("sexe", name, *counted) for name, counted in counts.items()]
    return pl.DataFrame(rows, ["dimension", "groupe", *COUNTS], orient="row")


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        # A small count hides the smallest other: the sum is known.
        ({"F": 40, "M": 30, "inconnu": 2}, {"F": 40, "M": None, "inconnu": None}),
        ({"F": 40, "M": 30, "inconnu": 0}, {"F": 40, "M": 30, "inconnu": 0}),
    ],
)
def test_which_counts_are_told(counts: dict[str, int], told: dict[str, int | None]) -> None:
    frame = of_sex({name: (n, 0, 0, n, n, 0) for name, n in counts.items()})
    shown = dict(conceal_groups(frame, places({})).select("groupe", "personnes").iter_rows())
    assert shown == told


def test_a_part_that_leaves_few_outside_is_not_told() -> None:
    frame = of_sex({"F": (50, 20, 10, 40, 38, 6), "M": (60, 20, 10, 40, 20, 6)})
    # Nor is the other one: all the sortants less those told would be those not told.
    assert conceal_groups(frame, places({}))["sortants"].to_list() == [None, None]


def test_what_the_table_of_places_hides_of_an_academie_is_hidden() -> None:
    frame = of_sex({"Lyon": (50, 0, 0, 50, 30, 0)}).with_columns(dimension=pl.lit("academie"))
    hidden = places({"Lyon": 50}).with_columns(told=pl.col("indicateur") != "sortants")
    [row] = conceal_groups(frame, hidden).to_dicts()
    assert (row["decidees"], row["sortants"], row["personnes"]) == (50, None, 50)


@settings(deadline=None, max_examples=examples(30))
@given(
    st.lists(
        st.tuples(st.sampled_from(("F", "M", "inconnu")), st.sampled_from(("france", "etranger")),
                  st.integers(0, 5), st.integers(1, 12)),
        min_size=1, max_size=8,
    )
)  # fmt: skip
def test_nobody_finds_a_hidden_count_of_a_group(people: list[tuple[str, str, int, int]]) -> None:
    """Linear programming over all dimensions and all parts of parts at once."""
    rows = []
    for dimension, place, names in (
        ("sexe", 0, ("F", "M", "inconnu")), ("naissance", 1, ("france", "etranger", "inconnu")),
    ):  # fmt: skip
        for name in names:
            counts = [sum(p[3] for p in people if p[place] == name)]
            # Kind k of a person: in so many parts, each of the one before.
            counts += [sum(p[3] for p in people if p[place] == name and p[2] > k) for k in range(5)]
            rows.append((dimension, name, counts[0], *counts[1:3], counts[1], counts[2], counts[3]))
    frame = pl.DataFrame(rows, ["dimension", "groupe", *COUNTS], orient="row")
    shown = conceal_groups(frame, places({}).with_columns(n=-1))
    published = Publication()
    total = {c: int(frame.filter(dimension="sexe")[c].sum()) for c in COUNTS}
    for row in shown.to_dicts():
        published.add({(row["dimension"], row["groupe"], c): row[c] for c in COUNTS})
    known = ("personnes", "decidees", "sortants", "a_verifier")
    published.add({("total", c): total[c] if c in known else None for c in COUNTS})
    for c in COUNTS:
        for dimension in ("sexe", "naissance"):
            names = frame.filter(dimension=dimension)["groupe"]
            published.know([(("total", c), [(dimension, name, c) for name in names])])
    for part, whole in PARTS.items():
        for dimension, name in frame.select("dimension", "groupe").iter_rows():
            rest = ("rest", dimension, name, part)
            published.add({rest: None})
            published.know([((dimension, name, whole), [(dimension, name, part), rest])])
    shut = {c for c in known if total[c] < 2 * SMALL_COUNT}
    for cell, (low, high) in bound(published).items():
        if cell[0] in ("total", "rest"):
            continue
        # Of few people in all no table can hide how many there are at most.
        assert high - low >= SMALL_COUNT - 1e-6 or cell[-1] in shut or total[PARTS.get(cell[-1], cell[-1])] < 10, (cell, low, high)  # fmt: skip


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


def told_of_sexes(unknown: int, **hidden: int | None) -> tuple[GroupRecord, ...]:
    """Women, men and a few of unknown sex; everybody again by residence, where nothing is hidden."""
    whole = {"rapprochees": 0, "doutes": 0, "a_verifier": 0}
    women = {"personnes": 8_250, "decidees": 3_190, "sortants": 214} | hidden
    return (
        GroupRecord(dimension="sexe", groupe="F", **whole, **women),
        GroupRecord(dimension="sexe", groupe="M", **whole, personnes=8_669, decidees=3_301, sortants=182),
        GroupRecord(dimension="sexe", groupe="inconnu", **whole, personnes=unknown, decidees=None, sortants=0),
        GroupRecord(dimension="territoire", groupe="hexagone", **whole, personnes=16_931, decidees=6_493, sortants=396),
    )  # fmt: skip


def test_a_few_of_unknown_sex_hide_no_rate_that_everybody_could_work_out() -> None:
    """The count of women is hidden, since it would give back that of the unknown; their rate tells no more than the page does."""
    [(_, (women, men, unknown)), _] = describe_fairness(told_of_sexes(12, decidees=None))
    assert women.counts.decidees is None
    assert women.sortants is not None
    assert women.sortants[0] == pytest.approx(214 / 3_190, abs=0.0005)
    assert men.sortants is not None
    assert unknown.sortants is None, "0 of at least 0"
    # Of more unknown people the rate is open by more than is shown.
    [(_, (women, _, _)), _] = describe_fairness(told_of_sexes(400, decidees=None))
    assert women.sortants is None
