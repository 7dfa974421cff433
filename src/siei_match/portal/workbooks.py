"""Workbooks made when they are asked for, and kept while they fit.

One takes a third of a second of processor: served pages are made in a process apart, so that the
others do not wait for it.
"""

import multiprocessing
import os
import threading
import time
from collections import OrderedDict
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from io import BytesIO
from typing import Final

import polars as pl

from siei_match.publish.export import render_xlsx

KEPT_MAX: Final = 64 << 20
"""Bytes of workbooks kept: six hundred lists of six hundred rows."""
WATCH: Final = 2.0
"""Seconds between two looks at whether the page is still there."""


class Workbooks:
    """Makes a list's workbook once; `apart`: in another process."""

    def __init__(self, *, apart: bool = False) -> None:
        self._apart = apart
        self._pool: Executor | None = _open_pool() if apart else None
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def make(self, key: str, parquet: bytes, title: str) -> bytes:
        """Return the workbook of a list; the same `key` is the same workbook."""
        found = self._find(key)
        if found is not None:
            return found
        with self._making:
            found = self._find(key)
            if found is not None:
                return found
            made = self._render(parquet, title)
        with self._lock:
            self._kept[key] = made
            while sum(map(len, self._kept.values())) > KEPT_MAX and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return made

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _find(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _render(self, parquet: bytes, title: str) -> bytes:
        if not self._apart:
            return _render(parquet, title)
        if self._pool is None:
            self._pool = _open_pool()
        try:
            return self._pool.submit(_render, parquet, title).result()
        except BrokenProcessPool:
            self._pool = None
            return _render(parquet, title)


def _open_pool() -> Executor:
    """Start the other process now, so that the first workbook does not wait for its imports."""
    # Not forked: this process has threads.
    pool = ProcessPoolExecutor(
        1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_follow,
        initargs=(os.getpid(),),
    )
    pool.submit(os.getpid)
    return pool


def _follow(parent: int) -> None:
    """End with the page, however it ends: a process that nobody asks anything must not stay."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def _render(parquet: bytes, title: str) -> bytes:
    return render_xlsx(pl.read_parquet(BytesIO(parquet)), title)
