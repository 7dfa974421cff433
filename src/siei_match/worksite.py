"""The staging folder where one run works, beside what it will publish, and its lock."""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.errors import ContractError, OutputError
from siei_match.progress import LogProgress, Progress
from siei_match.settings import Settings

logger = logging.getLogger(__name__)

FOLDER: Final = ".atelier"


@dataclass(frozen=True)
class Worksite:
    """Where one run reads, works and publishes, and the settings that it was given."""

    dossier: Path
    sortie: Path
    atelier: Path
    reglages: Settings
    suivi: Progress = field(default_factory=LogProgress, compare=False)

    def path(self, table: str, part: int | None = None) -> Path:
        """Return where a table between two stages stands; `part` numbers the delivery's files."""
        return self.atelier / (f"{table}.parquet" if part is None else f"{table}/{part:04}.parquet")

    def write(self, frame: pl.DataFrame, table: str, part: int | None = None) -> Path:
        path = self.path(table, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        # lz4: written and read once, then removed.
        frame.write_parquet(path, compression="lz4")
        return path

    def read(self, table: str) -> pl.DataFrame:
        """Read a table whole: its one file, or all its parts in the delivery's order."""
        whole = self.path(table)
        parts = [whole] if whole.exists() else sorted((self.atelier / table).glob("*.parquet"))
        if not parts:
            raise ContractError(
                f"Table {table} is missing in the staging folder.",
                remedy="Another program removed it, or a stage did not write it: run again.",
            )
        return pl.concat([pl.read_parquet(part) for part in parts], rechunk=False)


@contextmanager
def open_worksite(
    dossier: Path, sortie: Path, reglages: Settings, suivi: Progress | None = None
) -> Iterator[Worksite]:
    """Prepare the staging folder of a run, alone in its output folder; remove it in the end.

    The folder holds names: it is its owner's alone (0700), and is removed whatever happens. What
    a killed run left behind is removed by the next one.

    Raises:
        OutputError: the output folder cannot be written, or another run works in it.
    """
    atelier = sortie / FOLDER
    try:
        sortie.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(sortie, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as failure:
        raise _unwritable(sortie, failure) from None
    try:
        _lock(descriptor, sortie)
        try:
            shutil.rmtree(atelier, ignore_errors=True)
            atelier.mkdir(mode=0o700)
        except OSError as failure:
            raise _unwritable(sortie, failure) from None
        try:
            yield Worksite(dossier, sortie, atelier, reglages, suivi or LogProgress())
        finally:
            shutil.rmtree(atelier, ignore_errors=True)
    finally:
        os.close(descriptor)


def _unwritable(sortie: Path, failure: OSError) -> OutputError:
    return OutputError(
        f"The output folder {sortie} cannot be written ({failure.strerror}).",
        remedy="Choose another --sortie, or ask for the right to write there.",
    )


def _lock(descriptor: int, sortie: Path) -> None:
    # The folder itself is locked: no lock file stays behind, and a killed run frees it.
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OutputError(
            f"Another run works in {sortie}.",
            remedy="Wait until it ends, or choose another --sortie.",
        ) from None
    except OSError:
        # Some network shares lock no folder: say it, and go on as before locks existed.
        logger.warning("%s cannot be locked: make sure that no other run works in it.", sortie)
