"""Engines: what is laid opens as it was; parts are done once, wherever; what workers may not say."""

import os
import pickle
import resource
import signal
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest

from siei_match.reference.engines import DonePart, EngineChoice, Parts, Secret, Threads, open_engine
from siei_match.reference.engines import code as code_of_workers
from siei_match.reference.engines import parts as parts_module
from siei_match.reference.engines.address import require_safe, split_address
from siei_match.reference.engines.laid import LARGE, lay, open_laid, read_table, write_table
from siei_match.reference.engines.processes import Processes
from siei_match.reference.errors import DeliveryError, OutputError, SettingsError, SieiError
from siei_match.reference.failures import Failure
from siei_match.stages.identify.fingerprints import fingerprints
from siei_match.stages.link import engine, link
from siei_match.stages.link.compare import comparator as comparison
from tests.worlds import small_world

KEY = b"a key of the tests, of no use at all"
PIECES = [(n, n + 3) for n in range(0, 30, 3)]


class Shared(NamedTuple):
    """What the tests' tasks need: numbers, and a folder where each says that it was done."""

    numbers: np.ndarray
    rows: pl.DataFrame
    seen: Path


def told(shared: Shared, piece: tuple[int, int]) -> DonePart:
    """Say that it is done, and return some rows."""
    with (shared.seen / f"{piece[0]}").open("a") as file:
        file.write("x")
    low, high = piece
    return DonePart(int(shared.numbers[low:high].sum()), shared.rows[low:high])


def killed_once(shared: Shared, piece: tuple[int, int]) -> DonePart:
    """End the process that does the third piece, the first time."""
    mark = shared.seen / "killed"
    if piece == PIECES[2] and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return told(shared, piece)


def always_killed(shared: Shared, piece: tuple[int, int]) -> DonePart:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def quoting(shared: Shared, piece: tuple[int, int]) -> DonePart:
    raise ValueError("could not parse 'DUPONT'")


def with_environment(shared: Shared, piece: tuple[int, int]) -> DonePart:
    said = {name: os.environ.get(name) for name in ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")}
    assert set(said.values()) == {"1"}, said
    assert pl.thread_pool_size() == 1
    return told(shared, piece)


def with_secret(given: tuple[Shared, bytes], piece: tuple[int, int]) -> DonePart:
    return DonePart(len(given[1]), given[0].rows[piece[0] : piece[1]])


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    seen = tmp_path / "seen"
    seen.mkdir()
    numbers = np.arange(40_000, dtype=np.int64)
    rows = pl.DataFrame(
        {"n": numbers, "texte": [f"QUEMENER {n}" for n in range(40_000)]},
    ).with_columns(genre=pl.lit("a", pl.Enum(["a", "b"])))
    return Shared(numbers, rows, seen)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    base = tmp_path / "staging"
    base.mkdir(mode=0o700)
    return base / "parts"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def times(shared: Shared) -> list[int]:
    return sorted(len(path.read_text()) for path in shared.seen.iterdir() if path.name.isdigit())


# What is laid.


def test_what_is_laid_opens_as_it_was_and_cannot_be_changed(tmp_path: Path, shared: Shared) -> None:
    column = shared.rows["texte"]
    few = pl.DataFrame({"n": [1, None]})
    left = shared.rows.head(20_000)
    what = (shared, shared.numbers, column, few, left, {"note": "é"}, np.array(["a", None], object))
    laid = tmp_path / "laid"
    laid.mkdir(mode=0o700)
    lay(what, laid, without=(left,))
    opened = open_laid(laid)
    assert opened[0].rows.equals(shared.rows)
    assert opened[0].rows.schema == shared.rows.schema
    assert opened[2].equals(column)
    assert opened[2].name == column.name
    assert opened[3].equals(few)
    assert (opened[4].height, opened[4].schema) == (0, left.schema)
    assert opened[5] == {"note": "é"}
    assert opened[6].tolist() == ["a", None]
    # One array under two names stays one, and is a map of its file.
    assert opened[1] is opened[0].numbers
    assert not opened[1].flags.writeable
    assert open_laid(laid) is opened
    assert {mode_of(path) for path in laid.iterdir()} == {0o600}
    # What is large stands in files of its own: the rest is small.
    assert (laid / "objets.pickle").stat().st_size < LARGE


def test_a_table_comes_back_as_it_was(tmp_path: Path, shared: Shared) -> None:
    for table in (shared.rows, shared.rows.clear(), shared.rows.head(3)):
        path = tmp_path / "t.arrow"
        path.touch(0o600)
        write_table(table, path)
        assert read_table(path).equals(table)
        assert read_table(path).schema == table.schema


# Parts.


def wanted(shared: Shared) -> list[tuple[int, list[int]]]:
    return [(sum(range(a, b)), list(range(a, b))) for a, b in PIECES]


def given(parts: Sequence[DonePart]) -> list[tuple[int, list[int]]]:
    return [(part.tally, part.table["n"].to_list()) for part in parts]


class Shuffled(Threads):
    """Does the last first."""

    def submit(self, task: Any, *arguments: Any, name: str) -> Any:
        return task, arguments, name

    def gather(self, handles: Any) -> Any:
        asked = {h[2]: super(Shuffled, self).submit(h[0], *h[1], name=h[2]) for h in handles[::-1]}
        return [asked[h[2]].result() for h in handles]


@pytest.mark.parametrize("engine", [Threads, Shuffled])
@pytest.mark.parametrize("kept", [False, True])
def test_parts_come_in_the_order_of_the_pieces(engine, kept, shared: Shared, folder: Path) -> None:
    parts = Parts(engine(), folder)
    if kept:
        parts.keep("inputs")
    assert given(parts.each("step", told, shared, PIECES)) == wanted(shared)
    assert folder.exists() is kept


def test_what_is_done_is_not_done_again(shared: Shared, folder: Path) -> None:
    for inputs, asked in (("same", 1), ("same", 1), ("other", 2)):
        parts = Parts(Threads(), folder)
        parts.keep(inputs)
        assert given(parts.each("step", told, shared, PIECES)) == wanted(shared)
        assert set(times(shared)) == {asked}
    # The second call of a step is another one.
    parts.each("step", told, shared, PIECES)
    assert set(times(shared)) == {3}
    parts.clear()
    assert not folder.exists()


@pytest.mark.parametrize("suffix", [".json", ".arrow"])
@pytest.mark.parametrize("harm", [b"", b"{}", None])
def test_a_part_that_is_harmed_is_done_again(suffix, harm, shared: Shared, folder: Path) -> None:
    for _ in range(2):
        parts = Parts(Threads(), folder)
        parts.keep("same")
        assert given(parts.each("step", told, shared, PIECES)) == wanted(shared)
        hurt = min(folder.glob(f"*{suffix}"))
        hurt.unlink() if harm is None else hurt.write_bytes(harm)
    assert times(shared) == [1] * 9 + [2]


def test_files_of_parts_are_their_owners_alone(shared: Shared, folder: Path) -> None:
    parts = Parts(Threads(), folder)
    parts.keep("same")
    parts.each("step", told, shared, PIECES)
    assert mode_of(folder) == 0o700
    assert {mode_of(path) for path in folder.iterdir()} == {0o600}
    assert {len(path.stem) for path in folder.iterdir()} == {64}


def test_what_a_task_says_when_it_fails_holds_no_value(shared: Shared, folder: Path) -> None:
    parts = Parts(Threads(), folder)
    parts.keep("same")
    with pytest.raises(SieiError) as told_:
        parts.each("step", quoting, shared, PIECES)
    assert "DUPONT" not in repr(told_.value) + str(told_.value.__context__)
    assert told_.value.code == "defaut"


def test_an_error_goes_from_process_to_process_whole() -> None:
    for error in (
        DeliveryError("a", remedy="b", code="sha256", fichier="c", lignes=3),
        Failure("a", remedy="b", transient=True),
    ):
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert type(again) is type(error)
        assert again.__dict__ == error.__dict__
        assert str(again) == str(error)


def test_a_secret_is_not_shown() -> None:
    assert "tests" not in repr(Secret(KEY))


# Processes.


@pytest.fixture(scope="module")
def processes():
    engine = Processes(2)
    yield engine
    engine.close()


def test_processes_give_what_threads_give_and_leave_nothing(
    processes: Processes, shared: Shared, folder: Path
) -> None:
    parts = Parts(processes, folder)
    assert given(parts.each("step", told, shared, PIECES)) == wanted(shared)
    assert given(parts.each("step", with_environment, shared, PIECES)) == wanted(shared)
    secret = parts.each("step", with_secret, shared, PIECES, secret=Secret(KEY))
    assert {part.tally for part in secret} == {len(KEY)}
    assert list(folder.iterdir()) == []


def test_a_worker_that_is_killed_is_replaced(
    processes: Processes, shared: Shared, folder: Path
) -> None:
    parts = Parts(processes, folder)
    assert given(parts.each("step", killed_once, shared, PIECES)) == wanted(shared)
    assert (shared.seen / "killed").exists()
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_workers_that_are_killed_again_and_again_end_the_run(
    processes: Processes, shared: Shared, folder: Path
) -> None:
    with pytest.raises(Failure) as refused:
        Parts(processes, folder).each("step", always_killed, shared, PIECES)
    assert refused.value.code == "moteur"
    assert list(folder.iterdir()) == []


def without_room(shared: Shared, piece: tuple[int, int]) -> DonePart:
    """Do as a disk that is full, from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
    return DonePart(0, shared.rows.head(10_000))


@pytest.mark.slow
def test_a_disk_that_is_full_where_a_worker_writes_is_one_clear_error(
    shared: Shared, folder: Path
) -> None:
    engine = Processes(1)
    with pytest.raises(OutputError, match="cannot be written") as refused:
        Parts(engine, folder).each("step", without_room, shared, PIECES)
    engine.close()
    assert refused.value.code == "disque_plein"
    assert not list(folder.glob("laid-*"))
    assert not list(folder.glob(".*"))


def test_a_worker_of_another_version_is_refused(shared: Shared, folder: Path, monkeypatch) -> None:
    order = parts_module.Order(folder, told, PIECES[0], folder / "x", "other")
    assert isinstance(parts_module.do_part(order), Failure)
    monkeypatch.setattr(parts_module, "PATIENCE", 0.0)
    seen = parts_module.do_part(order._replace(code=code_of_workers.code_digest()))
    assert isinstance(seen, OutputError)
    assert "does not see" in seen.what


def test_linkage_in_processes_gives_the_same(
    processes: Processes, folder: Path, monkeypatch
) -> None:
    traits, parcours, _ = small_world(300, 41, ine=0.5, errors=0.15, twins=0.1)
    plain = link(traits, parcours)
    monkeypatch.setattr(comparison, "CHUNK", 200)
    apart = link(traits, parcours, parts=Parts(processes, folder))
    shuffled = link(traits, parcours, parts=Parts(Shuffled(), folder))
    for found in (apart, shuffled):
        assert found.groupes.equals(plain.groupes)
        assert found.liens.equals(plain.liens)
        assert found.doutes.equals(plain.doutes)
        assert (found.modele, found.counts) == (plain.modele, plain.counts)
    prints = fingerprints(traits, plain.groupes, KEY)
    parts = Parts(processes, folder)
    assert fingerprints(traits, plain.groupes, KEY, parts).equals(prints)
    assert list(folder.iterdir()) == []


def test_a_sample_teaches_the_same_wherever_it_is_compared(
    processes: Processes, folder: Path, monkeypatch
) -> None:
    """Candidates are searched in two goes then: the second by the model that the first taught."""
    traits, parcours, _ = small_world(300, 41, ine=0.5, errors=0.15, twins=0.1)
    monkeypatch.setattr(comparison, "CHUNK", 20)
    every = link(traits, parcours)
    monkeypatch.setattr(engine, "LEARNT_FROM", 1)
    plain = link(traits, parcours)
    parts = Parts(processes, folder)
    parts.keep("inputs")
    apart = link(traits, parcours, parts=parts)
    again = link(traits, parcours, parts=Parts(Shuffled(), folder, memory=1))
    for found in (apart, again):
        assert found.groupes.equals(plain.groupes)
        assert found.liens.equals(plain.liens)
        assert (found.modele, found.counts) == (plain.modele, plain.counts)
    assert plain.modele != every.modele
    assert plain.counts.candidate_pairs == every.counts.candidate_pairs


# What is asked for.


@pytest.mark.parametrize(
    ("address", "scheme", "host"),
    [
        ("tls://serveur:8786", "tls", "serveur"),
        ("serveur:8786", "tcp", "serveur"),
        ("tcp://127.0.0.1:1", "tcp", "127.0.0.1"),
        ("tcp://[::1]:1", "tcp", "::1"),
    ],
)
def test_an_address_is_taken_apart(address: str, scheme: str, host: str) -> None:
    assert split_address(address) == (scheme, host)


@pytest.mark.parametrize("address", ["", "serveur", "http://serveur:1", "tcp://:1", "tls://a:b"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(SettingsError):
        split_address(address)


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "serveur:8786", "tcp://0.0.0.0:1"])
def test_no_row_goes_in_clear_from_machine_to_machine(address: str) -> None:
    with pytest.raises(SettingsError, match="no TLS"):
        require_safe(address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "localhost:1", "tcp://[::1]:1"])
def test_one_machine_needs_no_tls_and_is_told(address: str, caplog) -> None:
    require_safe(address)
    assert "every user of this machine" in caplog.text


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (EngineChoice("ray"), "none of those"),  # type: ignore[arg-type]
        (EngineChoice("threads", "tls://a:1"), "is not dask"),
    ],
)
def test_what_cannot_be_is_refused(choice: EngineChoice, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        choice.check()


def test_dask_without_its_extra_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(SettingsError) as refused:
        EngineChoice("dask").check()
    assert refused.value.code == "complement_absent"
    assert "siei-match[dask]" in refused.value.remedy


def test_threads_are_what_is_asked_for_by_default(tmp_path: Path) -> None:
    with open_engine(EngineChoice(), tmp_path / "scratch") as engine:
        assert isinstance(engine, Threads)
    assert not (tmp_path / "scratch").exists()
