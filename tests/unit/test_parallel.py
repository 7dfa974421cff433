"""Independent pieces of work: the same results, in order, in this thread, in threads and in processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from siei_match.reference.parallel import WORTH_PROCESSES, each, each_apart


def told(piece: int) -> tuple[int, int]:
    return piece * piece, os.getpid()


def refused(piece: int) -> int:
    if piece == WORTH_PROCESSES:
        raise ValueError(f"piece {piece}")
    return piece


@pytest.mark.parametrize("count", [0, 1, WORTH_PROCESSES - 1, WORTH_PROCESSES, 40])
def test_results_come_in_the_order_of_the_pieces(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "2")
    expected = [piece * piece for piece in range(count)]
    assert [one for one, _ in each(told, range(count))] == expected
    found = each_apart(told, iter(range(count)))
    assert [one for one, _ in found] == expected
    here = {process for _, process in found} <= {os.getpid()}
    assert here == (count < WORTH_PROCESSES)


def test_one_thread_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "1")
    assert {process for _, process in each_apart(told, range(20))} == {os.getpid()}


def test_what_a_piece_raises_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLARS_MAX_THREADS", "2")
    with pytest.raises(ValueError, match=f"piece {WORTH_PROCESSES}"):
        each_apart(refused, range(20))


WAITING = """
import time
from siei_match.reference.parallel import each_apart

def wait(piece):
    time.sleep(60)

if __name__ == "__main__":
    each_apart(wait, range(20))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_processes_die_with_whom_they_work_for(tmp_path: Path) -> None:
    script = tmp_path / "waiting.py"
    script.write_text(WAITING)
    environment = {**os.environ, "POLARS_MAX_THREADS": "2"}
    parent = subprocess.Popen([sys.executable, str(script)], env=environment)
    try:
        children = wait_for(lambda: workers_of(parent.pid), 2)
    finally:
        parent.kill()
        parent.wait()
    wait_for(lambda: [pid for pid in children if not runs(pid)], len(children))


def wait_for(found: object, count: int) -> list[int]:
    limit = time.monotonic() + 30
    while time.monotonic() < limit:
        pids: list[int] = found()  # type: ignore[operator]
        if len(pids) >= count:
            return pids
        time.sleep(0.1)
    raise AssertionError(f"fewer than {count} processes after 30 seconds")


def workers_of(pid: int) -> list[int]:
    """Return the processes that work for another one, begun or just starting."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if "spawn_main" in command(int(child))]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def runs(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
