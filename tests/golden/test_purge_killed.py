"""A purge killed at any moment leaves everything, or nothing of what it purges."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from siei_match.output import open_draft
from tests.deliveries import CODES, KEY, copy_delivery, snapshot

PURGE = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from siei_match.output.audit import Actor
from siei_match.retention import purge_campaigns
acteur = Actor("dpo", datetime(2027, 4, 2, 9, tzinfo=UTC), b"{key}")
purge_campaigns(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]), acteur)
"""


def start(sortie: Path, avant: date) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PURGE.format(key=KEY), sortie, avant.isoformat()],
        stderr=subprocess.DEVNULL, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def after(published, tmp_path_factory) -> tuple[dict[str, bytes], float]:
    sortie = copy_delivery(published[0], tmp_path_factory.mktemp("after") / "out")
    began = time.monotonic()
    assert start(sortie, date(2027, 1, 1)).wait() == 0
    state = data(sortie)
    assert not any(CODES[0] in name for name in state)
    return state, time.monotonic() - began


def data(sortie: Path) -> dict[str, bytes]:
    """Return what is published; the audit log may tell of a purge that was then killed."""
    return {n: c for n, c in snapshot(sortie).items() if not n.startswith("memoire/audit")}


def check_state(sortie: Path, before: dict[str, bytes], after: dict[str, bytes]) -> None:
    journal = (sortie / ".journal.json").exists()
    with open_draft(sortie, "suite"):
        pass
    found = data(sortie)
    assert found == (after if journal or found == after else before)
    if found == after:
        assert b'"acte":"purge"' in (sortie / "memoire" / "audit.jsonl").read_bytes()
    assert not list(sortie.glob(".en-cours-*"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed",
    range(20),
)
def test_a_purge_killed_at_a_random_moment(seed, published, after, tmp_path) -> None:
    state, duration = after
    sortie = copy_delivery(published[0], tmp_path / "out")
    purge = start(sortie, date(2027, 1, 1))
    time.sleep(random.Random(seed).uniform(0.3, 1.05) * duration)
    purge.send_signal(signal.SIGKILL)
    purge.wait()
    check_state(sortie, data(published[0]), state)


def test_a_purge_killed_as_it_publishes(published, after, tmp_path) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    purge = start(sortie, date(2027, 1, 1))
    while purge.poll() is None and not (sortie / ".journal.json").exists():
        time.sleep(0.0005)
    purge.send_signal(signal.SIGKILL)
    purge.wait()
    check_state(sortie, data(published[0]), after[0])
