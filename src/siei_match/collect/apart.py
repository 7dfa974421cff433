"""Files that others made are opened in a process apart, with bounds of memory and time.

A workbook of a few kilobytes can ask for gigabytes and minutes of whoever opens it. What it asks of
this process is a message: its rows, or why it was refused. One process serves one file after the
other; one that goes beyond its bounds dies, the file is refused, and the next gets a new one.
"""

import atexit
import json
import os
import resource
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from siei_match.collect.files import read_sheets
from siei_match.collect.rows import EXCEL, FORMULA, Cell, Formula, Sheet
from siei_match.reference.errors import ContractError, DeliveryError, SieiError

MEMORY_MAX: Final = 1 << 30
"""Bytes that opening a file may take, beside what the process has at first: three times what a list
of 100,000 rows does."""
SECONDS_MAX: Final = 60.0
"""Of clock; a list of 100,000 rows takes 20 on a slow machine."""
START_MAX: Final = 60.0
CORE: Final = (resource.RLIMIT_CORE, 1)
"""Of one byte: of none, a program that core_pattern names would be given the image all the same."""


def read_sheets_apart(content: bytes, name: str) -> list[Sheet]:
    """Return what `read_sheets` gives, read by a process apart.

    Raises:
        DeliveryError: as `read_sheets`, or the file asks for more memory or time than it may.
    """
    with _LOCK:
        reader = _Reader.current()
        try:
            answer = reader.ask(content, name)
        except (OSError, ValueError, EOFError):
            reader.end()
            raise DeliveryError(
                f"{name}: opening it takes more than {MEMORY_MAX >> 20} MB or "
                f"{SECONDS_MAX:.0f} seconds.",
                remedy=EXCEL,
            ) from None
    if "refusal" in answer:
        kind = ContractError if answer["defect"] else DeliveryError
        raise kind(answer["refusal"], remedy=answer["remedy"])
    return [_sheet_from(told) for told in answer["sheets"]]


_LOCK: Final = threading.Lock()
"""One file at a time: so many uploads at once take the memory of one."""


class _Reader:
    """The process that reads, from its start to its end."""

    _running: "_Reader | None" = None

    def __init__(self) -> None:
        # Settings hold a secret: they stay here.
        told = {name: value for name, value in os.environ.items() if not name.startswith("SIEI_")}
        path = os.pathsep.join(entry for entry in sys.path if entry)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "siei_match.collect.apart"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **told,
                "PYTHONPATH": path,
                "POLARS_MAX_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        self._waited = START_MAX

    @classmethod
    def current(cls) -> "_Reader":
        if cls._running is None or cls._running._process.poll() is not None:
            cls._running = cls()
            atexit.register(cls._running.end)
        return cls._running

    def ask(self, content: bytes, name: str) -> dict[str, Any]:
        process, deadline = self._process, time.monotonic() + SECONDS_MAX + self._waited
        assert process.stdin is not None  # noqa: S101 - a pipe, as asked above
        head = json.dumps({"name": name, "size": len(content)}).encode() + b"\n"
        process.stdin.write(head)
        process.stdin.write(content)
        process.stdin.flush()
        answer = json.loads(self._line(deadline))
        self._waited = 0.0
        assert isinstance(answer, dict)  # noqa: S101 - what _serve writes
        return answer

    def _line(self, deadline: float) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101 - a pipe, as asked above
        parts: list[bytes] = []
        with selectors.DefaultSelector() as waiting:
            waiting.register(pipe, selectors.EVENT_READ)
            while not parts or not parts[-1].endswith(b"\n"):
                if not waiting.select(max(deadline - time.monotonic(), 0)):
                    raise TimeoutError
                part = os.read(pipe.fileno(), 1 << 20)
                if not part:
                    raise EOFError
                parts.append(part)
        return b"".join(parts)

    def end(self) -> None:
        atexit.unregister(self.end)
        type(self)._running = None
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # what was not sent to a dead process
                    continue


def _serve() -> None:
    """Read what stdin hands over, file after file, until it ends."""
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    import openpyxl  # noqa: F401 - before the bound on memory

    _bound()
    while head := source.readline():
        asked = json.loads(head)
        content = source.read(asked["size"])
        try:
            told: dict[str, Any] = {
                "sheets": [_sheet_to(sheet) for sheet in read_sheets(content, asked["name"])]
            }
        except SieiError as refusal:
            told = {
                "refusal": refusal.what,
                "remedy": refusal.remedy,
                "defect": isinstance(refusal, ContractError),
            }
        except (MemoryError, RecursionError):
            os._exit(1)
        answers.write(json.dumps(told).encode() + b"\n")
        answers.flush()


def _bound() -> None:
    """Bound the memory of this process, and leave no core of it: it holds what others sent."""
    with open("/proc/self/statm") as statm:  # noqa: PTH123 - no file of ours
        held = int(statm.read().split()[0]) * resource.getpagesize()
    most = held + MEMORY_MAX
    for limit, value in ((resource.RLIMIT_AS, most), CORE):
        hard = resource.getrlimit(limit)[1]
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bounded, bounded))


def _sheet_to(sheet: Sheet) -> dict[str, Any]:
    return {
        "rows": [[line, [_cell_to(cell) for cell in cells]] for line, cells in sheet.lignes],
        "hidden": sheet.hidden,
        "swallowed": sheet.swallowed,
    }


def _sheet_from(told: dict[str, Any]) -> Sheet:
    rows = [(int(line), [_cell_from(cell) for cell in cells]) for line, cells in told["rows"]]
    swallowed = told["swallowed"]
    return Sheet(rows, bool(told["hidden"]), tuple(swallowed) if swallowed else None)


def _cell_to(cell: Cell) -> Any:
    if isinstance(cell, Formula):
        return ["formula"]
    # A datetime is a date too.
    if isinstance(cell, datetime):
        return ["moment", cell.isoformat()]
    return ["day", cell.isoformat()] if isinstance(cell, date) else cell


def _cell_from(told: Any) -> Cell:
    if not isinstance(told, list):
        plain: Cell = told
        return plain
    kind, *value = told
    if kind == "formula":
        return FORMULA
    return datetime.fromisoformat(value[0]) if kind == "moment" else date.fromisoformat(value[0])


def sheets_of(content: bytes, name: str) -> Iterator[Sheet]:
    """Give the sheets of a file that somebody sent: a short text here, everything else apart."""
    if len(content) <= SHORT and not content.startswith(b"PK\x03\x04"):
        yield from read_sheets(content, name)
    else:
        yield from read_sheets_apart(content, name)


SHORT: Final = 1 << 18
"""Bytes of a text that is read here: what they can ask for is bounded by what they are."""


if __name__ == "__main__":
    _serve()
