"""How a process begins that was spawned to work; loads nothing, since what it says comes before polars."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from multiprocessing.connection import wait
from typing import Final

ONE_THREAD: Final = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""What a worker is told: as many work as there are cores."""


def begin_worker(environment: Mapping[str, str]) -> None:
    """Begin a worker: its threads are counted before polars is loaded, and it ends with who asked for it."""
    os.environ.update(environment)
    # Whoever types Ctrl-C means the run, which ends its workers; they would show their tracebacks.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
