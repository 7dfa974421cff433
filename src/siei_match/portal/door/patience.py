"""Waiting a little for the output folder's lock: another page may be writing under it."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from siei_match.reference.errors import OutputError

WAITS: Final = (0.2, 0.4, 0.8, 1.6)
"""Seconds: another answer is being kept; a run takes longer, and is told."""

T = TypeVar("T")


def patiently(act: Callable[[], T]) -> T:
    """Do what takes the folder's lock; wait a little for whoever has it.

    Raises:
        OutputError: it is still taken.
    """
    for wait in WAITS:
        try:
            return act()
        except OutputError:
            time.sleep(wait)
    return act()
