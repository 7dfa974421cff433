"""Processes of this machine, spawned: a fork would copy polars' threads in the middle of a step."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final

from siei_match.reference import parallel
from siei_match.reference.engines.base import Task
from siei_match.reference.failures import Failure
from siei_match.reference.spawned import ONE_THREAD, begin_worker

DEATHS: Final = 3
"""How often workers may be killed, over and over, before the run gives up."""


class Processes:
    """As many processes as threads are allowed, started when first asked.

    A worker that is killed takes the others with it: what was not done is done again.
    """

    apart = True

    def __init__(self, workers: int | None = None) -> None:
        self._workers = workers or parallel.threads()
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, task: Task, *arguments: Any, name: str) -> tuple[Task, tuple[Any, ...]]:
        # Given out when gathered: a pool that breaks meanwhile would lose it.
        return task, arguments

    def gather(self, handles: Sequence[tuple[Task, tuple[Any, ...]]]) -> list[Any]:
        found: dict[int, Any] = {}
        for _ in range(DEATHS):
            todo = [n for n in range(len(handles)) if n not in found]
            if not todo:
                break
            self._do(handles, todo, found)
        if len(found) < len(handles):
            raise Failure(
                f"Workers were killed {DEATHS} times, over the same work: the machine's memory is spent, or "
                "somebody ends them.",
                remedy="Look at the machine's log, close other programs, or run with fewer workers "
                "(POLARS_MAX_THREADS); nothing was put in place.",
                code="moteur",
            )
        return [found[n] for n in range(len(handles))]

    def _do(
        self,
        handles: Sequence[tuple[Task, tuple[Any, ...]]],
        todo: Sequence[int],
        found: dict[int, Any],
    ) -> None:
        """Do what is to be done, and note what is; a pool that breaks is forgotten."""
        asked: dict[int, Future[Any]] = {}
        try:
            pool = self._open()
            for n in todo:
                asked[n] = pool.submit(handles[n][0], *handles[n][1])
            for n in todo:
                found[n] = asked[n].result()
        except BrokenProcessPool:
            done = {n: f for n, f in asked.items() if f.done() and f.exception() is None}
            found.update((n, future.result()) for n, future in done.items())
            self.close()

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=begin_worker,
                initargs=(ONE_THREAD,),
            )
        return self._pool

    def release(self) -> None:
        # What a worker has mapped goes with the next folder that it opens, or when it idles.
        return None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
