"""A run killed at any moment leaves the published state as it was, or as it was to become."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from siei_match.output import open_staging
from siei_match.output.audit import read_entries, verify
from tests.deliveries import CODES, KEY, copy_delivery, snapshot

CODE = "2027-03"


def start(dossier: Path, sortie: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "siei_match.cli", "run", dossier, "--sortie", sortie,
         "--delai-entree", "30"],
        env=os.environ | {"SIEI_CLE": KEY}, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="module")
def after(published, deliveries, tmp_path_factory) -> tuple[dict[str, bytes], float]:
    """What the run publishes when nobody kills it, and how long it takes."""
    sortie = copy_delivery(published[0], tmp_path_factory.mktemp("after") / "out")
    began = time.monotonic()
    assert start(deliveries[CODE], sortie).wait() == 0
    state = snapshot(sortie)
    assert state != snapshot(published[0]), "another setting gives other files"
    return state, time.monotonic() - began


def visible(sortie: Path) -> dict[str, bytes]:
    return {name: content for name, content in snapshot(sortie).items() if name[0] != "."}


def check_state(sortie: Path, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    found = visible(sortie)
    journal = (sortie / ".journal.json").exists()
    if not journal:
        assert found in (before, after)
    # What a reader may open is one version or the other, never a piece of one.
    assert set(found) == set(before) == set(after)
    assert [n for n, content in found.items() if content not in (before[n], after[n])] == []

    with open_staging(sortie, "2027-04"):
        pass
    done = journal or found == after
    assert snapshot(sortie) == (after if done else before)
    # Noted once if it was published, whenever the run was killed, and not at all if it was not.
    assert [e.acte for e in read_entries(sortie)].count("run") == len(CODES) + done
    assert verify(sortie).whole


# At each `make test`: killed at every step in tests/unit/test_store.py, as it publishes below.
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_run_killed_at_a_random_moment(seed, published, deliveries, after, tmp_path) -> None:
    state, duration = after
    sortie = copy_delivery(published[0], tmp_path / "out")
    run = start(deliveries[CODE], sortie)
    time.sleep(random.Random(seed).uniform(0.3, 1.05) * duration)
    run.send_signal(signal.SIGKILL)
    run.wait()
    check_state(sortie, snapshot(published[0]), state)


def test_a_run_killed_as_it_publishes(published, deliveries, after, tmp_path) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    run = start(deliveries[CODE], sortie)
    while run.poll() is None and not (sortie / ".journal.json").exists():
        time.sleep(0.0005)
    run.send_signal(signal.SIGKILL)
    run.wait()
    check_state(sortie, snapshot(published[0]), after[0])


@pytest.mark.parametrize(
    "seconds", [0.1, *(pytest.param(s, marks=pytest.mark.slow) for s in (0.0, 0.6))]
)
def test_an_interrupted_run_says_so_and_cleans_up(seconds, published, deliveries, tmp_path) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    run = subprocess.Popen(
        [sys.executable, "-m", "siei_match.cli", "run", deliveries[CODE], "--sortie", sortie],
        env=os.environ | {"SIEI_CLE": KEY}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        # A background job is born deaf to Ctrl-C: this one must hear it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    while run.poll() is None and not (sortie / f".en-cours-{CODE}").exists():
        time.sleep(0.01)
    time.sleep(seconds)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate()
    assert run.returncode == 1
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert snapshot(sortie) == snapshot(published[0])
