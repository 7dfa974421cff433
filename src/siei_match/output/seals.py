"""What is read from the staging folder is what was written there: a bad disk is told in time."""

from collections.abc import Iterable
from pathlib import Path

from siei_match.reference.errors import ContractError, OutputError
from siei_match.reference.sealing import Seal as Seal
from siei_match.reference.sealing import seal_of


class Seals:
    """The seal of every table of one staging folder; a table is a file, or a folder of parts."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, Seal] = {}

    def require_new(self, path: Path) -> Path:
        """Return `path`, which no step has written: a table is written once and never again.

        Raises:
            ContractError: a step has written it already.
        """
        if self._name(path) in self._known:
            raise ContractError(
                f"{self._name(path)} in the staging folder was written twice.",
                remedy="This is a defect of siei-match: please report it.",
            )
        return path

    def add(self, path: Path) -> None:
        """Note a file as it is now.

        Raises:
            ContractError: as `require_new`.
        """
        self._known[self._name(self.require_new(path))] = seal_of(path)

    def remove(self, path: Path) -> None:
        """Remove a file that no step reads any more."""
        self._known.pop(self._name(path))
        path.unlink()

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
                remedy="Check this disk, then run again; nothing was put in place.",
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
            return seal_of(self.root / name) == tuple(self._known[name])
        except OSError:
            return False
