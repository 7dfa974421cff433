"""Independent pieces of one step, on all cores: numpy lets go of the interpreter while it works."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Done = TypeVar("Done")


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
