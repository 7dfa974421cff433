"""What is read from the staging folder is what was written there: a bad disk is told in time."""

import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from siei_match.reference.errors import ContractError, OutputError

CHUNK: Final = 1 << 20
Seal = tuple[int, int]
"""A file's size and CRC-32: against disks, not against people, who have no right to the folder."""


class Seals:
    """The seal of every table of one staging folder; a table is a file, or a folder of parts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, Seal] = {}

    def add(self, path: Path) -> None:
        """Note a file as it is now; it is written once and never again.

        Raises:
            ContractError: a step has written it already.
        """
        name = self._name(path)
        if name in self._known:
            raise ContractError(
                f"Table {path.stem} was written twice.",
                remedy="This is a defect of siei-match: please report it.",
            )
        self._known[name] = _compute(path)

    def check(self, path: Path) -> Path:
        """Return `path`, whose bytes are those that were written.

        Raises:
            OutputError: they are not.
            ContractError: no step has written it.
        """
        name = self._name(path)
        if name not in self._known:
            raise ContractError(
                f"Table {path.stem} was written by no step.",
                remedy="This is a defect of siei-match: please report it.",
            )
        if not self._stands(name):
            raise OutputError(
                f"{name} in the staging folder {self.root} is not what was written there.",
                remedy="Check this disk, then run again; nothing that stood there changed.",
            )
        return path

    def parts(self, table: str) -> list[Path]:
        """Return the files of a table, in the order of their names; none if nobody wrote it."""
        whole = f"{table}.parquet"
        parts = [name for name in self._known if name.startswith(f"{table}/")]
        return [self.root / name for name in ([whole] if whole in self._known else sorted(parts))]

    def told(self) -> dict[str, Seal]:
        """Return the seals by name, as `restore` takes them."""
        return dict(self._known)

    def restore(self, known: dict[str, Seal]) -> bool:
        """Take the seals of an earlier run, if every file stands as it was."""
        self._known = dict(known)
        if all(self._stands(name) for name in known):
            return True
        self._known = {}
        return False

    def strangers(self, files: Iterable[Path]) -> list[Path]:
        """Return the files that have no seal."""
        return [path for path in files if self._name(path) not in self._known]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()

    def _stands(self, name: str) -> bool:
        try:
            return _compute(self.root / name) == tuple(self._known[name])
        except OSError:
            return False


def _compute(path: Path) -> Seal:
    size = crc = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return size, crc
