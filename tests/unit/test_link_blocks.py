"""Blocks that are too large: what cutting them leaves out is counted, pair by pair."""

from itertools import combinations

import numpy as np
import polars as pl
import pytest

from siei_match.stages.link import link, read_rows
from siei_match.stages.link.blocks import blocking
from siei_match.stages.link.blocks.blocking import build_index
from siei_match.stages.link.declared.spec import Spec, build_spec
from siei_match.stages.link.records.records import build_fiches
from siei_match.stages.link.records.words import no_words

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
    monkeypatch.setattr(blocking, "MAX_BLOCK", 5)
    monkeypatch.setattr(blocking, "HOPELESS_BLOCK", hopeless)
    spec = declared()
    fiches = build_fiches(read_rows({"one": draw(seed)}, spec), spec)
    alone = np.arange(fiches.count, dtype=np.uint32)
    (passe,) = build_index(fiches, no_words(), alone).algorithms
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
