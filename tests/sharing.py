"""What takes seconds to make is made once for the whole session, whichever worker asks first."""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

T = TypeVar("T")


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], T]) -> tuple[Path, T]:
    """Give this worker a folder of its own with what `make` put into it, and what `make` returned.

    The first worker that asks has `make` fill the folder; another waits, then copies it. So a test
    that writes where it should only read is seen by the tests of its own worker, as without xdist.
    """
    own = factory.getbasetemp()
    session = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    home = session / "shared" / name
    home.parent.mkdir(mode=0o700, exist_ok=True)
    told = home.with_name(f"{name}.pickle")
    with home.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            # What a maker that failed may have left.
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            told.write_bytes(pickle.dumps(make(home)))
    copy = factory.mktemp(name) / name
    shutil.copytree(home, copy)
    return copy, pickle.loads(told.read_bytes())  # noqa: S301 - our own file
