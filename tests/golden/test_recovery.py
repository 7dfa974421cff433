"""The recovery harness itself, in short: bench/recovery.py with few stops."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_runs_and_releases_stopped_in_every_way_recover() -> None:
    done = subprocess.run(
        [sys.executable, "bench/recovery.py", "--graine", "1", "--morts", "3", "--autres", "2"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "no law broken" in done.stdout
    assert "a release" in done.stdout
