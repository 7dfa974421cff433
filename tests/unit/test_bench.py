"""The benchmark runs: worlds, contenders in their own processes, scores, the table."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from siei_match.simulate import simulate

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "bench"
PEOPLE = 300


def race(tmp_path: Path, *contenders: str) -> tuple[str, dict[str, dict[str, object]]]:
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [
            sys.executable, str(BENCH / "compare.py"), "--tailles", str(PEOPLE),
            "--mondes", "defaut", "--passages", "1", "--concurrents", ",".join(contenders),
            "--dossier", str(tmp_path / "mondes"), "--json", str(figures),
        ],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (lines,) = json.loads(figures.read_text("utf-8")).values()
    return done.stdout, {line["nom"]: line for line in lines}


@pytest.mark.slow
def test_the_floor_and_ours_run_side_by_side(tmp_path: Path) -> None:
    shown, lines = race(tmp_path, "ours")
    assert set(lines) == {"floor", "ours"}
    (traits,) = (tmp_path / "mondes").glob("*/traits.parquet")
    assert lines["ours"]["lignes"] == pl.read_parquet(traits).height > PEOPLE
    # The floor links by INE alone: surely right there, blind elsewhere.
    assert lines["floor"]["plancher"] == 1
    assert lines["ours"]["toutes"]["rappel"] > lines["floor"]["toutes"]["rappel"]
    assert lines["ours"]["sans_ine"]["f1"] > 0.9
    assert "| ours |" in shown


OTHER_GENERATOR = """
import argparse
from pathlib import Path
import polars as pl
from siei_match.simulate import SimulatedRates, simulate

asked = argparse.ArgumentParser()
asked.add_argument("dossier", type=Path)
asked.add_argument("--personnes", type=int)
asked.add_argument("--graine", type=int)
asked = asked.parse_args()
made = simulate(asked.dossier / "own", asked.personnes, asked.graine, SimulatedRates(), ("2026-10",))
(asked.dossier / "campagnes").mkdir()
made.campagnes["2026-10"].rename(asked.dossier / "campagnes" / "2026-10")
rows = pl.read_parquet(made.truth / "lignes.parquet").filter(pl.col("campagne") == "2026-10")
rows = rows.select(
    pl.col("extrait", "fichier").cast(pl.Categorical), pl.col("ligne").cast(pl.Int32), "ine",
    pl.col("personne").cast(pl.Int32).alias("id_vrai"),
)
(asked.dossier / "verite" / "2026-10").mkdir(parents=True)
rows.write_parquet(asked.dossier / "verite" / "2026-10" / "lignes.parquet")
"""


@pytest.mark.slow
def test_worlds_of_others_are_raced_beside_our_own(tmp_path: Path) -> None:
    """A generator is a program of its own: here one that writes as the independent one does."""
    (tmp_path / "monde.py").write_text(OTHER_GENERATOR, "utf-8")
    figures = tmp_path / "figures.json"
    command = [
        sys.executable, str(BENCH / "compare.py"), "--tailles", str(PEOPLE), "--mondes", "defaut",
        "--passages", "1", "--concurrents", "ours", "--generateur", str(tmp_path),
        "--dossier", str(tmp_path / "mondes"), "--json", str(figures),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("| ours |") == 2
    found = json.loads(figures.read_text("utf-8"))
    own, other = (
        {line["nom"]: line["sans_ine"]["f1"] for line in found[world]}
        for world in (f"defaut-{PEOPLE}-9101", f"autres-{PEOPLE}-9103")
    )
    assert own["ours"] > 0.9
    assert other["ours"] > 0.9
    (tmp_path / "monde.py").write_text("raise SystemExit('no such country')", "utf-8")
    command[command.index("--tailles") + 1] = "200"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no such country" in done.stderr


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("splink") is None, reason="make bench installs it")
def test_splink_and_recordlinkage_answer_every_row(tmp_path: Path) -> None:
    _, lines = race(tmp_path, "splink", "recordlinkage")
    assert set(lines) == {"floor", "splink", "recordlinkage"}
    assert lines["splink"]["sans_ine"]["f1"] > 0.9
    assert lines["recordlinkage"]["toutes"]["f1"] > 0.9


@pytest.mark.slow
def test_the_frame_says_what_the_bare_functions_say() -> None:
    done = subprocess.run(
        [sys.executable, str(BENCH / "frame.py"), "--personnes", str(PEOPLE), "--passages", "1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == ["bare", "ours", "toolkit"]


def test_a_contender_that_forgets_rows_is_refused(tmp_path: Path) -> None:
    scoring = load("scoring")
    verite = pl.DataFrame(
        {"rid": [0, 1], "extrait": ["scolarite"] * 2, "ine": [None, None], "personne": [5, 5]},
        schema_overrides={"rid": pl.UInt32, "ine": pl.String, "personne": pl.UInt32},
    )
    short = tmp_path / "reponse.parquet"
    pl.DataFrame({"rid": [0], "personne": [0]}).write_parquet(short)
    with pytest.raises(ValueError, match="1 rows answered for 2"):
        scoring.score_answer(verite, short)
    pl.DataFrame({"rid": [0, 1], "personne": [7, 7]}).write_parquet(short)
    assert scoring.score_answer(verite, short)["sans INE commun"]["f1"] == 1


def load(name: str):  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location(name, BENCH / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_growth_tells_each_step_of_each_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIEI_CLE", "a key of the tests, of no use to anybody")
    deliveries = []
    for people in (200, 400):
        made = simulate(tmp_path / str(people), people, 5, campagnes=("2026-10",))
        deliveries.append(made.campagnes["2026-10"])
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, str(BENCH / "growth.py"), *deliveries, "--json", figures],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    small, large = json.loads(figures.read_text("utf-8"))
    assert small["rows"] < large["rows"]
    assert [*small["steps"]] == [*large["steps"]] == [
        "receive", "validate", "normalise", "link", "identify", "decide", "route", "publish",
    ]  # fmt: skip
    assert large["steps"]["link"]["anonymous"] > 0.05
    assert large["processor"] > large["steps"]["link"]["processor"]
    assert "- link: " in done.stdout
