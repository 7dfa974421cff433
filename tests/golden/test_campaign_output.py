"""An output folder that is full, not writable or taken: exit code 1, a remedy, nothing changed."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from siei_match.cli import main
from siei_match.output import open_staging
from tests.deliveries import KEY, copy_delivery, snapshot


@pytest.mark.parametrize(
    "limit",
    [4_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (150_000, 1_000_000))],
)
def test_a_disk_that_refuses_to_grow(limit, published, deliveries, tmp_path) -> None:
    # A limit on the size of files fails writes as a full disk does, at another moment each.
    sortie = copy_delivery(published[0], tmp_path / "out")
    outcome = subprocess.run(
        [sys.executable, "-m", "siei_match.cli", "run", deliveries["2027-03"], "--sortie", sortie],
        env=os.environ | {"SIEI_CLE": KEY}, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert outcome.returncode == 1, outcome.stderr
    assert "Traceback" not in outcome.stderr
    last = outcome.stderr.splitlines()[-2:]
    assert last[0].startswith("siei: ")
    assert last[1].startswith("  → ")
    assert "defect" not in last[1], "a full disk is no defect of ours"
    assert snapshot(sortie) == snapshot(published[0])


def test_a_full_disk_is_told_as_one(published, deliveries, tmp_path, monkeypatch, capsys) -> None:
    import polars as pl

    def refuse(self, path, **_):
        raise OSError("No space left on device (os error 28)")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", refuse)
    assert main(["run", str(deliveries["2026-10"]), "--sortie", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "No space left" in said
    assert "Free some space" in said


def unwritable(tmp_path: Path) -> Path:
    if os.geteuid() == 0:
        # Root writes everywhere but where the kernel has no files to give.
        return Path("/proc/siei")
    (tmp_path / "closed").mkdir(mode=0o500)
    return tmp_path / "closed" / "out"


@pytest.mark.parametrize("place", ["unwritable", "a file"])
def test_an_output_that_cannot_be_a_folder(place, deliveries, tmp_path, capsys) -> None:
    sortie = unwritable(tmp_path)
    if place == "a file":
        sortie = tmp_path / "out"
        sortie.write_text("mine")
    assert main(["run", str(deliveries["2026-10"]), "--sortie", str(sortie)]) == 1
    said = capsys.readouterr().err
    assert str(sortie) in said.replace("\n", "")
    assert "choose another --sortie" in said
    assert place != "a file" or sortie.read_text() == "mine"


def test_two_runs_in_one_output_folder(deliveries, tmp_path, capsys) -> None:
    sortie = tmp_path / "out"
    with open_staging(sortie, "2026-10"):
        assert main(["run", str(deliveries["2026-10"]), "--sortie", str(sortie)]) == 1
    assert "Another run" in capsys.readouterr().err
