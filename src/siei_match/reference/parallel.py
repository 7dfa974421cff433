"""Independent pieces of one step, on all cores.

Threads, where numpy and polars do the work: they let go of the interpreter. Processes, where Python
itself does, which holds it.
"""

import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context
from typing import Final, TypeVar

Piece = TypeVar("Piece")
Done = TypeVar("Done")

WORTH_PROCESSES: Final = 8
"""Pieces from which on the second that a process takes to start is won back."""


def threads() -> int:
    """Return how many threads to use: those given to polars, else one a core."""
    given = os.environ.get("POLARS_MAX_THREADS", "")
    return int(given) if given.isdigit() and int(given) else len(os.sched_getaffinity(0))


def each(work: Callable[[Piece], Done], pieces: Iterable[Piece]) -> list[Done]:
    """Return the results of independent pieces of work, in the order of the pieces."""
    todo = list(pieces)
    workers = min(threads(), len(todo))
    if workers <= 1:
        return [work(piece) for piece in todo]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(work, todo))


def each_apart(work: Callable[[Piece], Done], pieces: Iterable[Piece]) -> list[Done]:
    """Return the same as `each`, from processes of their own: for work that holds the interpreter.

    Work, pieces and results are pickled; a few pieces stand at a time, however many there are. A few
    pieces in all are done here.
    """
    coming = iter(pieces)
    first = list(islice(coming, WORTH_PROCESSES))
    workers = threads()
    if workers <= 1 or len(first) < WORTH_PROCESSES:
        return [work(piece) for piece in chain(first, coming)]
    with ProcessPoolExecutor(workers, get_context("spawn"), die_with, (os.getpid(),)) as pool:
        return list(_in_turn(pool, work, chain(first, coming), 2 * workers))


def _in_turn(
    pool: ProcessPoolExecutor,
    work: Callable[[Piece], Done],
    pieces: Iterable[Piece],
    most: int,
) -> Iterator[Done]:
    """Give results in the order of the pieces, at most `most` of which are given out at a time."""
    waiting: deque[Future[Done]] = deque()
    for piece in pieces:
        if len(waiting) == most:
            yield waiting.popleft().result()
        waiting.append(pool.submit(work, piece))
    while waiting:
        yield waiting.popleft().result()


def die_with(parent: int) -> None:
    """End this process when the one that started it ends, however it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    # It may have ended before it was asked for.
    if os.getppid() != parent:
        os._exit(1)
