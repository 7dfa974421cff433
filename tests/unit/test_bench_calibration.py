"""The calibration bench: which pairs it judges, what it counts, what it says of the goal."""

import re
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import binomtest

from bench.calibration import Bin, bins_of, judged_pairs, main, render, wilson

CAMPAIGN = "2026-10"


def written(place: Path, person: str = "id_vrai") -> tuple[Path, Path]:
    """Four rows of two people and a row of nobody; three pairs that likeness decided."""
    out, truth = place / "out" / "campagnes" / CAMPAIGN, place / "verite" / CAMPAIGN
    out.mkdir(parents=True)
    truth.mkdir(parents=True)
    rows = {"fichier": ["f"] * 3 + ["g"] * 2, "ligne": [1, 2, 3, 1, 2]}
    people = pl.Series(person, [7, 7, 8, 8, None], dtype=pl.Int32)
    pl.DataFrame(rows).with_columns(people).write_parquet(truth / "lignes.parquet")
    pl.DataFrame(
        {
            "fichier_a": ["f", "f", "f"], "ligne_a": [1, 2, 3],
            "fichier_b": ["f", "f", "g"], "ligne_b": [2, 3, 2],
            "probabilite": [0.96, 0.12, 0.5],
        },
        schema_overrides={"ligne_a": pl.UInt32, "ligne_b": pl.UInt32},
    ).write_parquet(out / "liens.parquet")  # fmt: skip
    return place / "out", place / "verite"


@pytest.mark.parametrize("person", ["id_vrai", "personne"])
def test_pairs_are_true_where_both_rows_are_one_known_persons(tmp_path: Path, person: str) -> None:
    out, truth = written(tmp_path, person)
    pairs = judged_pairs(out, CAMPAIGN, truth)
    assert pairs.rows() == [(0.96, True), (0.12, False), (0.5, False)]


def test_the_truth_of_another_world_is_refused(tmp_path: Path) -> None:
    out, truth = written(tmp_path)
    path = truth / CAMPAIGN / "lignes.parquet"
    pl.read_parquet(path).filter(pl.col("fichier") == "f").write_parquet(path)
    with pytest.raises(ValueError, match="1 of 3 pairs"):
        judged_pairs(out, CAMPAIGN, truth)


def test_every_pair_is_in_one_bin() -> None:
    edges = [0.0, 0.01, 0.1, 0.1, 0.5, 0.95, 0.99, 1.0]
    bins = bins_of(pl.DataFrame({"probabilite": edges, "vrai": [p >= 0.5 for p in edges]}))
    assert [(b.low, b.pairs, b.true) for b in bins] == [
        (0.0, 1, 0), (0.01, 1, 0), (0.1, 2, 0), (0.5, 1, 1), (0.95, 1, 1), (0.99, 2, 2)
    ]  # fmt: skip


@pytest.mark.parametrize(("true", "pairs"), [(0, 1), (1, 1), (3, 10), (997, 1000), (50, 100)])
def test_limits_are_wilsons(true: int, pairs: int) -> None:
    known = binomtest(true, pairs).proportion_ci(0.95, method="wilson")
    assert wilson(true, pairs) == pytest.approx((known.low, known.high), abs=1e-6)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (Bin(0.2, 0.3, 1000, 250, 0.25), "met, surely"),
        (Bin(0.2, 0.3, 10, 3, 0.27), "met"),
        (Bin(0.2, 0.3, 10, 4, 0.25), "missed"),
        (Bin(0.2, 0.3, 1000, 500, 0.25), "missed, surely"),
        # Nothing is asked where hardly any, or nearly all, are true.
        (Bin(0.0, 0.01, 1000, 500, 0.005), "–"),
    ],
)
def test_the_goal_is_said_with_how_sure_it_is(found: Bin, said: str) -> None:
    assert found.verdict == said
    assert render([found]).splitlines()[-1].endswith(f"| {said} |")


def test_one_command_prints_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = [str(written(tmp_path)[0]), CAMPAIGN, str(tmp_path / "verite")]
    figure = tmp_path / "calibration.svg"
    monkeypatch.setattr("sys.argv", ["calibration", *run, *run, "--figure", str(figure)])
    main()
    assert "| 0.95 to 0.99 | 2 | 0.9600 | 1.0000 |" in capsys.readouterr().out
    circles = re.findall(r'<circle [^>]*cx="([\d.]+)" cy="([\d.]+)"', figure.read_text("utf-8"))
    # Three bins, the surest one above and to the right of the others.
    places = [(float(x), float(y)) for x, y in circles]
    assert len(places) == 3
    assert places[-1] == (max(x for x, _ in places), min(y for _, y in places))
