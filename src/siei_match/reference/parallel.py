"""Independent pieces of one step, on all cores: numpy lets go of the interpreter while it works."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Done = TypeVar("Done")
Other = TypeVar("Other")


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


def both(first: Callable[[], Done], second: Callable[[], Other]) -> tuple[Done, Other]:
    """Return the results of two pieces of work that have nothing to do with each other, done side by side."""
    if threads() <= 1:
        return first(), second()
    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(second)
        done = first()
        return done, beside.result()
