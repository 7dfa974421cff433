"""Pairs become people: small graphs, by hand and against the evidence they are made of."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import numpy as np
import polars as pl
import pytest

from siei_match.stages.link.declared.spec import siei
from siei_match.stages.link.model.model import WeightModel, household_weights
from siei_match.stages.link.people.evidence import gather, group_bits, maxima, proof_bits, sums
from siei_match.stages.link.people.grouping import _Cross, agglomerate, cluster_bits, weigh_rivals
from siei_match.stages.link.people.pairs import rounded, weigh_whole
from siei_match.stages.link.people.trace import Trace

PRIOR = -10.0
MODEL = WeightModel(siei(), {}, {}, np.zeros(0), dict.fromkeys(siei().classes, 2.0**-40))


def edge(ga: int, gb: int, weight: float) -> dict[str, object]:
    """Evidence of one pair of rows whose only trait is the INE, so that its odds are plain."""
    row: dict[str, object] = {"ga": ga, "gb": gb, "a": ga, "b": gb, "prior": PRIOR, "bits": 0.0}
    row |= {t.name: 0 for t in siei().traits} | {f"poids_{t.name}": None for t in siei().traits}
    row |= dict.fromkeys(household_weights(siei()), 30.0)
    return row | {"poids_ine": weight}


def evidence(edges: list[tuple[int, int, float]]) -> pl.DataFrame:
    template = edge(0, 1, 0.0)
    floats = {c for c in template if c == "prior" or c == "bits" or "_" in c}
    schema = {c: pl.Float64 if c in floats else pl.UInt32 for c in template}
    frame = pl.DataFrame([edge(*e) for e in edges], schema=schema)
    return gather(frame, siei()).with_columns(bits=group_bits(MODEL), proof=proof_bits(MODEL))


def parts(count: int, edges: list[tuple[int, int, float]]) -> set[frozenset[int]]:
    labels = agglomerate(
        np.ones(count, dtype=np.int64), evidence(edges), lien_bits=3.0, model=MODEL
    )
    return {frozenset(np.flatnonzero(labels == p).tolist()) for p in set(labels.tolist())}


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([], {(0,), (1,), (2,), (3,)}),
        ([(0, 1, 20.0)], {(0, 1), (2,), (3,)}),
        ([(0, 1, 20.0), (1, 2, 20.0)], {(0, 1, 2), (3,)}),
        # 0 fits 1 and 2, who are surely two people: the better fit wins.
        ([(0, 1, 20.0), (0, 2, 18.0), (1, 2, -12.0)], {(0, 1), (2,), (3,)}),
        # A weak contradiction does not undo two strong agreements.
        ([(0, 1, 20.0), (0, 2, 20.0), (1, 2, 12.0)], {(0, 1, 2), (3,)}),
        # Two couples that only a weak pair would join stay two.
        ([(0, 1, 20.0), (2, 3, 20.0), (1, 2, 13.5), (0, 3, 0.0)], {(0, 1), (2, 3)}),
    ],
)
def test_small_graphs(edges: list[tuple[int, int, float]], expected: set[tuple[int, ...]]) -> None:
    assert parts(4, edges) == {frozenset(part) for part in expected}
    assert parts(4, edges[::-1]) == {frozenset(part) for part in expected}


@pytest.mark.parametrize(
    ("between", "lowered"),
    [
        # Their INE contradict each other: they are two, and each claims the row for itself.
        (-8.0, True),
        # They agree in what little they have; only the prior keeps them apart, and it is no evidence.
        (6.0, False),
        # One person already.
        (14.0, False),
    ],
)
def test_rivals_are_two_people_by_evidence_only(between: float, lowered: bool) -> None:
    before = evidence([(0, 1, 20.0), (0, 2, 18.0), (1, 2, between)])
    after = weigh_rivals(before, -1.6)
    strong = [frame.filter(ga=0)["bits"].to_list() for frame in (before, after)]
    assert (strong[0] != strong[1]) == lowered


@pytest.mark.parametrize(
    ("most", "people"),
    [(None, 2), (79, 2), (80, 1)],
)
def test_no_one_has_more_records_than_declared(most: int | None, people: int) -> None:
    spec = siei()
    if most is not None:
        spec = replace(spec, file=spec.file.model_copy(update={"fiches_par_personne": most}))
    sizes = np.array([40, 40], dtype=np.int64)
    labels = agglomerate(
        sizes, evidence([(0, 1, 20.0)]), lien_bits=3.0, model=replace(MODEL, spec=spec)
    )
    assert len(set(labels.tolist())) == people


@pytest.mark.parametrize("twins", [0.0, 3.0, -2.0])
def test_scalar_and_column_evidence_agree(twins: float) -> None:
    gathered = evidence([(0, 1, 9.0), (0, 1, 15.0), (2, 3, -4.0)])
    likely = replace(MODEL, taux=MODEL.taux | {"jumeaux": 0.5})
    heard = gathered.with_columns(
        presence=1.5 * pl.col("paires"),
        rebased=-2.5 * pl.col("paires"),
        twinship=twins * pl.col("paires"),
    )
    gathered = heard.with_columns(bits=group_bits(likely))
    for row in gathered.iter_rows(named=True):
        cross = _Cross(
            np.array([float(row[c]) for c in sums(siei())]),
            np.array([np.nan if row[c] is None else row[c] for c in maxima(siei())], dtype=float),
        )
        assert cluster_bits(cross, likely) == pytest.approx(row["bits"])


def test_a_rounded_zero_has_no_sign() -> None:
    """Sums of threads differ in their last bit: -0.0 would be other bytes, from run to run."""
    found = pl.DataFrame({"x": [-1e-17, 1e-17, -0.0, None, -0.5]}).select(rounded("x", 4))
    assert str(found["x"].to_list()) == "[0.0, 0.0, 0.0, None, -0.5]"


@pytest.mark.parametrize(
    ("issue", "said", "weighed"),
    [
        # Two rows of two people fit; all of theirs, compared, contradict each other.
        ("ecarte", -8.5, -8.5),
        # Those in doubt were compared when they were left in doubt.
        ("a_verifier", -3.0, -3.0),
        # What is linked is said as these two groups alone say it.
        ("lie", 5.0, 5.0),
    ],
)
def test_of_two_people_is_said_what_all_their_rows_say(
    issue: str, said: float, weighed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def compared(
        _model: object, _comparator: object, pairs: pl.DataFrame, *_: object
    ) -> pl.DataFrame:
        asked.extend(pairs.rows())
        return pairs.with_columns(bits=-8.5)

    monkeypatch.setattr("siei_match.stages.link.people.pairs.compare_people", compared)
    people = np.array([0, 0, 1, 1], dtype=np.uint32)
    doubts = pl.DataFrame({"pa": [0], "pb": [1], "bits": [-3.0]}).cast(
        {"pa": pl.UInt32, "pb": pl.UInt32}
    )
    trace = SimpleNamespace(
        people=people,
        groups=np.arange(4),
        model=MODEL,
        comparator=None,
        seen=None,
        doubts=doubts if issue == "a_verifier" else doubts.clear(),
    )
    shown = evidence([(0, 2, 15.0), (1, 3, 15.0)]).with_columns(
        pa=pl.lit(1, pl.UInt32), pb=pl.lit(0, pl.UInt32), issue=pl.lit(issue)
    )
    whole = weigh_whole(cast("Trace", trace), shown)
    assert whole["bits"].to_list() == pytest.approx([said, said])
    assert whole["weighed"].to_list() == pytest.approx([weighed, weighed])
    assert asked == ([(0, 1)] if issue == "ecarte" else [])
    # What another candidate claims of the two groups, it claims of their people.
    rival = weigh_whole(cast("Trace", trace), shown.with_columns(bits=pl.col("bits") - 2.0))
    assert rival["bits"].to_list() == pytest.approx([said - 2.0, said - 2.0])
    # Groups that say less than their people weigh what they say.
    if issue != "lie":
        less = shown.with_columns(poids_ine=pl.lit(-5.0), somme_poids_ine=pl.lit(-5.0))
        least = less.with_columns(bits=group_bits(MODEL))
        found = weigh_whole(cast("Trace", trace), least)
        assert found["bits"].to_list() == pytest.approx([said, said])
        assert (found["weighed"] == least["bits"]).all()
