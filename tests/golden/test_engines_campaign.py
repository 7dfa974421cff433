"""A whole campaign, on every engine, its workers killed in every stage that has any: the same bytes."""

import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from siei_match.campaign.story import run_campaign
from siei_match.reference.engines import EngineChoice, Moteur
from siei_match.reference.failures import Failure
from siei_match.reference.settings import load_settings
from siei_match.stages.identify import fingerprints
from siei_match.stages.link.compare import comparator as comparison

pytestmark = pytest.mark.slow
CAMPAIGN = Path(__file__).parents[2] / "sample_data" / "2026-10"
CODE = "2026-10"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch) -> None:
    monkeypatch.setenv("SIEI_CLE", "a key of the tests, of no use to anybody")
    monkeypatch.setenv("POLARS_MAX_THREADS", "2")
    monkeypatch.setattr(comparison, "CHUNK", 300)
    monkeypatch.setattr(fingerprints, "PART", 500)


def run(sortie: Path, moteur: Moteur, *, resume: bool = False) -> None:
    run_campaign(CAMPAIGN, sortie, load_settings(), engine=EngineChoice(moteur), resume=resume)


def content(sortie: Path) -> dict[str, bytes]:
    placed = sortie / "campagnes" / CODE
    return {
        str(path.relative_to(placed)): path.read_bytes()
        for path in placed.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> dict[str, bytes]:
    sortie = tmp_path_factory.mktemp("plain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIEI_CLE", "a key of the tests, of no use to anybody")
        run(sortie, "threads")
    return content(sortie)


@contextmanager
def killing(sortie: Path) -> Iterator[list[str]]:
    """Kill a worker of each stage, once its first part is done."""
    killed: list[str] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.002):
            for laid in sortie.glob(".en-cours-*/parts/laid-*"):
                if laid.name not in killed and any(laid.parent.glob("*.json")):
                    killed.append(laid.name)
                    min(multiprocessing.active_children(), key=lambda child: child.pid or 0).kill()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("moteur", ["processus", "dask"])
def test_a_worker_killed_in_each_stage_leaves_no_trace(
    moteur: Moteur, plain: dict[str, bytes], tmp_path: Path
) -> None:
    if moteur == "dask":
        pytest.importorskip("distributed", reason="the extra dask is not installed")
    sortie = tmp_path / "out"
    with killing(sortie) as killed:
        run(sortie, moteur)
    assert len(killed) == 2
    assert content(sortie) == plain
    assert not list(sortie.glob(".en-cours-*"))
    assert multiprocessing.active_children() == []


def test_a_run_goes_on_part_by_part(
    plain: dict[str, bytes], tmp_path: Path, monkeypatch, caplog
) -> None:
    """Stopped in the middle of a stage, taken up by another engine."""
    from siei_match.reference.engines import parts

    kept = parts.keep_part
    seen: list[int] = []

    def stops(part, target: Path) -> None:
        seen.append(1)
        if len(seen) > 5:
            raise Failure("The disk is gone.", remedy="Find it.")
        kept(part, target)

    sortie = tmp_path / "out"
    monkeypatch.setattr(parts, "keep_part", stops)
    with pytest.raises(Failure, match="disk is gone"):
        run(sortie, "threads", resume=True)
    assert not (sortie / "campagnes").exists()
    staging = sortie / f".en-cours-{CODE}"
    assert staging.stat().st_mode & 0o077 == 0
    done = {path.name: path.stat().st_mtime_ns for path in (staging / "parts").glob("*.json")}
    assert len(done) == 5
    monkeypatch.setattr(parts, "keep_part", kept)
    caplog.set_level("INFO")
    run(sortie, "processus", resume=True)
    assert "candidates: 5 of" in caplog.text
    assert content(sortie) == plain
    assert not staging.exists()


def test_without_resume_nothing_of_a_stopped_run_stays(tmp_path: Path, monkeypatch) -> None:
    from siei_match.reference.engines import parts

    def full(what, folder: Path, without) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts, "lay", full)
    sortie = tmp_path / "out"
    started = time.monotonic()
    with pytest.raises(Exception, match="No space left on device") as refused:
        run(sortie, "processus")
    assert refused.value.code == "disque_plein"  # type: ignore[attr-defined]
    assert not list(sortie.glob(".en-cours-*"))
    assert not (sortie / "campagnes").exists()
    assert time.monotonic() - started < 300
