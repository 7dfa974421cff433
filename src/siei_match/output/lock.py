"""One writer at a time in an output folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from siei_match.reference.creation import require_own_folder
from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, make_folder, output_guard

LOCK: Final = ".verrou"
PATIENCE: Final = 3.0
"""Seconds that whoever has long work to do waits: an answer on the page is kept in a blink."""
POLL: Final = 0.05


@contextmanager
def held(sortie: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold the output folder, made if it is missing, for this process alone.

    `patience`: seconds to wait for whoever has it.

    Raises:
        OutputError: another run works in it, or it cannot be made or opened.
    """
    with output_guard(sortie):
        descriptor = _wait(sortie, patience)
    try:
        yield
    finally:
        os.close(descriptor)


def _wait(sortie: Path, patience: float) -> int:
    """Lock the folder as `_lock` does, as soon as it is free within these seconds."""
    until = time.monotonic() + patience
    while True:
        try:
            return _lock(sortie)
        except OutputError as taken:
            if taken.code != "verrou" or time.monotonic() >= until:
                raise
        time.sleep(POLL)


def _lock(sortie: Path) -> int:
    """Lock the output folder for this process, and return what to close to free it."""
    if "?" in str(sortie.resolve()):
        # DuckDB takes what follows for a query, and makes its databases elsewhere.
        raise OutputError(
            f"The path of {sortie} has a question mark, with which no database can be made.",
            remedy="Choose a --sortie without one. Nothing was done.",
        )
    make_folder(sortie, 0o750)
    require_own_folder(sortie)
    held = os.open(sortie, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            # The folder itself: no file stays behind, and the system frees a killed run's lock.
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as failure:
            if isinstance(failure, BlockingIOError):
                raise
            # NFS locks nothing that is not open for writing.
            os.close(held)
            held = os.open(sortie / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise OutputError(
            f"Another run is writing into {sortie}.",
            remedy="Wait until it ends, or choose another --sortie.",
            code="verrou",
        ) from None
    return held
