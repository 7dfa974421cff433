"""Blocks that are too large: what cutting them leaves out is counted, pair by pair."""

from itertools import combinations
from typing import Any

import numpy as np
import polars as pl
import pytest

from siei_match.stages.link import link, read_rows
from siei_match.stages.link.blocks import cutting
from siei_match.stages.link.blocks.blocking import build_index
from siei_match.stages.link.blocks.keys import Blocking
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.stays import stays
from siei_match.stages.link.declared.checks import ONE_VALUE, VALUED
from siei_match.stages.link.declared.spec import Spec, build_spec
from siei_match.stages.link.records.records import build_fiches
from siei_match.stages.link.records.words import NoWords

CUT = ["street", "town", "sex"]


def declared() -> Spec:
    return build_spec(
        {
            "sources": ["one"],
            "traits": {c: {"genre": "categorie", "colonnes": [c]} for c in ("school", *CUT)},
            "blocs": {
                "colonnes": ["number"],
                "decoupe": CUT,
                "passes": [{"nom": "school", "cle": ["school"]}],
            },
        }
    )


def draw(seed: int, count: int = 60) -> pl.DataFrame:
    dice = np.random.default_rng(seed)
    values = {"school": 3, "street": 9, "town": 5, "sex": 2}
    columns = {c: dice.integers(0, n + 1, count).astype(str) for c, n in values.items()}
    frame = pl.DataFrame(columns | {"number": np.arange(count).astype(str)})
    # 0 is absent.
    return frame.with_columns(pl.when(pl.col(c) != "0").then(pl.col(c)).alias(c) for c in values)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("hopeless", [8, 1000])
def test_pairs_left_out_are_those_that_agree_on_nothing_more(
    monkeypatch: pytest.MonkeyPatch, seed: int, hopeless: int
) -> None:
    """Oracle: all pairs of each block, one by one. Where pairs that agree on two traits were counted twice, none was left."""
    monkeypatch.setattr(cutting, "MAX_BLOCK", 5)
    monkeypatch.setattr(cutting, "HOPELESS_BLOCK", hopeless)
    spec = declared()
    fiches = build_fiches(read_rows({"one": draw(seed)}, spec), spec)
    alone = np.arange(fiches.count, dtype=np.uint32)
    (passe,) = build_index(fiches, NoWords(), alone).algorithms
    rows = fiches.table.select("school", *CUT).rows()
    sizes = {
        (column, school, value): sum(r[0] == school and r[k] == value for r in rows)
        for k, column in enumerate(CUT, start=1)
        for school in {r[0] for r in rows}
        for value in {r[k] for r in rows}
    }
    left = 0
    for x, y in combinations(rows, 2):
        if not (x[0] and x[0] == y[0]) or sum(r[0] == x[0] for r in rows) <= 5:
            continue
        left += not any(
            x[k] and x[k] == y[k] and sizes[column, x[0], x[k]] <= hopeless
            for k, column in enumerate(CUT, start=1)
        )
    assert passe.counts.pairs_left_out == left > 0


def test_without_a_pass_nothing_is_compared_and_that_is_told() -> None:
    spec = build_spec({"sources": ["one"], "traits": {"c": {"genre": "code", "colonnes": ["c"]}}})
    with pytest.raises(Exception, match=r"no pass in blocs.passes.*suggest_passes"):
        link(read_rows({"one": pl.DataFrame({"c": ["1", "2"]})}, spec), spec=spec)


PEOPLE = [
    ["Jean", "MARTIN", "44000", "41"],
    ["Lucie", "QUEMENER", "29200", "12"],
    ["Anna", "LE GOFF", "56000", "33"],
]
COPIES = [["MARTIN", "Jean", "44000", "41"], ["Lucie", "KEMENER", "29200", "12"], ["Zoé", "LE GOFF", "56000", "34"]]  # fmt: skip
COMPARED: dict[str, Any] = {
    "two": {
        "surname": {"genre": "noms", "colonnes": ["surname"]},
        "first": {"genre": "prenoms", "colonnes": ["first"], "croise": "surname"},
    },
    "whole": {"name": {"genre": "nom_complet", "colonnes": ["first", "surname"]}},
    "surname": {"surname": {"genre": "noms", "colonnes": ["surname"]}},
    "first": {"first": {"genre": "prenoms", "colonnes": ["first"]}},
}


@pytest.mark.parametrize(
    ("compared", "key", "met"),
    [
        ("two", ["paire"], {0, 1}),
        ("two", ["son", "postcode"], {0, 1, 2}),
        ("two", ["son", "lettre", "postcode"], {0, 1}),
        ("whole", ["paire"], {0, 1, 2}),
        ("whole", ["son", "postcode"], {0, 1, 2}),
        ("whole", ["son", "postcode", "age"], {0, 1}),
        ("surname", ["son"], {1, 2}),
        ("first", ["son"], {1}),
        ("surname", ["postcode:2"], {0, 1, 2}),
    ],
)
def test_names_are_heard_in_two_columns_in_one_or_alone(
    compared: str, key: list[str], met: set[int]
) -> None:
    """Two columns exchanged, a surname by ear, another first name: whom a key brings together."""
    spec = build_spec(
        {
            "sources": ["left", "right"],
            "un_par_source": True,
            "traits": COMPARED[compared],
            "blocs": {"colonnes": ["postcode", "age"], "passes": [{"nom": "one", "cle": key}]},
        }
    )
    columns = ["first", "surname", "postcode", "age"]
    files = {
        source: pl.DataFrame(rows, schema=columns, orient="row")
        for source, rows in (("left", PEOPLE), ("right", COPIES))
    }
    fiches = build_fiches(read_rows(files, spec), spec)
    comparator = Comparator(fiches, stays(fiches, None))
    alone = np.arange(fiches.count, dtype=np.uint32)
    pairs = build_index(fiches, comparator.words, alone).index(comparator.records)
    place = dict(zip(fiches.lignes["fiche"].to_list(), fiches.lignes["rid"].to_list(), strict=True))
    found = {tuple(sorted((place[a], place[b]))) for a, b in pairs}
    assert {a for a, b in found if b == a + 3} == met


def test_each_kind_of_one_value_may_be_certain_and_contradict() -> None:
    """Identical, rare traits of every kind that has values tie rows beforehand; another one parts them."""
    kinds = sorted(VALUED - {"date"})
    traits: dict[str, Any] = {f"t_{kind}": {"genre": kind, "colonnes": [kind]} for kind in kinds}
    traits["t_date"] = {"genre": "date", "colonnes": ["y", "m", "d"]}
    told = sorted(ONE_VALUE)
    traits |= {f"c_{kind}": {"genre": kind, "colonnes": [f"{kind}_2"]} for kind in told}
    spec = build_spec(
        {
            "sources": ["left", "right"],
            "traits": traits,
            "certitude": {
                "memes": [name for name in traits if name.startswith("t_")],
                "contredit": [f"c_{kind}" for kind in told],
            },
            "blocs": {"passes": [{"nom": "date", "cle": ["y", "m", "d"]}]},
        }
    )

    def row(k: int, contradicts: str = "") -> dict[str, str]:
        word = "ABCDEFGHIJ"[k]
        values = dict.fromkeys(kinds, f"{word}X{word}") | {"nombre": str(k), "y": f"{1970 + k}"}
        values |= {"m": str(1 + k), "d": str(10 + k), "lieu": f"4410{k}", "code_postal": f"4400{k}"}
        return values | {f"{kind}_2": "7" if kind == contradicts else "3" for kind in told}

    left = pl.DataFrame([row(k) for k in range(10)])
    right = pl.DataFrame([row(k, told[k] if k < len(told) else "") for k in range(10)])
    found = link(read_rows({"left": left, "right": right}, spec), spec=spec, population=10)
    tied = found.groupes.filter(pl.col("methode") == "traits")["rid"]
    assert sorted(tied.filter(tied < 10)) == list(range(len(told), 10))


def test_columns_of_a_key_become_one_number_that_tells_them_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Year 3 and month 5 are not year 5 and month 3, and what is absent in one is absent in all."""
    grid = [(x, y) for x in range(40) for y in range(40)]
    columns = dict(zip(("year", "month"), np.array(grid, dtype=np.uint16).T, strict=True))
    blocking = object.__new__(Blocking)
    monkeypatch.setattr(blocking, "_column", columns.__getitem__)
    united = blocking._united(["year", "month"])
    known = [0 not in pair for pair in grid]
    assert ((united != 0) == known).all()
    assert len(set(united.tolist())) == sum(known) + 1
