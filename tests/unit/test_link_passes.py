"""Passes suggested from the data, and pairs that none brings together; a village without labels."""

import runpy
import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from siei_match.cli import main
from siei_match.cli.passes import read_sources
from siei_match.stages.link import (
    estimate_unmet,
    link,
    read_rows,
    read_spec,
    suggest_passes,
    with_passes,
)
from siei_match.stages.link.declared.names import PassSpec
from siei_match.stages.link.declared.spec import Spec
from siei_match.stages.link.measure import passes

EXAMPLES = Path(__file__).parents[2] / "docs" / "exemples"
Village = tuple[Spec, pl.DataFrame, list[int], dict[str, Any]]


@pytest.fixture(scope="module")
def village() -> Village:
    tool = runpy.run_path(str(EXAMPLES / "foyers.py"))
    spec = read_spec(EXAMPLES / "foyers.toml")
    files, truth = tool["draw_counts"](3, 150)
    return spec, read_rows(files, spec), truth, tool


def scores(village: Village, spec: Spec) -> tuple[float, float]:
    """Return precision and recall of a linkage at the thresholds that nobody states."""
    _, rows, truth, tool = village
    count: Callable[..., int] = tool["count_pairs"]
    table = link(rows, spec=spec).groupes.with_columns(truth=pl.Series(truth))
    right = count(table, "truth", "personne")
    return right / count(table, "personne"), right / count(table, "truth")


def test_households_are_linked_without_any_label(village: Village) -> None:
    precision, recall = scores(village, village[0])
    assert precision > 0.99
    assert recall > 0.97


def test_the_worked_example_tells_all_that_it_does(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, village: Village
) -> None:
    monkeypatch.setattr(passes, "MOST_COMPARED", 20_000)
    found = village[3]["main"](2, 100)
    told = capsys.readouterr().out
    assert found["precision"] > 0.97
    assert "passes that the data suggest:\n  cle = [" in told


def true_unmet(village: Village, spec: Spec) -> int:
    """Count the true pairs of which no pass holds both rows."""
    _, rows, truth, _ = village
    whole = replace(spec)
    fiches = passes.build_fiches(rows, whole)
    comparator = passes.Comparator(fiches, passes.stays(fiches, None))
    person = dict(zip(rows["rid"].to_list(), truth, strict=True))
    of_fiche = fiches.lignes.sort("rid")["fiche"].to_list()
    seen: dict[int, list[int]] = {}
    for rid, fiche in enumerate(of_fiche):
        seen.setdefault(person[rid], []).append(fiche)
    pairs = pl.DataFrame(
        [sorted(two) for two in seen.values() if len(two) == 2], schema=["a", "b"], orient="row"
    ).cast(pl.UInt32)
    found = passes.Sampled(
        0, pairs["a"].to_numpy(), pairs["b"].to_numpy(), pairs["a"].to_numpy() * 1.0
    )
    met = sum(
        passes.brings_together(p, found)
        for p in passes._passes(fiches, comparator, spec.file.blocs.passes)
    )
    return int((met == 0).sum())


@pytest.mark.parametrize("key", [("telephones",), ("paire",), ("numero", "rue:5")])
def test_pairs_that_no_pass_meets_are_estimated(village: Village, key: tuple[str, ...]) -> None:
    """Every record is in the sample here, so that only the model's chances stand between estimate and truth."""
    spec, rows, _, _ = village
    blocs = spec.file.blocs.model_copy(update={"passes": (PassSpec(nom="one", cle=key),)})
    alone = replace(spec, file=spec.file.model_copy(update={"blocs": blocs}))
    truth = true_unmet(village, alone)
    assert truth > 20
    found = estimate_unmet(rows, alone)
    assert found.sample == rows.height
    assert 0.75 * truth < found.expected < 1.25 * truth
    assert found.low <= found.expected <= found.high


def test_suggested_passes_find_what_declared_ones_find(village: Village) -> None:
    spec, rows, _, _ = village
    suggested = suggest_passes(rows, spec)
    assert suggested[-1].together > 0.97
    assert [s.together for s in suggested] == sorted(s.together for s in suggested)
    assert all(s.pairs <= 30 * rows.height for s in suggested)
    precision, recall = scores(village, with_passes(spec, suggested))
    assert precision > 0.99
    assert recall > scores(village, spec)[1] - 0.02


def test_a_sample_of_some_records_is_told_with_its_limits(
    village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, rows, _, _ = village
    monkeypatch.setattr(passes, "MOST_COMPARED", 100 * rows.height)
    found = [estimate_unmet(rows, spec, seed=seed) for seed in range(3)]
    assert {f.sample for f in found} == {100}
    assert all(f.low <= f.expected <= f.high for f in found)
    assert found[0] == estimate_unmet(rows, spec, seed=0)


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_the_command_sees_what_separates_columns(tmp_path: Path, separator: str) -> None:
    given = pl.DataFrame({"name": ["A; B", "C"], "age": ["1", "2"], "town": ["X", "Y"]})
    given.write_csv(tmp_path / "a.csv", separator=separator)
    assert read_sources((f"first={tmp_path / 'a.csv'}",), None)["first"].equals(given)


@pytest.mark.parametrize("rows_of", [0, 1])
def test_where_nobody_is_there_nothing_is_met_nor_suggested(village: Village, rows_of: int) -> None:
    spec, rows, _, _ = village
    few = rows.head(rows_of)
    assert suggest_passes(few, spec) == []
    found = estimate_unmet(few, spec)
    assert (found.expected, found.met, found.sample) == (0, 0, rows_of)
    assert link(few, spec=spec).groupes.height == rows_of


def test_the_command_tells_what_passes_miss_and_suggests_some(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = runpy.run_path(str(EXAMPLES / "foyers.py"))
    files, _ = example["draw_counts"](1, 150)
    given = []
    for source, frame in files.items():
        frame.write_csv(tmp_path / f"{source}.csv", separator=";")
        given.append(f"{source}={tmp_path / f'{source}.csv'}")
    asked = ["passes", str(EXAMPLES / "foyers.toml"), *given]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert f"{sum(frame.height for frame in files.values()):,} rows of 2 sources." in said
    assert "true pairs together and miss" in said
    blocks = said.partition("the most worth first:\n")[2]
    assert tomllib.loads(blocks)["blocs"]["passes"]
    assert main(asked) == 0
    assert capsys.readouterr().out == said
    assert main([*asked[:2], "sans-source.csv"]) == 1
    assert "SOURCE=FILE" in capsys.readouterr().err
    assert main([*asked[:2], f"printemps={tmp_path / 'absent.csv'}", given[1]]) == 1
