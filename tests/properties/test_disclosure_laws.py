"""What is hidden stays hidden, whoever adds and subtracts all that is told: linear programming."""

from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siei_match.campaign.unseen import hide_unseen
from siei_match.output.bac import FOLLOWED, tally_bac_holders
from siei_match.output.databases.cohorts import DIMENSIONS, ENSEMBLE, count_cohortes
from siei_match.output.databases.indicators import (
    LISTED,
    OTHERS,
    PARTITIONS,
    SCOPE,
    count_indicators,
    tell_bac_holders,
    tell_indicators,
    tell_lists,
)
from siei_match.output.databases.places import LEVELS, PAYS
from siei_match.reference.concealment import conceal_table
from siei_match.reference.disclosure import SHORT, SMALL_COUNT, Ledger, as_cells, conceal
from siei_match.stages.decide import UnseenCounts
from tests.attacker import Cell, Publication, Sum, bound
from tests.examples import examples
from tests.publication import frame

SAMPLE = 60
COURT = settings(deadline=None, max_examples=examples(6))


def ledger_of(counts: dict[str, int], sums: list[Sum], told: set[str]) -> Ledger:
    cells = pl.DataFrame(
        [(c, n, True if c in told else None) for c, n in counts.items()],
        {"cell": pl.String, "n": pl.Int64, "told": pl.Boolean}, orient="row",
    )  # fmt: skip
    rows = [
        (str(n), c, c == whole) for n, (whole, parts) in enumerate(sums) for c in (whole, *parts)
    ]
    lines = pl.DataFrame(
        rows, {"sum": pl.String, "cell": pl.String, "whole": pl.Boolean}, orient="row"
    )
    return Ledger(as_cells(cells), lines)


def publish(told: pl.DataFrame, sums: list[Sum]) -> Publication:
    published = Publication()
    published.add({c: n if t else None for c, n, t in told.select("cell", "n", "told").iter_rows()})
    published.know(sums)
    return published


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, int], list[Sum]]:
    """A country of regions of places, mostly small, of which everybody is of one of two kinds."""
    regions = draw(st.lists(st.lists(st.tuples(*[st.integers(0, 9) | st.just(0) | st.just(40)] * 2),
                                     min_size=1, max_size=5), min_size=1, max_size=4))  # fmt: skip
    counts: dict[str, int] = {}
    sums: list[Sum] = []
    for r, places in enumerate(regions):
        for p, kinds in enumerate(places):
            for kind, n in zip("ab", kinds, strict=True):
                counts[f"{kind}{r}.{p}"] = n
            counts[f"t{r}.{p}"] = sum(kinds)
        for kind in "abt":
            parts = [f"{kind}{r}.{p}" for p in range(len(places))]
            counts[f"{kind}{r}"] = sum(counts[c] for c in parts)
            sums.append((f"{kind}{r}", parts))
    for kind in "abt":
        parts = [f"{kind}{r}" for r in range(len(regions))]
        counts[kind] = sum(counts[c] for c in parts)
        sums.append((kind, parts))
    sums += [(c, ["a" + c[1:], "b" + c[1:]]) for c in counts if c[0] == "t"]
    return counts, sums


@settings(deadline=None, max_examples=examples(25))
@given(trees())
def test_a_hidden_count_might_be_another_by_five(tree: tuple[dict[str, int], list[Sum]]) -> None:
    counts, sums = tree
    told = conceal(ledger_of(counts, sums, {"t"}))
    published = publish(told, sums)
    assert not [n for c, n in published.told.items() if n and n < SMALL_COUNT and c != "t"]
    for cell, (low, high) in bound(published).items():
        # Of a country of few people that is told, all the rest is hidden: nothing else could be.
        assert high - low >= SMALL_COUNT - 1e-6 or counts["t"] < SMALL_COUNT, (cell, low, high)


@settings(deadline=None, max_examples=examples(20))
@given(trees())
def test_large_counts_without_small_ones_are_told(tree: tuple[dict[str, int], list[Sum]]) -> None:
    counts, sums = tree
    wide = {c: n * SHORT for c, n in counts.items()}
    assert conceal(ledger_of(wide, sums, {"t"}))["told"].all()


def test_a_region_of_six_platforms_of_one_each_tells_nothing_of_them() -> None:
    parts = [f"p{n}" for n in range(6)]
    counts = dict.fromkeys(parts, 1) | {"R": 6, "S": 40, "F": 46}
    sums: list[Sum] = [("R", parts), ("F", ["R", "S"])]
    published = publish(conceal(ledger_of(counts, sums, {"F"})), sums)
    assert [published.told[p] for p in parts] == [None] * 6
    assert all(high - low >= SMALL_COUNT for low, high in bound(published).values())


ZONES = frame(
    "psad",
    [
        {"code": f"PSAD-{n:03}-01", "nom": f"Zone {n}",
         "departement": None if n == 17 else f"{n // 5}{n // 2:02}", "academie": None if n == 17 else f"Académie {n // 5}", "region": f"Région {n // 10}",
         "synthetique": "non"}
        for n in range(18)
    ],
)  # fmt: skip


def draw_decisions(seed: int, people: int) -> pl.DataFrame:
    dice = np.random.default_rng(seed)
    share = dice.lognormal(0, 1.5, ZONES.height + 1)
    psads = [*ZONES["code"], "non_affecte"]
    statuses = ["sortant", "en_formation", "diplome", "retour", "hors_champ"]
    return pl.DataFrame(
        {
            "psad": dice.choice(psads, people, p=share / share.sum()),
            "statut": dice.choice(statuses, people, p=[0.4, 0.4, 0.1, 0.05, 0.05]),
            "motif": dice.choice(["confirme", "a_verifier"], people, p=[0.8, 0.2]),
            "age": dice.integers(16, 22, people),
            "suivi_mission_locale": dice.random(people) < 0.2,
        }
    ).with_row_index("id_personne")


def place_sums(
    zones: pl.DataFrame, psads: set[str]
) -> Iterator[tuple[tuple[str, str], list[tuple[str, str]]]]:
    """What everybody knows of places: of which platforms each is made."""
    named = {"academie": "academie", "departement": "departement"}
    for level, column in named.items():
        for (name,), of in zones.group_by(pl.col(column).fill_null("?"), maintain_order=True):
            yield (level, str(name)), [("psad", code) for code in of["code"]]
    yield (PAYS, PAYS), [("psad", code) for code in sorted({*zones["code"], *psads})]


def publish_indicators(told: pl.DataFrame, zones: pl.DataFrame) -> Publication:
    """Read siei.duckdb's counts as who has both tables does: regions are nowhere told."""
    published = Publication()
    kept = told.filter(pl.col("niveau") != "region")
    published.add(
        {(i, level, place): n if t else None
         for level, place, i, n, t in kept.select("niveau", "lieu", "indicateur", "n", "told").iter_rows()}
    )  # fmt: skip
    psads = {place for _, level, place in published.told if level == "psad"}
    places = dict.fromkeys((level, place) for _, level, place in published.told)
    for indicator in kept["indicateur"].unique(maintain_order=True):
        for (level, place), parts in place_sums(zones, psads):
            published.know([((indicator, level, place), [(indicator, *part) for part in parts])])
    for place in places:
        if (SCOPE, *place) in published.told:
            published.know([((SCOPE, *place), [(LISTED, *place), (OTHERS, *place)])])
        for whole, parts in PARTITIONS.values():
            if (whole, *place) in published.told and (parts[0], *place) in published.told:
                published.know([((whole, *place), [(part, *place) for part in parts])])
    return published


def some_hidden(published: Publication, seed: int) -> list[Cell]:
    hidden = [cell for cell, n in published.told.items() if n is None]
    chosen = np.random.default_rng(seed).permutation(len(hidden))[:SAMPLE]
    return [hidden[i] for i in chosen]


@COURT
@given(st.integers(0, 10**6), st.sampled_from((30, 150, 600, 2500)))
def test_no_indicator_of_a_place_is_found_from_all_tables(seed: int, people: int) -> None:
    decisions = draw_decisions(seed, people)
    counts = count_indicators(decisions, decisions["id_personne"].head(people // 3))
    holders = tally_bac_holders(
        draw_decisions(seed + 1, people // 10).select("id_personne", "psad")
    )
    both = counts.join(holders, on="psad", how="full", coalesce=True).fill_null(0)
    told = tell_indicators(both, ZONES)
    assert told.filter(indicateur=FOLLOWED).select("lieu").n_unique() > ZONES.height
    assert told.select("niveau", "lieu", "indicateur").is_duplicated().sum() == 0
    small = told.filter("told", pl.col("n").is_between(1, 4), pl.col("niveau") != PAYS)
    assert small.is_empty()
    exact = dict(told.filter(niveau=PAYS).select("indicateur", "n").iter_rows())
    published = publish_indicators(told, ZONES)
    for (indicator, *place), (low, high) in bound(published, some_hidden(published, seed)).items():
        if exact[indicator] >= SMALL_COUNT:
            assert high - low >= SMALL_COUNT - 1e-6, (indicator, place, low, high)


def test_lengths_of_lists_are_told_alike_by_who_knows_more() -> None:
    counts = count_indicators(draw_decisions(1, 900), pl.Series([], dtype=pl.UInt32))
    holders = tally_bac_holders(draw_decisions(2, 90).select("id_personne", "psad"))
    both = counts.join(holders, on="psad", how="left").fill_null(0)
    alone = tell_lists(counts.select("psad", LISTED), ZONES)
    assert tell_indicators(both, ZONES).filter(indicateur=LISTED).equals(alone)
    assert set(alone["niveau"]) == set(LEVELS)
    mine = tell_bac_holders(both, ZONES)
    assert tell_indicators(both, ZONES).filter(indicateur=FOLLOWED).equals(mine)
    assert 0 < mine["told"].sum() < mine.height


def test_a_country_of_few_holders_of_the_bac_is_hidden_as_its_places_are() -> None:
    """Nothing else tells that count: of lists, the manifest does."""
    few = tally_bac_holders(draw_decisions(2, 4).select("id_personne", "psad"))
    told = tell_bac_holders(few, ZONES)
    assert not told["told"].any(), "not even of nobody"
    assert tell_bac_holders(few.clear(), ZONES)["told"].all()


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_what_a_past_list_left_unseen_is_not_found(listed: int, known: int, found: int) -> None:
    known = min(known, listed)
    counts = UnseenCounts(listed, min(found, listed), known, min(found, known))
    told = hide_unseen(counts)
    published = Publication()
    published.add(told | dict.fromkeys(("-v", "-r", "-e")))
    published.know([("listes", ["vus_depuis", "-v"]), ("listes", ["renseignes", "-r"]),
                    ("renseignes", ["en_formation", "-e"])])  # fmt: skip
    assert not [n for name, n in told.items() if n and n < SMALL_COUNT and name != "listes"]
    for part, whole in (
        ("vus_depuis", "listes"),
        ("renseignes", "listes"),
        ("en_formation", "renseignes"),
    ):
        both = (told[part], told[whole])
        assert None in both or not 0 < both[1] - both[0] < SMALL_COUNT
    for low, high in bound(published, [name for name, n in told.items() if n is None]).values():
        assert high - low >= SMALL_COUNT - 1e-6 or listed < SMALL_COUNT


@settings(deadline=None, max_examples=examples(4))
@given(st.integers(0, 10**6), st.sampled_from((40, 300, 1500)))
def test_no_outcome_of_a_cohort_is_found_beside_the_lengths_of_lists(
    seed: int, people: int
) -> None:
    dice = np.random.default_rng(seed)
    places = dict(ZONES.select("code", "academie").iter_rows())
    psads = dice.choice([*ZONES["code"], "non_affecte"], people).tolist()
    rows = [
        {"id_personne": str(n), "campagne_liste": "2026-10", "psad": psad, "academie": places.get(psad),
         "age": int(dice.integers(16, 19)), "sexe": [None, "M", "F"][dice.integers(3)],
         "niveau": ["college", "niveau_3"][dice.integers(2)],
         "devenir": ["diplome", "plus_vu", "toujours_sans_solution"][dice.choice(3, p=[0.1, 0.3, 0.6])]}
        for n, psad in enumerate(psads)
    ]  # fmt: skip
    found = count_cohortes({"2027-03": frame("devenirs", rows)}, ZONES)
    published = Publication()
    published.add({tuple(row[:3]): row[3] for row in
                   found.select("dimension", "valeur", "devenir", "personnes").iter_rows()})  # fmt: skip
    values = {
        d: found.filter(dimension=d)["valeur"].unique(maintain_order=True)
        for d in (*DIMENSIONS, ENSEMBLE)
    }
    outcomes = found["devenir"].unique(maintain_order=True).to_list()
    for outcome in outcomes:
        for dimension in DIMENSIONS:
            total: Cell = (ENSEMBLE, ENSEMBLE, outcome)
            published.know([(total, [(dimension, v, outcome) for v in values[dimension]])])
        for academy in values["academie"]:
            of = [p for p in values["psad"] if (places.get(p) or "inconnu") == academy]
            published.know([(("academie", academy, outcome), [("psad", p, outcome) for p in of])])
    for dimension, of in values.items():
        for v in of:
            whole = (dimension, v, ENSEMBLE)
            published.know([(whole, [(dimension, v, o) for o in outcomes if o != ENSEMBLE])])
    for cell, (low, high) in bound(published, some_hidden(published, seed)).items():
        assert high - low >= SMALL_COUNT - 1e-6, (cell, low, high)


def test_the_attacker_finds_what_hiding_small_counts_alone_gives_away() -> None:
    """Otherwise none of these tests could fail."""
    published = Publication()
    published.add({"F": 46, "R": 6, "S": 40} | {f"p{n}": None for n in range(6)})
    published.know([("F", ["R", "S"]), ("R", [f"p{n}" for n in range(6)])])
    assert bound(published)["p0"] == pytest.approx((0, 6))
    published.add({"q": None, "q0": 12, "q1": None, "q2": 0})
    published.add({"q": 15})
    published.know([("q", ["q0", "q1", "q2"])])
    assert bound(published)["q1"] == pytest.approx((3, 3))


@COURT
@given(
    st.lists(st.tuples(*[st.integers(0, 9) | st.just(0) | st.just(40)] * 3), min_size=1, max_size=8)
)
def test_a_table_of_nested_counts_with_its_sums_tells_no_small_one(
    people: list[tuple[int, int, int]],
) -> None:
    made = [(f"P{n}", a + b + c, a + b, c, a, b) for n, (a, b, c) in enumerate(people)]
    names = ("listed", "answered", "silent", "reached", "missed")
    table = pl.DataFrame(made, {"psad": pl.String, **dict.fromkeys(names, pl.Int64)}, orient="row")
    parts = {"listed": ("answered", "silent"), "answered": ("reached", "missed")}
    shown = conceal_table(table, "psad", parts)
    published = Publication()
    for name in names:
        published.add(dict(zip([(p, name) for p in table["psad"]], shown[name], strict=True)))
        published.add({("*", name): int(table[name].sum())})
        published.know([(("*", name), [(p, name) for p in table["psad"]])])
    published.know(
        [
            ((p, whole), [(p, c) for c in held])
            for p in table["psad"]
            for whole, held in parts.items()
        ]
    )
    exact = {(row["psad"], name): row[name] for row in table.to_dicts() for name in names}
    for (key, name), (low, high) in bound(published).items():
        count = exact[key, name]
        whole = int(table[name].sum())
        # Of few in all nothing can be hidden from who is told how many they are.
        if 0 < count < SMALL_COUNT and whole >= SHORT:
            assert low < count or high > count, (key, name, count, low, high)
