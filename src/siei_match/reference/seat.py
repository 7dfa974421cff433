"""Who sits at this machine, as its kernel knows: no variable is asked, and no word of the one who asks.

A variable is set by whoever gives the command. `/proc/self/loginuid` is kept since the sign-in, through `sudo`
too; but where no sign-in began the process (a container, a timer) the kernel lets it write any number there, once
(audit_set_loginuid_perm in kernel/audit.c). So another's number counts only where a process above this one is theirs.
"""

import os
import pwd
from pathlib import Path
from typing import Final

NOT_SIGNED_IN: Final = (1 << 32) - 1
"""The kernel's word for a process that no sign-in began."""
PROC: Final = Path("/proc")
DEEPEST: Final = 64
"""Processes above this one that are looked at."""


def user_name(proc: Path = PROC) -> str:
    """Return the name of who sits at this machine, for the audit log."""
    number = _signed_in(proc)
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        # A container may run as a number without a name.
        return f"uid {number}"


def system_user(proc: Path = PROC) -> str:
    """Return who sits at this machine; `--par` may say anything.

    Two people who work as the owner by `sudo` are two. Where nothing kept it (a container), the user
    whose process this is.
    """
    return f"uid {_signed_in(proc)}"


def _signed_in(proc: Path) -> int:
    own, kept = os.getuid(), _kept(proc / "self")
    if kept is None or kept == own:
        return own
    above = os.getppid()
    for _ in range(DEEPEST):
        found = _owner_and_parent(proc / str(above))
        if found is None:
            return own
        if found[0] == kept == _kept(proc / str(above)):
            return kept
        above = found[1]
    return own


def _kept(process: Path) -> int | None:
    try:
        text = (process / "loginuid").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return int(text) if text.isdecimal() and int(text) != NOT_SIGNED_IN else None


def _owner_and_parent(process: Path) -> tuple[int, int] | None:
    """Return the real user and the parent of a process; nothing of one that ended, or is hidden from us."""
    try:
        lines = (process / "status").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    # The name of a program, in the first line, may hold anything: later lines are the kernel's.
    told = dict(line.split(":", 1) for line in lines[1:] if ":" in line)
    try:
        return int(told["Uid"].split()[0]), int(told["PPid"])
    except (KeyError, ValueError, IndexError):
        return None
