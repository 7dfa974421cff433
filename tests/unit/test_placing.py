"""Beside, note, place: what stops in between leaves what stood there, and no draft."""

import errno
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siei_match.output import audit, placing
from siei_match.output.audit import Actor, read_entries
from siei_match.reference.errors import OutputError
from siei_match.reference.files import (
    PRIVATE,
    SHARED,
    bytes_sha256,
    draft_path,
    file_sha256,
    replacing,
    sha256_if_any,
)

AGENT = Actor("agent", datetime(2026, 10, 16, 8, tzinfo=UTC))


def place(sortie: Path, *targets: Path, content: str = "new") -> None:
    with placing.placing(sortie, "export", AGENT, folder=sortie, details={"n": 1}) as drafts:
        for target in targets:
            drafts.add(target).write_text(content)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name != "memoire"}


def test_a_file_is_noted_before_it_is_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "list.csv"
    seen = []

    def note(*args: object, **kwargs: object) -> None:
        seen.append((target.read_text(), draft_path(target).read_text()))
        append(*args, **kwargs)

    target.write_text("old")
    append = audit.append
    monkeypatch.setattr(audit, "append", note)
    place(tmp_path, target)
    assert seen == [("old", "new")]
    assert (target.read_text(), stat.S_IMODE(target.stat().st_mode)) == ("new", PRIVATE)
    (entry,) = read_entries(tmp_path)
    assert entry.fichiers == {"list.csv": bytes_sha256(b"new")}
    assert names(tmp_path) == {"list.csv"}


def test_what_the_log_refuses_is_never_in_place(tmp_path: Path) -> None:
    (tmp_path / "memoire").write_text("a file where a folder is needed")
    (tmp_path / "a").write_text("old")
    with pytest.raises(OutputError):
        place(tmp_path, tmp_path / "a", tmp_path / "b")
    assert names(tmp_path) == {"a"}
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize("failure", [ValueError("no"), KeyboardInterrupt(), OSError(28, "full")])
def test_what_fails_before_the_note_is_not_noted(tmp_path: Path, failure: BaseException) -> None:
    def fail() -> None:
        with placing.placing(tmp_path, "export", AGENT, folder=tmp_path, details={}) as drafts:
            drafts.add(tmp_path / "a").write_text("half")
            raise failure

    with pytest.raises((type(failure), OutputError)):
        fail()
    assert (names(tmp_path), read_entries(tmp_path)) == (set(), [])


def test_what_is_put_in_place_is_on_the_disk_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    sync, rename = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        done.append(Path(f"/proc/self/fd/{descriptor}").resolve().name)
        sync(descriptor)

    def replace(draft: Path, target: Path) -> Path:
        done.append(f"{draft.name} > {target.name}")
        return rename(draft, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    with replacing(tmp_path / "a", SHARED) as draft:
        draft.write_text("new")
    assert done == [".a.en-cours", ".a.en-cours > a", tmp_path.name]
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == SHARED


def test_a_failure_leaves_what_was_there_and_no_draft(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_text("old")

    def stop() -> None:
        with replacing(target, PRIVATE) as draft:
            draft.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert (target.read_text(), names(tmp_path)) == ("old", {"a"})


def test_the_draft_of_a_killed_process_is_taken_over_and_a_link_is_not(tmp_path: Path) -> None:
    target, elsewhere = tmp_path / "a", tmp_path / "elsewhere"
    draft_path(target).write_text("a longer text that a killed process left")
    with replacing(target, PRIVATE) as draft:
        draft.write_text("new")
    assert target.read_text() == "new"
    elsewhere.write_text("theirs")
    draft_path(target).symlink_to(elsewhere)
    with pytest.raises(OSError, match="symbolic") as refusal, replacing(target, PRIVATE):
        pass
    assert refusal.value.errno == errno.ELOOP
    assert (target.read_text(), elsewhere.read_text()) == ("new", "theirs")


def test_a_share_that_flushes_no_folder_takes_a_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    place(tmp_path, tmp_path / "a")
    assert (tmp_path / "a").read_text() == "new"


def test_a_sum_of_what_is_not_there(tmp_path: Path) -> None:
    assert sha256_if_any(tmp_path / "none") is None
    with pytest.raises(FileNotFoundError):
        file_sha256(tmp_path / "none")
