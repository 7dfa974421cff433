"""Staging and publication: everything or nothing, whatever happens and whenever it happens."""

import errno
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siei_match import output as store
from siei_match.output import (
    PreparedCampaign,
    Staging,
    audit,
    journal,
    lock,
    newest_prepared,
    open_staging,
    place_staging,
    prepared_campaigns,
    read_earlier,
)
from siei_match.output.audit import log
from siei_match.reference.errors import OutputError
from siei_match.reference.files import create, output_guard
from tests.publication import publish, resultats, snapshot

CODE = "2026-10"
NOTE = audit.make_body(
    "run", "agent", datetime(2026, 10, 16, tzinfo=UTC), {"campagne": CODE}, {"manifeste.json": "0"}
)


def prepare(staging: Staging, version: str) -> None:
    """Fill a staging with the least that can be published; every file says `version`."""
    for name in ("campagne/manifeste.json", "campagne/decisions.parquet", *store.BASES):
        (staging.dossier / name).write_text(f"{version} {name}")


def publish_version(
    sortie: Path, version: str, code: str = CODE, note: audit.Body | None = None
) -> None:
    with open_staging(sortie, code) as staging:
        prepare(staging, version)
        place_staging(staging, note)


def versions(sortie: Path) -> set[str]:
    """Return which versions the files that stand in `sortie` come from."""
    return {content.decode().split()[0] for content in snapshot(sortie).values()}


@contextmanager
def refused(words: str) -> Iterator[None]:
    """Expect an error that says `words` and what to do."""
    with pytest.raises(OutputError, match=words) as told:
        yield
    assert "--sortie" in told.value.remedy


def test_a_publication_puts_everything_in_place_and_leaves_nothing_else(tmp_path: Path) -> None:
    publish_version(tmp_path / "out", "v1")
    assert sorted(snapshot(tmp_path / "out")) == [
        "campagnes/2026-10/decisions.parquet",
        "campagnes/2026-10/manifeste.json",
        "listes.duckdb",
        "siei.duckdb",
    ]
    assert versions(tmp_path / "out") == {"v1"}


def test_a_second_publication_replaces_the_whole_folder(tmp_path: Path) -> None:
    with open_staging(tmp_path, CODE) as staging:
        prepare(staging, "v1")
        (staging.campagne / "ancien.txt").write_text("v1 removed since")
        place_staging(staging)
    publish_version(tmp_path, "v2")
    assert versions(tmp_path) == {"v2"}
    assert not (tmp_path / "campagnes" / CODE / "ancien.txt").exists()


@pytest.mark.parametrize("exchange", [True, False])
def test_running_again_repairs_a_folder_whose_manifest_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exchange: bool
) -> None:
    publish_version(tmp_path, "v1")
    before = snapshot(tmp_path)
    (tmp_path / "campagnes" / CODE / "decisions.parquet").write_text("damaged")
    if not exchange:
        monkeypatch.setattr(journal, "exchange", lambda one, other: False)
    publish_version(tmp_path, "v1")
    assert snapshot(tmp_path) == before


def test_a_run_that_does_not_publish_changes_nothing(tmp_path: Path) -> None:
    publish_version(tmp_path, "v1")
    before = snapshot(tmp_path)
    with open_staging(tmp_path, CODE) as staging:
        prepare(staging, "v2")
    assert snapshot(tmp_path) == before
    assert not list(tmp_path.glob(".*"))


def test_the_staging_is_its_owners_alone(tmp_path: Path) -> None:
    with open_staging(tmp_path, CODE) as staging:
        for folder in (staging.dossier, staging.travail, staging.campagne):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("missing", ["campagne/manifeste.json", "siei.duckdb", "listes.duckdb"])
def test_what_is_not_whole_is_not_published(tmp_path: Path, missing: str) -> None:
    publish_version(tmp_path, "v1")
    before = snapshot(tmp_path)
    with open_staging(tmp_path, CODE) as staging:
        prepare(staging, "v2")
        (staging.dossier / missing).unlink()
        with pytest.raises(OutputError, match="was not prepared"):
            place_staging(staging)
    assert snapshot(tmp_path) == before


def test_a_second_run_is_told_that_another_one_works_there(tmp_path: Path) -> None:
    with open_staging(tmp_path, CODE), refused("Another run"), open_staging(tmp_path, "2027-03"):
        pass
    with open_staging(tmp_path, "2027-03"):  # free again
        pass


def test_a_folder_that_cannot_be_locked_is_locked_by_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = lock.fcntl.flock

    def as_nfs(descriptor: int, operation: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EBADF, "not open for writing")
        real(descriptor, operation)

    monkeypatch.setattr(lock.fcntl, "flock", as_nfs)
    with open_staging(tmp_path, CODE), refused("Another run"), open_staging(tmp_path, CODE):
        pass


def test_leftovers_of_killed_runs_are_removed_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / ".en-cours-2025-03" / "travail").mkdir(parents=True)
    (tmp_path / ".en-cours-2025-03" / "travail" / "traits.parquet").write_text("left")
    (tmp_path / ".journal.json.en-cours").write_text("{")
    with open_staging(tmp_path, CODE):
        assert [path.name for path in tmp_path.iterdir()] == [".en-cours-2026-10"]


@pytest.mark.parametrize("code", ["../ailleurs", "2026", "2026-10/..", "", "2026-10\n"])
def test_only_a_campaign_code_names_a_folder(tmp_path: Path, code: str) -> None:
    with pytest.raises(OutputError, match="not a campaign's code"), open_staging(tmp_path, code):
        pass


class TestBadPlaces:
    def test_a_file_where_the_folder_should_be(self, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("a file")
        with pytest.raises(OutputError) as told, open_staging(tmp_path / "out", CODE):
            pass
        assert "--sortie" in told.value.remedy
        with pytest.raises(OutputError), open_staging(tmp_path / "out" / "deeper", CODE):
            pass

    @pytest.mark.parametrize(
        ("code", "word"),
        [
            (errno.ENOSPC, "space"),
            (errno.EACCES, "right"),
            (errno.EROFS, "read-only"),
            (errno.EDQUOT, "quota"),
        ],
    )
    def test_a_disk_that_refuses(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, word: str
    ) -> None:
        publish_version(tmp_path, "v1")
        before = snapshot(tmp_path)

        def refuse(*_: object, **__: object) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(journal, "flush_tree", refuse)
        with open_staging(tmp_path, CODE) as staging:
            prepare(staging, "v2")
            with pytest.raises(OutputError) as told:
                place_staging(staging)
        assert word in told.value.remedy
        assert snapshot(tmp_path) == before

    def test_a_full_disk_that_a_library_words_itself(self, tmp_path: Path) -> None:
        with pytest.raises(OutputError, match="No space left"), output_guard(tmp_path):
            raise ValueError("IO Error: could not write: No space left on device")

    def test_another_failure_stays_what_it_is(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="a defect"), output_guard(tmp_path):
            raise ValueError("a defect")


@contextmanager
def killed_at(step: int) -> Iterator[None]:
    """Kill this process by SIGKILL just before the step-th change that it makes on the disk."""
    left = [step]

    def count(real: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **kwargs: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return counted

    for holder, names in (
        (Path, ("replace", "rename", "unlink", "mkdir", "write_text", "chmod")),
        (journal, ("flush", "exchange", "flush_tree")),
        (shutil, ("rmtree",)),
        (log, ("_write", "_write_whole")),
    ):
        for name in names:
            setattr(holder, name, count(getattr(holder, name)))
    yield


def run_killed(sortie: Path, step: int, *, exchange: bool) -> bool:
    """Publish v2 in a process that dies at `step`; return whether it died."""
    child = os.fork()
    if child == 0:
        try:
            if not exchange:
                journal.exchange = lambda one, other: False
            with killed_at(step):
                publish_version(sortie, "v2", note=NOTE)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("exchange", [True, False])
@pytest.mark.parametrize("earlier", [True, False])
def test_a_run_killed_at_any_step_publishes_all_or_nothing(
    tmp_path: Path, exchange: bool, earlier: bool
) -> None:
    outcomes = []
    for step in range(1, 100):
        sortie = tmp_path / str(step)
        if earlier:
            publish_version(sortie, "v1", "2026-03")
            publish_version(sortie, "v1")
        else:
            sortie.mkdir()
        before = snapshot(sortie)
        if not run_killed(sortie, step, exchange=exchange):
            break
        announced = (sortie / store.JOURNAL).exists()
        visible = {k: v for k, v in snapshot(sortie).items() if k[0] != "." and "audit" not in k}
        if not announced and b"v2" not in b"".join(visible.values()):
            assert visible == before
        with open_staging(sortie, "2027-03"):  # what the next run does first
            pass
        kept = {k: v for k, v in snapshot(sortie).items() if not k.startswith("memoire/")}
        mine = {k: v for k, v in kept.items() if "2026-03" not in k}
        found = {content.decode().split()[0] for content in mine.values()}
        assert len(found) <= 1, f"step {step}: a mixed state {found}"
        assert found == {"v2"} or kept == before, f"step {step}"
        assert found == {"v2"} or not announced, f"step {step}: announced, then lost"
        assert not list(sortie.glob(".*"))
        acts = [entree.acte for entree in audit.read_entries(sortie)]
        assert acts == ["run"] * (found == {"v2"}), f"step {step}: noted {acts}"
        assert not acts or audit.verify(sortie).whole
        outcomes.append("v2" in found)
    # Killed early: nothing; late: everything; never the one after the other.
    assert outcomes == sorted(outcomes)
    assert len(outcomes) > 15
    assert {True, False} == set(outcomes)


def test_a_publication_whose_staging_was_taken_away_says_what_to_do(tmp_path: Path) -> None:
    publish_version(tmp_path, "v1")
    place = {"de": "campagne", "vers": "campagnes/2026-10", "sceau": "0", "inode": 0}
    told = {"format": 2, "dossier": ".en-cours-2026-10", "places": [place], "retraits": []}
    (tmp_path / store.JOURNAL).write_text(json.dumps(told))
    with pytest.raises(OutputError, match="is gone") as told, open_staging(tmp_path, CODE):
        pass
    assert "run campaign 2026-10 again" in told.value.remedy


def test_a_whole_run_killed_while_it_writes_leaves_what_was_published(tmp_path: Path) -> None:
    publish(tmp_path)
    before = snapshot(tmp_path)
    script = "from pathlib import Path; from tests.publication import publish; publish(Path('.'))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, env=environment)
    lists = tmp_path / ".en-cours-2026-10" / "campagne" / "listes"
    while not lists.exists() and child.poll() is None:
        time.sleep(0.002)
    child.kill()
    assert child.wait() == -signal.SIGKILL
    assert {k: v for k, v in snapshot(tmp_path).items() if not k.startswith(".")} == before
    publish(tmp_path)
    assert snapshot(tmp_path) == before


def test_earlier_campaigns_are_read_and_later_ones_are_not(tmp_path: Path) -> None:
    for code in ("2026-10", "2027-03", "2027-10"):
        publish(tmp_path, code)
    assert list(prepared_campaigns(tmp_path)) == ["2026-10", "2027-03", "2027-10"]
    found = read_earlier(tmp_path, "2027-03", "signalements")
    assert found.equals(resultats("2026-10").signalements)
    assert read_earlier(tmp_path, "2026-10", "signalements").height == 0
    (tmp_path / "campagnes" / "2026-10" / "signalements.parquet").write_text("damaged")
    with pytest.raises(OutputError, match="damaged"):
        read_earlier(tmp_path, "2027-03", "signalements")


def test_the_newest_table_is_read_or_missed_aloud(tmp_path: Path) -> None:
    assert newest_prepared(tmp_path) is None
    for code in ("2027-03", "2026-10"):
        publish(tmp_path, code)
    assert newest_prepared(tmp_path, "2026-10") is None
    before = newest_prepared(tmp_path, "2027-03")
    assert before == PreparedCampaign("2026-10", tmp_path / "campagnes" / "2026-10")
    newest = newest_prepared(tmp_path)
    assert newest == PreparedCampaign("2027-03", tmp_path / "campagnes" / "2027-03")
    assert newest.table("signalements").equals(resultats("2027-03").signalements)
    newest.table_path("signalements").unlink()
    with pytest.raises(OutputError, match=r"signalements\.parquet is missing"):
        newest.table("signalements")


@pytest.mark.parametrize("mode", [0o600, 0o640])
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_a_file_has_its_mode_whatever_the_umask(tmp_path: Path, mode: int, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = create(tmp_path / "file", mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_signs_of_patterns_in_the_output_folder_s_name_name_that_folder_alone(
    tmp_path: Path,
) -> None:
    import duckdb

    for name in ("out[ab]*", "outa", "outa and more"):
        publish(tmp_path / name, CODE)
    sortie = tmp_path / "out[ab]*"
    rows = newest_prepared(sortie).table("signalements").height
    assert rows > 0
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as base:
        assert base.sql("SELECT count(*) FROM signalements").fetchall() == [(rows,)]
    with pytest.raises(OutputError, match="question mark"):
        publish(tmp_path / "out?", CODE)
    assert not (tmp_path / "out?").exists()
