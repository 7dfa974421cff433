"""How a file begins: in a folder that nobody else can write, never through a link, its mode at once.

Who can write a folder, or one above it, changes names under whoever writes there: a link in place
of a draft sends the names where they like. So such a folder is refused, as SSH refuses a key in
one; a folder that is everybody's but where each removes only their own files (`/tmp`) is not.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from siei_match.reference.errors import OutputError

PRIVATE: Final = 0o600
"""Files that name people."""
ROOT: Final = 0
OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


def create(path: Path, mode: int, *, among_others: bool = False) -> Path:
    """Create an empty file with exactly this mode, so that no byte is ever readable by others.

    An older file of that name goes: it may have a second name elsewhere, whose bytes stay.
    `among_others`: in a folder of deliveries, which others write too.

    Raises:
        OSError: a link stands there, or another user's file: what is written would be theirs.
        OutputError: others can write the folder.
    """
    with _opened(path.parent) as folder:
        if not among_others:
            require_own_folder(path.parent)
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(path.name, how, mode & PRIVATE, dir_fd=folder)
        except FileExistsError:
            _remove_own(path, folder)
            descriptor = os.open(path.name, how, mode & PRIVATE, dir_fd=folder)
        try:
            os.fchmod(descriptor, mode)  # whatever the umask says
        finally:
            os.close(descriptor)
    return path


def add_line(path: Path, line: str) -> None:
    """Add a line to a file, its owner's alone if it is new; never through a link.

    Raises:
        OSError: it cannot be written.
        OutputError: others can write the folder.
    """
    require_own_folder(path.parent)
    how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, how, PRIVATE)
    try:
        os.write(descriptor, line.encode("utf-8") + b"\n")
    finally:
        os.close(descriptor)


def require_own_folder(folder: Path) -> None:
    """Make sure that nobody but us and root can change what stands in a folder, or above it.

    A group that is the user's own (of the same number, as most systems give each user) is no other.
    Below a folder that is closed to all but us (0700) nobody reaches anything, whatever its mode.

    Raises:
        OSError: there is no such folder.
        OutputError: it names the folder, and who may write it.
    """
    exposed: tuple[Path, str] | None = None
    real = folder.resolve(strict=True)
    for place in (real, *real.parents):
        found = place.stat()
        if _is_closed(found):
            exposed = None
        elif (who := _who_writes(found)) is not None:
            exposed = place, who
    if exposed is not None:
        place, who = exposed
        raise OutputError(
            f"{place} can be written by {who}: what is written in {folder} could be sent "
            "elsewhere, or replaced.",
            remedy=f"chmod go-w {place}, or choose a folder of yours. Nothing was written there.",
            code="droits",
        )


def _is_closed(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and not found.st_mode & 0o077


def _who_writes(found: os.stat_result) -> str | None:
    if found.st_uid not in (ROOT, os.geteuid()):
        return f"its owner (uid {found.st_uid})"
    if not found.st_mode & OTHERS_WRITE or found.st_mode & stat.S_ISVTX:
        return None
    if found.st_mode & stat.S_IWOTH:
        return "everybody"
    return None if found.st_gid in (ROOT, found.st_uid) else f"group {found.st_gid}"


def _remove_own(path: Path, folder: int) -> None:
    found = os.stat(path.name, dir_fd=folder, follow_symlinks=False)
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if found.st_uid != os.geteuid():
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(path))
    os.unlink(path.name, dir_fd=folder)


@contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
