"""Dask: the same bytes with two workers, with one that is killed; one clear error when it is gone."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from siei_match.reference import parallel
from siei_match.reference.engines import DonePart, EngineChoice, Parts, open_engine
from siei_match.reference.engines.address import require_safe
from siei_match.reference.errors import SettingsError, SieiError
from siei_match.reference.failures import Failure
from siei_match.stages.identify.fingerprints import fingerprints
from siei_match.stages.link import link
from siei_match.stages.link.compare import comparator as comparison
from tests.unit.test_engines import (
    KEY,
    PIECES,
    Shared,
    folder,  # noqa: F401 - fixtures
    given,
    killed_once,
    shared,  # noqa: F401
    told,
    wanted,
    with_environment,
)
from tests.worlds import small_world

pytest.importorskip("distributed", reason="the extra dask is not installed")
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
DASK = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
WORKER = [sys.executable, "-m", "distributed.cli.dask_worker"]


def slow_part(shared: Shared, piece: tuple[int, int]) -> DonePart:  # noqa: F811
    time.sleep(0.5)
    return told(shared, piece)


class Started:
    """A scheduler and workers as an operator starts them, each in a working folder of its own."""

    def __init__(self, place: Path, settings: Path | None = None, scheme: str = "tcp") -> None:
        self.place = place
        self.port = 20_000 + os.getpid() % 20_000
        self.address = f"{scheme}://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "DASK_CONFIG": str(settings or place / "none"),
            "POLARS_MAX_THREADS": "1",
        }
        bound = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        self.scheduler = self.start([*DASK, *bound, "--protocol", scheme], "scheduler")
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, command: list[str], name: str) -> subprocess.Popen[bytes]:
        own = self.place / name
        own.mkdir()
        log = (own / "log").open("wb")
        return subprocess.Popen(
            command, cwd=own, env=self.environment, stdout=log, stderr=subprocess.STDOUT
        )

    def add_worker(self) -> None:
        name = f"worker{len(self.workers)}"
        own = ["--nthreads", "1", "--memory-limit", "0", "--no-dashboard", "--no-nanny"]
        self.workers.append(self.start([*WORKER, self.address, *own, "--host", "127.0.0.1"], name))

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def said(self) -> str:
        return "".join(path.read_text("utf-8") for path in self.place.glob("*/log"))


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    place = tmp_path / "cluster"
    place.mkdir()
    made = Started(place)
    yield made
    made.end()


def test_a_cluster_of_this_machine_gives_the_same_though_a_worker_is_killed(
    shared: Shared,  # noqa: F811
    folder: Path,  # noqa: F811
    monkeypatch,
) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "2")
    traits, parcours, _ = small_world(300, 41, ine=0.5, errors=0.15, twins=0.1)
    plain = link(traits, parcours)
    prints = fingerprints(traits, plain.groupes, KEY)
    monkeypatch.setattr(comparison, "CHUNK", 200)
    with open_engine(EngineChoice("dask"), folder.parent / "scratch") as engine:
        parts = Parts(engine, folder)
        assert given(parts.each("step", killed_once, shared, PIECES)) == wanted(shared)
        assert given(parts.each("step", with_environment, shared, PIECES)) == wanted(shared)
        apart = link(traits, parcours, parts=parts)
        assert fingerprints(traits, plain.groupes, KEY, parts).equals(prints)
        assert list(folder.iterdir()) == []
    assert parallel.threads() == 2
    assert apart.groupes.equals(plain.groupes)
    assert apart.liens.equals(plain.liens)
    assert (apart.modele, apart.counts) == (plain.modele, plain.counts)


def test_two_runs_on_one_scheduler_keep_apart(
    started: Started,
    shared: Shared,  # noqa: F811
    tmp_path: Path,
) -> None:
    started.add_worker()
    started.add_worker()
    found: dict[str, object] = {}

    def run(name: str) -> None:
        place = tmp_path / name
        place.mkdir(mode=0o700)
        with open_engine(EngineChoice("dask", started.address), place / "scratch") as engine:
            parts = Parts(engine, place / "parts")
            parts.keep("the same inputs")
            found[name] = given(parts.each("step", slow_part, shared, PIECES))
            assert len(list((place / "parts").iterdir())) == 2 * len(PIECES)

    both = [threading.Thread(target=run, args=(name,)) for name in ("one", "other")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert found == {"one": wanted(shared), "other": wanted(shared)}
    # Names of tasks are hashes and numbers, and no log says what they were about.
    assert "QUEMENER" not in started.said()


def test_a_scheduler_that_is_killed_is_one_clear_error_and_what_was_done_stays(
    started: Started,
    shared: Shared,  # noqa: F811
    folder: Path,  # noqa: F811
) -> None:
    started.add_worker()
    killer = threading.Thread(target=kill_after, args=(started.scheduler, folder, 3))
    killer.start()
    with open_engine(EngineChoice("dask", started.address), folder.parent / "s") as engine:
        parts = Parts(engine, folder)
        parts.keep("inputs")
        with pytest.raises(Failure) as refused:
            parts.each("step", slow_part, shared, PIECES)
    killer.join()
    assert refused.value.code == "moteur"
    assert "scheduler is gone" in refused.value.what
    assert not list(folder.glob("laid-*"))
    done = len(list(folder.glob("*.json")))
    assert 3 <= done < len(PIECES)
    # Taken up, with threads: the bytes are the same whoever made them.
    parts = Parts(None, folder)
    parts.keep("inputs")
    assert given(parts.each("step", slow_part, shared, PIECES)) == wanted(shared)


def kill_after(process: subprocess.Popen[bytes], folder: Path, parts: int) -> None:  # noqa: F811
    until = time.monotonic() + 120
    while len(list(folder.glob("*.json"))) < parts and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)


def test_a_cluster_without_workers_is_told(started: Started, monkeypatch, shared, folder) -> None:  # noqa: F811
    from siei_match.reference.engines import cluster

    monkeypatch.setattr(cluster, "ALONE", 4.0)
    with (
        open_engine(EngineChoice("dask", started.address), folder.parent / "s") as engine,
        pytest.raises(Failure, match="no worker"),
    ):
        Parts(engine, folder).each("step", told, shared, PIECES)


def test_no_scheduler_is_told_before_anything_is_done(tmp_path: Path, monkeypatch) -> None:
    from siei_match.reference.engines import cluster

    monkeypatch.setattr(cluster, "REACH", 1.0)
    with (
        pytest.raises(Failure, match="does not answer"),
        open_engine(EngineChoice("dask", "tcp://127.0.0.1:9"), tmp_path / "scratch"),
    ):
        pass


# TLS.


def certificates(place: Path) -> Path:
    """Make an authority of this cluster alone and one certificate, as docs/dask.md says; return settings."""
    place.mkdir(mode=0o700)
    subject = ["-subj", "/CN=siei-dask"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", str(place / "cle.pem")]
    subprocess.run(
        ["openssl", "req", "-x509", *key, "-out", str(place / "cert.pem"), "-days", "2", *subject],
        check=True,
        capture_output=True,
    )
    who = f"{{cert: {place}/cert.pem, key: {place}/cle.pem}}"
    (place / "dask.yaml").write_text(
        f"distributed:\n  comm:\n    require-encryption: true\n    tls:\n      ca-file: {place}/cert.pem\n"
        f"      scheduler: {who}\n      worker: {who}\n      client: {who}\n"
    )
    return place / "dask.yaml"


def test_tls_needs_certificates_and_works_with_them(
    tmp_path: Path,
    shared: Shared,  # noqa: F811
    folder: Path,  # noqa: F811
) -> None:
    import dask

    with pytest.raises(SettingsError, match="lack tls_ca_file"):
        require_safe("tls://127.0.0.1:8786")
    settings = certificates(tmp_path / "tls")
    place = tmp_path / "cluster"
    place.mkdir()
    started = Started(place, settings, "tls")
    try:
        started.add_worker()
        started.add_worker()
        with dask.config.set(
            {
                "distributed.comm.tls.ca-file": str(settings.parent / "cert.pem"),
                "distributed.comm.tls.client.cert": str(settings.parent / "cert.pem"),
                "distributed.comm.tls.client.key": str(settings.parent / "cle.pem"),
            }
        ):
            choice = EngineChoice("dask", started.address)
            choice.check()
            with open_engine(choice, folder.parent / "s") as engine:
                found = Parts(engine, folder).each("step", told, shared, PIECES)
        assert given(found) == wanted(shared)
        # Who has no certificate is not heard.
        with (
            pytest.raises(SieiError),
            open_engine(
                EngineChoice("dask", started.address.replace("tls", "tcp")), folder.parent / "s"
            ),
        ):
            pass
    finally:
        started.end()


class Flapping:
    """A client whose scheduler shows another worker at each look, and which waits for ever."""

    status = "running"

    def __init__(self) -> None:
        self.looks = 0

    def scheduler_info(self, n_workers: int) -> dict[str, dict[str, str]]:
        self.looks += 1
        return {"workers": {f"tcp://127.0.0.1:{self.looks}": "there"}}


def test_workers_that_come_and_go_without_a_part_done_end_the_run(
    tmp_path: Path, monkeypatch
) -> None:
    from siei_match.reference.engines import cluster

    def never(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(cluster, "wait", never)
    client = Flapping()
    with pytest.raises(Failure, match="came and went"):
        cluster.Cluster(None, tmp_path)._await(client, ["a part"])
    assert client.looks == cluster.MOST_LOST + 1
