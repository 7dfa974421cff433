"""A database of the output folder, opened to be read: what keeps it closed is told as what it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from siei_match.reference.errors import OutputError
from siei_match.reference.files import unreadable

RUN_AGAIN: Final = (
    "Restore it from a back-up, or run the newest campaign again: it makes both databases."
)


@contextmanager
def reading(base: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database read-only; it is closed at the end of the block.

    Raises:
        OutputError: it is missing, damaged, closed to us, or another program has it open for
            writing: DuckDB then lets nobody else in.
    """
    try:
        with duckdb.connect(str(base), read_only=True) as connection:
            yield connection
    except duckdb.Error as failure:
        raise _tell(base, failure) from None


def _tell(base: Path, failure: duckdb.Error) -> OutputError:
    # DuckDB words it, and has no code for it; what follows names a process and a user.
    if "set lock on file" in str(failure):
        return OutputError(
            f"{base} is open for writing in another program (DuckDB lets one in at a time).",
            remedy="Close it there, or open it there to read only (`duckdb -readonly`, "
            "`read_only=True`), then try again.",
            code="base_ouverte",
        )
    if "WAL" in str(failure):
        return OutputError(
            f"{base}.wal was left by another program that wrote into the database, and keeps it closed.",
            remedy="Close that program; if none runs, remove that file: what it wrote is no part of "
            "a campaign.",
            code="base_ouverte",
        )
    return unreadable(base, RUN_AGAIN)
