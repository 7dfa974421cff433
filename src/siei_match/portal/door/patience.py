"""Waiting a little for the output folder's lock: another page, or a run, may be writing under it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from siei_match.output import is_preparing
from siei_match.reference.errors import OutputError

WAITS: Final = (0.1, 0.2, 0.4, 0.8, 1.5)
"""Seconds: most commands are about to end."""

T = TypeVar("T")
_turn = threading.Lock()
"""Answers of one page wait for each other here, and no longer than each takes: the folder's lock is asked for again only from time to time."""


def patiently(sortie: Path, act: Callable[[], T]) -> T:
    """Do what takes the folder's lock; wait a little for whoever has it, and no longer for a run.

    Raises:
        OutputError: it is still taken, or something else is wrong.
    """
    for wait in WAITS:
        try:
            with _turn:
                return act()
        except OutputError as failure:
            # A run takes minutes: who waits for it might as well be told at once.
            if failure.code != "verrou" or is_preparing(sortie):
                raise
        time.sleep(wait)
    with _turn:
        return act()
