"""Who sits at the machine is asked of the kernel, and what anybody could have written is not believed."""

import getpass
import os
import subprocess
import sys
from pathlib import Path

import pytest

from siei_match.reference.seat import NOT_SIGNED_IN, system_user, user_name

SET = (
    "from pathlib import Path; from siei_match.reference.seat import system_user;"
    "before = system_user(); kept = Path('/proc/self/loginuid');"
    "kept.write_text('4242'); assert kept.read_text() == '4242'; print(before, system_user(), sep=';')"
)
MINE, THEIRS, ANOTHER = os.getuid(), os.getuid() + 4242, os.getuid() + 4343
UNSET = str(NOT_SIGNED_IN)


def process(proc: Path, name: object, loginuid: object, uid: int = 0, parent: int = 0) -> None:
    folder = proc / str(name)
    folder.mkdir(parents=True)
    (folder / "loginuid").write_text(str(loginuid))
    # A program may call itself anything: the kernel writes the rest.
    (folder / "status").write_text(
        f"Name:\tUid: 7\nUmask:\t0022\nPPid:\t{parent}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n"
    )


@pytest.mark.parametrize("name", ["SUDO_UID", "SUDO_USER", "USER", "LOGNAME", "LNAME", "USERNAME"])
def test_no_variable_says_who_sits_here(name, monkeypatch) -> None:
    before = system_user(), user_name()
    monkeypatch.setenv(name, "4242")
    assert (system_user(), user_name()) == before
    assert before[0].startswith("uid ")
    if name in ("LOGNAME", "USER"):
        monkeypatch.setenv("LOGNAME", "4242")
        assert getpass.getuser() == "4242", "what the variable would have said"


@pytest.mark.parametrize(
    ("own", "above", "seat"),
    [
        # loginuid of this process; then, from its parent upwards, (loginuid, real user).
        (UNSET, [(UNSET, MINE)], MINE),  # a container, a timer
        (MINE, [(MINE, MINE)], MINE),  # signed in as the owner
        (THEIRS, [(THEIRS, 0), (THEIRS, THEIRS), (UNSET, 0)], THEIRS),  # by sudo
        (THEIRS, [(THEIRS, 0), (THEIRS, 0), (THEIRS, THEIRS)], THEIRS),  # its monitor, then sudo
        (THEIRS, [(UNSET, MINE), (UNSET, 0)], MINE),  # written by the process itself
        (THEIRS, [(THEIRS, MINE), (UNSET, MINE)], MINE),  # by the shell before it
        (THEIRS, [(THEIRS, 0), (THEIRS, MINE), (UNSET, 0)], MINE),  # by a shell, then sudo
        (THEIRS, [(ANOTHER, THEIRS)], MINE),  # theirs, of another sign-in
        (THEIRS, [(UNSET, THEIRS)], MINE),
        (THEIRS, [], MINE),  # what stood above has ended, or is hidden
    ],
)  # fmt: skip
def test_another_s_number_counts_where_a_process_above_is_theirs(
    own, above, seat, tmp_path
) -> None:
    process(tmp_path, "self", own)
    pid = os.getppid()
    for loginuid, uid in above:
        process(tmp_path, pid, loginuid, uid, pid + 1)
        pid += 1
    assert system_user(tmp_path) == f"uid {seat}"


def test_a_ring_of_processes_ends(tmp_path) -> None:
    process(tmp_path, "self", THEIRS)
    process(tmp_path, os.getppid(), THEIRS, MINE, os.getppid())
    assert system_user(tmp_path) == f"uid {MINE}"
    assert system_user(tmp_path / "no proc here") == f"uid {MINE}"


@pytest.mark.skipif(
    not Path("/proc/self/loginuid").exists()
    or Path("/proc/self/loginuid").read_text() != str(NOT_SIGNED_IN),
    reason="a sign-in began this process: its kernel lets nobody write another",
)
def test_a_number_that_the_process_writes_itself_is_nobody_s() -> None:
    ended = subprocess.run([sys.executable, "-c", SET], capture_output=True, text=True, check=True)
    before, after = ended.stdout.strip().split(";")
    assert before == after
