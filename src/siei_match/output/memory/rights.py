"""The two files in DIR/memoire: read where they stand, written into a draft of changes."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import MEMOIRE, read_table
from siei_match.reference.contracts import conform, declaration
from siei_match.reference.files import PRIVATE, write_parquet

EXCLUSIONS: Final = "exclusions"
RECTIFICATIONS: Final = "rectifications"


def read_exclusions(sortie: Path) -> pl.DataFrame:
    """Return who is excluded, ended exclusions too (schemas/tables/exclusions.json).

    Raises:
        OutputError: the file is damaged.
    """
    return _read(sortie, EXCLUSIONS)


def read_rectifications(sortie: Path) -> pl.DataFrame:
    """Return every rectification in force (schemas/tables/rectifications.json).

    Raises:
        OutputError: the file is damaged.
    """
    return _read(sortie, RECTIFICATIONS)


def write_memory(frame: pl.DataFrame, dossier: Path, table: str) -> str:
    """Write a table of DIR/memoire into a draft's folder; return the name it takes there."""
    name = f"{MEMOIRE}/{table}.parquet"
    path = dossier / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_parquet(conform(frame, f"tables/{table}"), path, PRIVATE)
    return name


def _read(sortie: Path, table: str) -> pl.DataFrame:
    path = sortie / MEMOIRE / f"{table}.parquet"
    if path.exists():
        return conform(read_table(path), f"tables/{table}")
    return pl.DataFrame(schema=declaration(f"tables/{table}").polars_schema)
