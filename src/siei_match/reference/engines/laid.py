"""What many tasks need, laid in files once, and opened by each process without being read.

The large arrays of any objects become `.npy` files and the large tables Arrow ones; both are opened
memory-mapped, read-only: processes of one machine share the pages, and the kernel takes them back
when memory is short. What is left of the objects, small, is a pickle: the folder is its owner's
alone (0700), as the staging folder is, and whoever could change it could as well change the program.
"""

import gc
import io
import pickle
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import polars as pl
import pyarrow as pa

from siei_match.reference.files import PRIVATE, create

LARGE: Final = 1 << 16
"""Bytes from which an array is worth a file."""
OBJECTS: Final = "objets.pickle"
IDLE: Final = 120.0
"""Seconds after which a process forgets what it has opened and no task asks for any more."""


def lay(what: Any, folder: Path, without: Sequence[pl.DataFrame] = ()) -> None:
    """Write objects into an empty folder, for `open_laid`.

    Args:
        what: objects that can be pickled.
        folder: its owner's alone.
        without: tables, held by them, that no task reads: empty ones stand in their place.

    Raises:
        OSError: the disk refuses.
    """
    written = io.BytesIO()
    Layer(written, folder, without).dump(what)
    create(folder / OBJECTS, PRIVATE).write_bytes(written.getbuffer())


class Layer(pickle.Pickler):
    """Puts what is large into files of its own, each once."""

    def __init__(self, file: BinaryIO | io.BytesIO, folder: Path, without: Sequence[Any]) -> None:
        super().__init__(file, protocol=5)
        self._folder = folder
        # Whatever is named by its address must live as long as the names.
        self._named: dict[int, tuple[Any, tuple[str, int]]] = {}
        self._empty = {id(table): table for table in without}

    def persistent_id(self, value: Any) -> tuple[str, Any] | None:
        if isinstance(value, np.ndarray):
            if value.nbytes < LARGE or value.dtype.hasobject:
                return None
            return self._once(value, "array")
        if isinstance(value, pl.DataFrame):
            if id(value) in self._empty:
                return "bare", value.clear()
            return None if value.estimated_size() < LARGE else self._once(value, "table")
        if isinstance(value, pl.Series) and value.estimated_size() >= LARGE:
            return self._once(value, "column")
        return None

    def _once(self, value: Any, sort: str) -> tuple[str, int]:
        known = self._named.get(id(value))
        if known is not None:
            return known[1]
        name = (sort, len(self._named))
        self._named[id(value)] = (value, name)
        path = create(_path(self._folder, *name), PRIVATE)
        if sort == "array":
            with path.open("wb") as file:
                np.save(file, value, allow_pickle=False)
        else:
            write_table(value if sort == "table" else value.to_frame(), path)
        return name


class Opener(pickle.Unpickler):
    """Opens what a `Layer` has put into files, each once."""

    def __init__(self, file: BinaryIO, folder: Path) -> None:
        super().__init__(file)
        self._folder = folder
        self._open: dict[tuple[str, int], Any] = {}

    def persistent_load(self, name: Any) -> Any:
        sort, number = name
        if sort == "bare":
            return number
        if name not in self._open:
            self._open[name] = self._opened(sort, _path(self._folder, sort, number))
        return self._open[name]

    def opened(self) -> list[Any]:
        """Return what was opened so far: arrays and tables."""
        return list(self._open.values())

    @staticmethod
    def _opened(sort: str, path: Path) -> Any:
        if sort == "array":
            # A plain array over the map: numpy's own class of maps slows every slice.
            return np.asarray(np.load(path, mmap_mode="r"))
        table = map_table(path)
        return table if sort == "table" else table.to_series()


def _path(folder: Path, sort: str, number: int) -> Path:
    return folder / f"{number}.{'npy' if sort == 'array' else 'arrow'}"


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a table as one batch of Arrow, so that its columns are mapped whole."""
    written = table.rechunk().to_arrow(compat_level=pl.CompatLevel.newest())
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, written.schema) as file:
        file.write_table(written)


def map_table(path: Path) -> pl.DataFrame:
    """Open a table of `write_table` without reading it."""
    return _table_in(pa.memory_map(str(path)))


def read_table(path: Path) -> pl.DataFrame:
    """Read a table of `write_table`, whose file may then go."""
    with pa.OSFile(str(path)) as file:
        return _table_in(file)


def _table_in(file: Any) -> pl.DataFrame:
    found = pl.from_arrow(pa.ipc.open_file(file).read_all(), rechunk=False)
    assert isinstance(found, pl.DataFrame)  # noqa: S101 - of a table of Arrow
    return found


class _Opened:
    """The last folder that this process has opened, forgotten when nobody asks for it any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._what: Any = None
        self._folder: Path | None = None
        self._timer: threading.Timer | None = None

    def get(self, folder: Path) -> Any:
        with self._lock:
            if self._folder != folder:
                self._what = self._folder = None
                with (folder / OBJECTS).open("rb") as file:
                    self._what = Opener(file, folder).load()
                self._folder = folder
            self._wait()
            return self._what

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE, self.forget)
        self._timer.daemon = True
        self._timer.start()

    def forget(self) -> None:
        with self._lock:
            self._what = self._folder = None
        gc.collect()


_opened = _Opened()


def open_laid(folder: Path) -> Any:
    """Return the objects of `lay`; opened once a process, and kept until another folder is asked for.

    Raises:
        OSError: nothing is there, or it cannot be read.
    """
    return _opened.get(folder)


def forget() -> None:
    """Let go of what this process has opened."""
    _opened.forget()
