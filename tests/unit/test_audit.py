"""The audit log: what is refused, what a crash leaves, who may read it."""

import json
import multiprocessing
import os
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from siei_match.output import audit
from siei_match.output.audit import (
    Actor,
    LogFollower,
    append,
    read_entries,
    require_writable,
    verify,
)
from siei_match.output.audit.entry import seal_body
from siei_match.reference.errors import ContractError, OutputError, SettingsError

QUAND = datetime(2026, 10, 16, 8, 30, tzinfo=UTC)


def note(sortie: Path, acte: str = "export", **given: Any) -> None:
    told = {"par": "dpo", "quand": QUAND, "cle": None, "details": {}, "fichiers": {}, **given}
    acteur = Actor(*(told.pop(name) for name in ("par", "quand", "cle")))
    append(sortie, acte, acteur, **told)


def log_of(sortie: Path) -> Path:
    return sortie / "memoire" / "audit.jsonl"


def faults(sortie: Path, **given: Any) -> list[tuple[int, str]]:
    return [(d.ligne, d.raison) for d in verify(sortie, **given).faults]


def test_an_entry_holds_what_the_log_promises(tmp_path: Path) -> None:
    paris = timezone(timedelta(hours=2))
    note(tmp_path, quand=QUAND.astimezone(paris), details={"psad": "PSAD-001-01", "n": 3},
         fichiers={"liste.csv": "ab"})  # fmt: skip
    note(tmp_path, "acces")
    one, two = (json.loads(line) for line in log_of(tmp_path).read_text("utf-8").splitlines())
    assert (one["n"], two["n"]) == (1, 2)
    assert one["quand"] == "2026-10-16T08:30:00.000+00:00"
    assert one["details"] == {"psad": "PSAD-001-01", "n": 3}
    assert one["fichiers"] == {"liste.csv": "ab"}
    assert two["precedent"] == one["empreinte"]
    assert verify(tmp_path) == audit.Verification(2, two["empreinte"], ())


def test_the_log_is_its_owners_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        note(tmp_path)
    finally:
        os.umask(before)
    memoire = tmp_path / "memoire"
    assert stat.S_IMODE(memoire.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in memoire.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "given",
    [
        {"details": {"ine": "1234567890A"}},
        {"details": {"texte": "vu 123456789AB hier"}},
        {"details": {"courriel": "a@exemple.fr"}},
        {"details": {"texte": "une ligne\nune autre"}},
        {"details": {"texte": "x" * 501}},
        {"details": {"Nom": "x"}},
        {"quand": QUAND.replace(tzinfo=None)},
        {"par": "dpo\n"},
    ],
)
def test_what_looks_personal_or_breaks_a_line_is_refused(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    with pytest.raises(ContractError):
        note(tmp_path, **given)
    assert read_entries(tmp_path) == []


def test_half_a_line_is_told_then_set_aside_by_the_next_entry(tmp_path: Path) -> None:
    note(tmp_path)
    whole = log_of(tmp_path).read_bytes()
    note(tmp_path)
    # As a crash leaves it: some bytes of the second line, and the head of the first.
    torn = log_of(tmp_path).read_bytes()[len(whole) :][:40]
    log_of(tmp_path).write_bytes(whole + torn)
    (tmp_path / "memoire" / "audit.tete").write_text(
        json.dumps({"n": 1, "empreinte": read_entries(tmp_path)[0].empreinte}) + "\n"
    )
    assert faults(tmp_path) == [(2, "dechiree")]
    note(tmp_path, "acces")
    assert [e.acte for e in read_entries(tmp_path)] == ["export", "reprise", "acces"]
    assert (tmp_path / "memoire" / "audit.dechire-2").read_bytes() == torn
    assert read_entries(tmp_path)[1].details == {"octets": 40}
    assert verify(tmp_path).whole


def test_a_crash_between_an_entry_and_its_head_loses_nothing(tmp_path: Path) -> None:
    note(tmp_path)
    head = (tmp_path / "memoire" / "audit.tete").read_bytes()
    note(tmp_path)
    (tmp_path / "memoire" / "audit.tete").write_bytes(head)
    told = verify(tmp_path)
    assert told.whole
    assert told.retard
    note(tmp_path)
    assert verify(tmp_path) == audit.Verification(3, read_entries(tmp_path)[-1].empreinte, ())


def test_lines_cut_from_the_end_are_told_and_nothing_is_added(tmp_path: Path) -> None:
    for _ in range(4):
        note(tmp_path)
    last = read_entries(tmp_path)[-1].empreinte
    lines = log_of(tmp_path).read_bytes().splitlines(keepends=True)
    log_of(tmp_path).write_bytes(b"".join(lines[:3]))
    assert faults(tmp_path) == [(4, "fin")]
    for refused in (note, require_writable):
        with pytest.raises(OutputError, match="does not end with"):
            refused(tmp_path)
    # Cut with its head, a log says nothing: the hash noted elsewhere does.
    kept = read_entries(tmp_path)[-1]
    (tmp_path / "memoire" / "audit.tete").write_text(
        json.dumps({"n": kept.n, "empreinte": kept.empreinte}) + "\n"
    )
    assert verify(tmp_path).whole
    assert faults(tmp_path, expected=last) == [(4, "attendu")]


def test_no_log_at_all_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path) == [(1, "absent")]


def test_each_fault_says_its_line_and_its_reason(tmp_path: Path) -> None:
    for _ in range(4):
        note(tmp_path)
    lines = log_of(tmp_path).read_bytes().splitlines(keepends=True)
    cases = {
        (2, "contenu"): [lines[0], lines[1].replace(b"dpo", b"moi"), *lines[2:]],
        (3, "illisible"): [*lines[:2], lines[2].replace(b'"n":', b'"n": '), lines[3]],
        (2, "rang"): [lines[0], *lines[2:]],
    }
    for fault, altered in cases.items():
        log_of(tmp_path).write_bytes(b"".join(altered))
        assert faults(tmp_path)[0] == fault


def test_an_entry_noted_once_is_not_noted_again(tmp_path: Path) -> None:
    for details in ({"campagne": "2026-10"}, {"campagne": "2026-10"}, {"campagne": "2027-03"}):
        note(tmp_path, "run", details=details, once=True)
        note(tmp_path, "export")
    assert [e.acte for e in read_entries(tmp_path)] == ["run", "export", "export", "run", "export"]


def test_a_long_line_is_found_from_the_end(tmp_path: Path) -> None:
    note(tmp_path, fichiers={f"liste-{n}.csv": "0" * 64 for n in range(1000)})
    note(tmp_path)
    assert verify(tmp_path).whole


def _note_often(sortie: Path) -> None:
    for _ in range(10):
        note(sortie)


def test_entries_of_several_processes_make_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_note_often, args=(tmp_path,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    told = verify(tmp_path)
    assert told.whole
    assert told.lignes == 40


def test_a_full_disk_leaves_the_log_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(tmp_path)
    before = log_of(tmp_path).read_bytes()
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, data[:20]))
    with pytest.raises(OutputError, match="No space left"):
        note(tmp_path)
    monkeypatch.undo()
    assert log_of(tmp_path).read_bytes() == before
    assert verify(tmp_path).whole


def test_asking_whether_a_log_can_be_written_makes_none(tmp_path: Path) -> None:
    require_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "memoire").write_text("a file where a folder is needed")
    with pytest.raises(OutputError):
        require_writable(tmp_path)


KEY = b"k" * 32


def test_a_line_without_the_key_in_a_sealed_log_is_taken_said_and_told_until_answered_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    note(tmp_path, cle=KEY)
    for _ in range(3):
        note(tmp_path)
    assert [r.getMessage().count("without a seal") for r in caplog.records] == [1]
    # Another process says it again, though the last line has no seal.
    audit.log._warn_unsealed.cache_clear()
    audit.log._was_sealed.cache_clear()
    note(tmp_path)
    assert len(caplog.records) == 2
    note(tmp_path, cle=KEY)
    # Told with the key and without, and by no later act made good.
    for key in (KEY, None):
        told = verify(tmp_path, key=key)
        assert (told.awaiting, list(told.ranges())) == (True, [(2, 5, "sans_sceau")]), key
    audit.accept_unsealed(tmp_path, Actor("dpo", QUAND, KEY), "exports of the week")
    assert verify(tmp_path, key=KEY).whole
    assert not verify(tmp_path).whole  # who accepted cannot be known without the key


def test_a_line_under_another_key_is_said_unless_it_replaced_the_one_before(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    new, other = b"n" * 32, b"o" * 32
    note(tmp_path, cle=KEY)
    append(tmp_path, "export", Actor("dpo", QUAND, new, (KEY,)), details={}, fichiers={})
    assert not caplog.records
    append(tmp_path, "export", Actor("dpo", QUAND, other), details={}, fichiers={})
    assert "another key" in caplog.text
    assert faults(tmp_path, key=new) == [(1, "cle_inconnue"), (3, "cle_inconnue")]


def test_lines_of_before_the_key_are_told_until_somebody_answers_for_them(tmp_path: Path) -> None:
    note(tmp_path)
    note(tmp_path)
    assert verify(tmp_path).whole
    note(tmp_path, cle=KEY)
    assert faults(tmp_path, key=KEY) == [(1, "sans_sceau"), (2, "sans_sceau")]
    with pytest.raises(SettingsError):
        audit.accept_unsealed(tmp_path, Actor("dpo", QUAND), "compared")
    assert audit.accept_unsealed(tmp_path, Actor("dpo", QUAND, KEY), "compared") == 2
    told = verify(tmp_path, key=KEY)
    assert (told.whole, told.accepted) == (True, 2)
    with pytest.raises(SettingsError, match="Every line"):
        audit.accept_unsealed(tmp_path, Actor("dpo", QUAND, KEY), "again")


def test_an_altered_line_is_never_accepted(tmp_path: Path) -> None:
    note(tmp_path)
    note(tmp_path, cle=KEY)
    path = log_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"dpo", b"dpx", 1))
    with pytest.raises(OutputError, match="other faults"):
        audit.accept_unsealed(tmp_path, Actor("dpo", QUAND, KEY), "compared")


def test_what_is_noted_after_a_crash_without_the_key_bears_the_seal_of_who_announced_it(
    tmp_path: Path,
) -> None:
    note(tmp_path, cle=KEY)
    body = audit.make_body("run", "agent", QUAND, {"lignes": 3}, {})
    for _ in range(2):
        audit.record(tmp_path, body, key=None, once=True, token=seal_body(body, KEY))
    assert verify(tmp_path, key=KEY).whole
    assert len(read_entries(tmp_path)) == 2
    # Said a second time on purpose, the same seal is a fault; so is another body under it.
    audit.record(tmp_path, body, key=None, once=False, token=seal_body(body, KEY))
    assert faults(tmp_path, key=KEY) == [(3, "sceau")]


def test_the_anchor_tells_that_the_end_was_cut_or_an_older_copy_put_back(tmp_path: Path) -> None:
    sortie, anchor = tmp_path / "out", tmp_path / "ancre"
    sortie.mkdir()
    actor = Actor("dpo", QUAND, KEY, ancre=str(anchor))
    append(sortie, "run", actor, details={}, fichiers={})
    kept = {path: path.read_bytes() for path in (sortie / "memoire").iterdir()}
    append(sortie, "export", actor, details={}, fichiers={})
    assert verify(sortie, key=KEY, anchor=str(anchor)).anchored == 2
    for path, content in kept.items():
        path.write_bytes(content)
    assert verify(sortie, key=KEY).whole
    assert faults(sortie, key=KEY, anchor=str(anchor)) == [(2, "ancre_fin")]
    append(sortie, "purge", actor, details={}, fichiers={})
    assert faults(sortie, key=KEY, anchor=str(anchor)) == [(2, "ancre")]
    assert stat.S_IMODE(anchor.stat().st_mode) == 0o600


def test_an_anchor_in_the_folder_itself_or_through_a_link_is_refused(tmp_path: Path) -> None:
    sortie = tmp_path / "out"
    sortie.mkdir()
    (tmp_path / "lien").symlink_to(tmp_path / "ailleurs")
    for anchor in (sortie / "ancre", tmp_path / "lien"):
        with pytest.raises(OutputError, match="anchor"):
            append(sortie, "run", Actor("dpo", QUAND, KEY, ancre=str(anchor)), details={},
                   fichiers={})  # fmt: skip
    (tmp_path / "autre").write_text("not ours\n")
    with pytest.raises(OutputError, match="no anchor"):
        verify(sortie, key=KEY, anchor=str(tmp_path / "autre"))


def test_a_follower_reads_what_was_added_and_tells_what_verify_tells(tmp_path: Path) -> None:
    for n in range(5):
        note(tmp_path, cle=KEY, details={"n": n})
    follower = LogFollower(tmp_path, (KEY,))
    state, newest = follower.look(QUAND, before=None, count=2)
    assert (state.lignes, state.whole, [e.n for e in newest]) == (5, True, [5, 4])
    assert [e.n for e in follower.look(QUAND, before=4, count=2)[1]] == [3, 2]
    assert [e.n for e in follower.look(QUAND, before=1, count=2)[1]] == []
    assert [e.n for e in follower.look(QUAND, before=99, count=1)[1]] == [5]
    note(tmp_path)
    read = os.pread
    seen: list[int] = []

    def counted(fd: int, size: int, start: int) -> bytes:
        seen.append(start)
        return read(fd, size, start)

    end = log_of(tmp_path).read_bytes().rindex(b"\n", 0, -1) + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pread", counted)
        state, newest = follower.look(QUAND, before=None, count=1)
    # The last line that it knew, to see that the file goes on; then what is new alone.
    assert sorted(start >= end for start in seen)[:2] == [False, True]
    assert (state.awaiting, [e.n for e in newest]) == (True, [6])
    audit.accept_unsealed(tmp_path, Actor("dpo", QUAND, KEY), "mine")
    assert follower.look(QUAND, before=None, count=1)[0].whole


@pytest.mark.parametrize("later", [timedelta(0), timedelta(hours=1)])
def test_a_follower_sees_lines_that_were_altered_behind_it(
    tmp_path: Path, later: timedelta
) -> None:
    for _ in range(4):
        note(tmp_path, cle=KEY)
    follower = LogFollower(tmp_path, (KEY,))
    assert follower.look(QUAND, before=None, count=1)[0].whole
    path = log_of(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"dpo", b"moi", 1))
    if later:
        note(tmp_path, cle=KEY)
    state, _ = follower.look(QUAND + later, before=None, count=1)
    assert [(f.ligne, f.raison) for f in state.faults] == [(1, "contenu")]
    assert not state.awaiting
