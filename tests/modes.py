"""Watches every file that a command makes: who may read it, from its first byte to its end.

Run under umask 0, so that a file made without saying its mode is everybody's and is seen. Python's
own writes are caught as they begin (`sys.addaudithook`); what libraries write, when the file is
renamed, removed or at the end; a mode that is tightened once there are bytes is a fault too.
"""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SHARED = {
    "siei.duckdb", "rapport.html", "manifeste.json", "identites.parquet", "identites_seuils.parquet",
    "signalements.parquet", "redirections.parquet",
    "mouvements.parquet",
}  # fmt: skip
"""What docs/contract.md, section 3, lets the group read: it names nobody."""


class Watcher:
    def __init__(self, root: Path) -> None:
        self.root = str(root.resolve())
        self.faults: list[str] = []
        self.seen: dict[str, int] = {}
        self.on = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.on:
            return
        if event == "open":
            self._opened(*args)
        elif event == "os.chmod":
            self._tightened(args[0], args[1])
        elif event in ("os.rename", "os.remove"):
            self._met(args[0], args[-1] if event == "os.remove" else args[2])

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:
        """`os.open` says its mode; `open` never does, and must find the file there."""
        writes = isinstance(mode, str) and set(mode) & set("wxa")
        if writes and isinstance(path, str | bytes | os.PathLike):
            full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100
            if full.startswith(self.root) and not Path(full).exists():
                self.faults.append(f"made without a mode: {full}")

    def _tightened(self, path: Any, mode: int) -> None:
        found = os.stat(path)  # noqa: PTH116 - maybe a descriptor
        if stat.S_ISREG(found.st_mode) and found.st_size and found.st_mode & 0o077 & ~mode:
            self.faults.append(f"tightened to {mode:o} with bytes in it: {path}")

    def _met(self, path: Any, folder: Any) -> None:
        base = "" if not isinstance(folder, int) or folder < 0 else f"/proc/self/fd/{folder}"
        full = Path(os.path.realpath(base), os.fsdecode(path))
        if str(full).startswith(self.root) and full.is_file():
            self._check(full)

    def _check(self, path: Path) -> None:
        mode = stat.S_IMODE(path.lstat().st_mode)
        self.seen[path.name] = mode
        allowed = 0o640 if path.name in SHARED else 0o600
        if mode & ~allowed:
            self.faults.append(f"{mode:o}: {path}")

    def check_tree(self) -> None:
        """Look at all that stands there now: files as said, folders closed to strangers."""
        for folder, names, files in os.walk(self.root):
            for name in files:
                self._check(Path(folder, name))
            for name in names:
                mode = stat.S_IMODE(Path(folder, name).stat().st_mode)
                if mode & 0o027:
                    self.faults.append(f"{mode:o}: {folder}/{name}")


@contextmanager
def watched(root: Path) -> Iterator[Watcher]:
    """Watch what is made below `root` (an existing folder) and check it in the end."""
    watcher = Watcher(root)
    sys.addaudithook(watcher)
    before = os.umask(0)
    watcher.on = True
    try:
        yield watcher
    finally:
        watcher.on = False
        os.umask(before)
    watcher.check_tree()
    assert watcher.faults == [], "\n".join(sorted(set(watcher.faults))[:20])
