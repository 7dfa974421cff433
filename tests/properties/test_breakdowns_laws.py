"""Breakdowns of sortants: they add up, and what is hidden stays so for who has every table and the rows of people."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.output.databases.breakdowns import (
    DOWN_TO,
    ELSEWHERE,
    RESIDENCE,
    SCHOOL,
    SEEN_BY,
    UNKNOWN,
    tell_breakdowns,
)
from siei_match.output.databases.indicators import LISTED, tell_lists
from siei_match.output.databases.places import PAYS
from siei_match.reference.concealment import conceal_parts
from siei_match.reference.disclosure import SHORT, SMALL_COUNT
from tests.attacker import Cell, Publication, Sum, bound
from tests.examples import examples
from tests.publication import frame

ZONES = frame(
    "psad",
    [
        {"code": f"PSAD-{n:03}-01", "nom": f"Zone {n}", "departement": f"{n // 2:02}",
         "academie": f"Académie {n // 4}", "region": f"Région {n // 8}", "synthetique": "non"}
        for n in range(12)
    ],
)  # fmt: skip
COMMUNES = frame(
    "psad_communes",
    [{"code_commune": f"{place:02}{n:03}", "psad": code} for place, code in enumerate(ZONES["code"], 1) for n in (1, 2, 4)],
)  # fmt: skip
VALUES = {
    "sexe": ["F", "M", UNKNOWN],
    "niveau": ["college", "niveau_3", "baccalaureat"],
    "domaine": ["22", "25", "31", UNKNOWN],
    "etablissement": ["cfa", "lycee_professionnel", "college"],
    "mois_entree": ["2025-09", "2025-10"],
    "mois_sortie": ["2026-06", "2026-07", UNKNOWN],
}
SAMPLE = 40


def draw_people(seed: int, count: int) -> pl.DataFrame:
    dice = np.random.default_rng(seed)
    psads = [*ZONES["code"], "non_affecte"]
    share = dice.lognormal(0, 1.3, len(psads))
    told = {name: dice.choice(values, count, p=(w := dice.lognormal(0, 1.2, len(values))) / w.sum())
            for name, values in VALUES.items()}  # fmt: skip
    people = pl.DataFrame(
        {
            "psad": dice.choice(psads, count, p=share / share.sum()),
            **told,
            RESIDENCE: dice.choice([*COMMUNES["code_commune"], UNKNOWN], count),
            SCHOOL: dice.choice(["01004", "02408", UNKNOWN], count),
        }
    )
    # A row of `decisions` shows a training, a school, a month where enough share it.
    for column in {name for name in SEEN_BY.values() if name}:
        of = [name for name, by in SEEN_BY.items() if by == column]
        people = people.with_columns((pl.len().over("psad", *of) >= SHORT).alias(column))
    return people


def attack(people: pl.DataFrame, told: pl.DataFrame, seed: int) -> None:
    """Read all that is told, take off what rows of people show, and look for how many are left."""
    counts = people.group_by("psad").agg(pl.len().cast(pl.Int64).alias(LISTED))
    known = pl.DataFrame({"psad": [*ZONES["code"], "non_affecte"]})
    every = known.join(counts, on="psad", how="full", coalesce=True)
    lists = tell_lists(every.fill_null(0), ZONES)
    shown = count_shown(people, told)
    published = Publication()
    for level, place, n, open_ in lists.select("niveau", "lieu", "n", "told").iter_rows():
        if level in (PAYS, "academie", "psad"):
            published.add({("all", level, place): n if open_ else None})
    published.add({cell: n for cell, n in shown.items() if cell[0] == "shown"})  # type: ignore[index]
    for level, place, name, value, n, open_ in told.select(
        "niveau", "lieu", "dimension", "valeur", "n", "told"
    ).iter_rows():
        cell = (name, value, level, place)
        published.add({cell: n - shown.get(cell, 0) if open_ else None})
    published.know(whole_sums(told, shown))
    published.know(place_sums(told))
    hidden = [c for c, n in published.told.items() if n is None]
    order = np.random.default_rng(seed).permutation(len(hidden))[:SAMPLE]
    for cell, (low, high) in bound(published, [hidden[place] for place in order]).items():
        left = people.height - shown.get(("shown", cell[0], PAYS, PAYS), 0)  # type: ignore[index]
        assert high - low >= SMALL_COUNT - 1e-6 or left < SMALL_COUNT, (cell, low, high)


def count_shown(people: pl.DataFrame, told: pl.DataFrame) -> dict[Cell, int]:
    """Count what rows of `decisions` show: of each value at each place, and of each dimension ("shown")."""
    placed = people.join(ZONES.select("academie", psad="code"), on="psad", how="left")
    there = {*told.select("dimension", "valeur", "niveau", "lieu").iter_rows()}
    shown: Counter[Cell] = Counter()
    for name, column in SEEN_BY.items():
        if column is None:
            continue
        rows = placed.filter(column).select(name, "psad", "academie").iter_rows()
        for value, psad, academy in rows:
            for place in ((PAYS, PAYS), ("academie", academy), ("psad", psad)):
                cell = (name, value, *place)
                shown[cell if cell in there else (name, ELSEWHERE, *place)] += 1
                shown["shown", name, *place] += 1
    return dict(shown)


def whole_sums(told: pl.DataFrame, shown: dict[Cell, int]) -> Iterator[Sum]:
    """Of what each list is made: people whose row shows their value, and the others by value."""
    for (level, place, name), rows in told.group_by("niveau", "lieu", "dimension"):
        others: list[Cell] = [(name, v, level, place) for v in rows["valeur"]]
        known: Cell = ("shown", name, level, place)
        yield ("all", level, place), [*others, known] if known in shown else others


def place_sums(told: pl.DataFrame) -> Iterator[Sum]:
    academies = sorted(ZONES["academie"].unique())
    nowhere = [("psad", "non_affecte")]
    trees = {(PAYS, PAYS): [*(("academie", a) for a in academies), *nowhere]}
    down = {("academie", a): [("psad", c) for c in ZONES.filter(academie=a)["code"]] for a in academies}  # fmt: skip
    for (name, value), rows in told.group_by("dimension", "valeur"):
        there = {*rows.select("niveau", "lieu").iter_rows()}
        for whole, parts in {**trees, **(down if name in DOWN_TO["psad"] else {})}.items():
            if whole in there and set(parts) <= there:
                yield (name, value, *whole), [(name, value, *part) for part in parts]
    for whole, parts in {**trees, **down}.items():
        yield ("all", *whole), [("all", *part) for part in parts]


@pytest.mark.parametrize(("seed", "count"), [(1, 4), (2, 60), (3, 400), (4, 3000)])
def test_a_hidden_count_might_be_another_by_five(seed: int, count: int) -> None:
    people = draw_people(seed, count)
    told = tell_breakdowns(people, ZONES, COMMUNES)
    assert told.select("niveau", "lieu", "dimension", "valeur").is_unique().all()
    small = told.filter("told", pl.col("n").is_between(1, SMALL_COUNT - 1))
    assert small.is_empty() or count < SMALL_COUNT
    attack(people, told, seed)


def test_every_dimension_counts_everybody_once() -> None:
    people = draw_people(9, 500)
    told = tell_breakdowns(people, ZONES, COMMUNES)
    sums = told.group_by("niveau", "dimension").agg(pl.col("n").sum()).rows_by_key("dimension", named=False)  # fmt: skip
    placed = people.filter(pl.col("psad") != "non_affecte").height
    for name in (*VALUES, RESIDENCE, SCHOOL):
        found = dict(sums[name])
        assert found.get(PAYS, 500) == 500
        assert found.get("academie", placed) == placed
    assert dict(sums[RESIDENCE])["psad"] == 500


def test_who_lives_elsewhere_counts_there_as_elsewhere() -> None:
    one = draw_people(5, 30).with_columns(
        psad=pl.lit("PSAD-000-01"), commune_residence=pl.lit("12001")
    )
    told = tell_breakdowns(one, ZONES, COMMUNES).filter(dimension=RESIDENCE, lieu="PSAD-000-01")
    assert dict(told.select("valeur", "n").iter_rows())[ELSEWHERE] == 30
    assert "12001" not in told["valeur"]


PARTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(0, 9) | st.just(0) | st.just(30)),
    min_size=1, max_size=14,
)  # fmt: skip


@settings(deadline=None, max_examples=examples(40))
@given(PARTS)
def test_parts_of_a_told_whole_are_free_by_five(drawn: list[tuple[str, int]]) -> None:
    groups = pl.DataFrame(
        [(whole, str(n), count) for n, (whole, count) in enumerate(drawn)],
        {"ensemble": pl.String, "part": pl.String, "n": pl.Int64}, orient="row",
    )  # fmt: skip
    told = conceal_parts(groups)
    assert told.select(groups.columns).equals(groups)
    assert not told.filter("told", pl.col("n").is_between(1, SMALL_COUNT - 1)).height
    published = Publication()
    for whole, part, n, shown in told.iter_rows():
        published.add({(whole, part): n if shown else None})
    for (whole,), rows in groups.group_by("ensemble"):
        published.add({whole: rows["n"].sum()})
        published.know([(whole, [(whole, part) for part in rows["part"]])])
    for (whole, part), (low, high) in bound(published).items():
        rows = groups.filter(ensemble=whole)
        assert (
            high - low >= SMALL_COUNT - 1e-6 or rows["n"].sum() < SMALL_COUNT or rows.height == 1
        ), part


def test_a_whole_without_small_parts_is_told_whole() -> None:
    groups = pl.DataFrame({"ensemble": ["x"] * 3, "part": ["a", "b", "c"], "n": [0, 5, 12]})
    assert conceal_parts(groups)["told"].to_list() == [True] * 3


def test_a_small_part_takes_the_least_other_with_it() -> None:
    groups = pl.DataFrame({"ensemble": ["x"] * 4, "part": [*"abcd"], "n": [2, 50, 9, 0]})
    assert conceal_parts(groups)["told"].to_list() == [False, True, False, True]
