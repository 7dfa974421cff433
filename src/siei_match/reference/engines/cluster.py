"""A Dask cluster: futures alone, whose arguments are paths, hashes and numbers.

The only module that knows `distributed` at work. Without an address a cluster of this machine is
started, closed to its other users by certificates that live in memory alone.
"""

import contextlib
import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any, Final

import dask
from distributed import Client, LocalCluster, Security, wait
from distributed.client import FIRST_COMPLETED, Future
from distributed.scheduler import KilledWorker

from siei_match.reference import parallel
from siei_match.reference.engines.address import TLS, split_address
from siei_match.reference.engines.base import Task
from siei_match.reference.engines.laid import forget
from siei_match.reference.failures import Failure
from siei_match.reference.files import output_guard
from siei_match.reference.spawned import ONE_THREAD

REACH: Final = 15.0
"""Seconds within which a scheduler answers."""
LOOK: Final = 2.0
"""Seconds after which what is awaited is looked at again."""
ALONE: Final = 60.0
"""Seconds without any worker after which the run gives up: one that was killed is back in three."""
MOST_LOST: Final = 30
"""Workers that come and go without one part done, after which the run gives up: whatever ends them will go on."""
LOGGERS: Final = ("distributed", "distributed.client", "tornado")
AS_OURS: Final = {
    "distributed.worker.multiprocessing-method": "spawn",
    # No page tells names of tasks and logs of workers to whoever is on the machine.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


class Cluster:
    """Workers that a scheduler of Dask knows.

    Args:
        address: of the scheduler, checked (`address.require_safe`); None: workers of this machine, as many as
            threads are allowed, started when first asked.
        scratch: where these put down what they must.
    """

    apart = True

    def __init__(self, address: str | None, scratch: Path) -> None:
        self._address = address
        self._scratch = scratch
        self._local: LocalCluster | None = None
        self._client: Client | None = None
        # Two runs on one scheduler may do the same work, each in its own folder.
        self._run = secrets.token_hex(8)
        if address is not None:
            self._open()

    def submit(self, task: Task, *arguments: Any, name: str) -> Future:
        try:
            return self._open().submit(task, *arguments, key=f"{self._run}-{name}", pure=False)
        except OSError as lost:
            raise _gone() from lost

    def gather(self, handles: Sequence[Future]) -> list[Any]:
        client = self._open()
        try:
            with client.as_current():
                self._await(client, list(handles))
            found: list[Any] = client.gather(list(handles))
        except KilledWorker:
            raise Failure(
                "Several workers, one after the other, were killed over the same work: memory is spent where "
                "they run, or somebody ends them.",
                remedy="Look at those machines' logs, or start fewer workers; nothing was put in place.",
                code="moteur",
            ) from None
        except (CancelledError, OSError, TimeoutError):
            raise _gone() from None
        finally:
            with contextlib.suppress(Exception):
                client.cancel(list(handles), force=True)
        return found

    def _await(self, client: Client, handles: list[Future]) -> None:
        """Wait until all is done, as long as somebody is there to do it."""
        alone, seen = 0.0, set[str]()
        todo = set(handles)
        while todo:
            try:
                todo = wait(list(todo), timeout=LOOK, return_when=FIRST_COMPLETED).not_done
                alone, seen = 0.0, set()
            except TimeoutError:
                if client.status != "running":
                    raise
                there = set(client.scheduler_info(n_workers=-1)["workers"])
                alone = 0.0 if there else alone + LOOK
                seen |= there
                _require_workers(alone, len(seen - there))

    def _open(self) -> Client:
        if self._client is None:
            for name in LOGGERS:
                # What matters of it is told by us, without addresses and stacks.
                logging.getLogger(name).setLevel(logging.CRITICAL)
            with dask.config.set(AS_OURS):
                self._client = self._started() if self._address is None else self._reached()
        return self._client

    def _started(self) -> Client:
        with output_guard(self._scratch.parent):
            self._scratch.mkdir(mode=0o700, exist_ok=True)
        security = Security.temporary()
        self._local = LocalCluster(
            n_workers=parallel.threads(),
            threads_per_worker=1,
            host="127.0.0.1",
            protocol=f"{TLS}://",
            security=security,
            dashboard_address=None,
            # Pages of mapped files count as a worker's memory, and are the kernel's to take back.
            memory_limit=0,
            local_directory=str(self._scratch),
            silence_logs=logging.CRITICAL,
            # Not by Dask's pre-spawn-environ, which a nanny also sets in its own process, here ours, and
            # which gives way to what this one was told.
            env=ONE_THREAD,
        )
        return Client(self._local, security=security, set_as_default=False)

    def _reached(self) -> Client:
        assert self._address is not None  # noqa: S101 - `_open` has asked
        scheme, _ = split_address(self._address)
        security = Security(require_encryption=True) if scheme == TLS else None
        try:
            return Client(self._address, security=security, timeout=REACH, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as failure:
            raise Failure(
                f"The scheduler does not answer ({type(failure).__name__}).",
                remedy="Start it, or correct --ordonnanceur and the certificates (docs/dask.md).",
                code="moteur",
            ) from None

    def release(self) -> None:
        """Have workers let go of the files that they have mapped."""
        if self._client is not None:
            with contextlib.suppress(Exception):
                self._client.run(forget, on_error="ignore")

    def close(self) -> None:
        self.release()
        for held in (self._client, self._local):
            if held is not None:
                # What is lost cannot be closed in good order, nor does it matter any more.
                with contextlib.suppress(Exception):
                    held.close(timeout=REACH)
        self._client = self._local = None


def _require_workers(alone: float, lost: int) -> None:
    """Require that somebody is there to work, and stays.

    Args:
        alone: seconds since a worker was last seen.
        lost: workers that came and went since a part was last done.

    Raises:
        Failure: nobody is, or nobody does.
    """
    if alone >= ALONE:
        raise Failure(
            f"The scheduler has had no worker for {ALONE:.0f} seconds.",
            remedy="Start workers (docs/dask.md), then run again; nothing was put in place.",
            code="moteur",
        )
    if lost >= MOST_LOST:
        raise Failure(
            f"{lost} workers came and went, and no part was done meanwhile: something ends them.",
            remedy="Look at those machines' logs and memory, then run again; nothing was put in place.",
            code="moteur",
        )


def _gone() -> Failure:
    return Failure(
        "The scheduler is gone, or nobody reaches it any more.",
        remedy="Start it again and run again; with --resume, the parts that are done are not done again. "
        "Nothing was put in place.",
        code="moteur",
    )
