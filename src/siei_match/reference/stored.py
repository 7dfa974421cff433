"""A table that stands in files: its columns are read when they are asked for, and held by nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl


class Columns(Protocol):
    """The columns of a table, in memory (a `polars.DataFrame`) or in files (`StoredTable`)."""

    @property
    def height(self) -> int: ...

    @property
    def schema(self) -> pl.Schema: ...

    def __getitem__(self, column: str, /) -> pl.Series: ...


@dataclass(frozen=True)
class StoredTable:
    """A table of one or more Parquet files, read a column at a time.

    heights: how many rows each file has. schema: of each of them.
    """

    paths: tuple[Path, ...]
    heights: tuple[int, ...]
    schema: pl.Schema

    @property
    def height(self) -> int:
        return sum(self.heights)

    def pieces(self) -> "list[StoredTable]":
        """Return each file as a table of its own, in their order."""
        return [
            StoredTable((path,), (rows,), self.schema)
            for path, rows in zip(self.paths, self.heights, strict=True)
        ]

    def __getitem__(self, column: str, /) -> pl.Series:
        parts = [pl.read_parquet(path, columns=[column], glob=False) for path in self.paths]
        return pl.concat(parts, rechunk=False)[column]

    def scan(self) -> pl.LazyFrame:
        """Return the rows of all files, in their order, for what is asked of them at once.

        Of the few texts of which files hold numbers (`Enum`) the texts are given.
        """
        few = [name for name, kind in self.schema.items() if kind == pl.Enum]
        rows = pl.scan_parquet(list(self.paths), glob=False)
        return rows.with_columns(pl.col(few).cast(pl.String))


def open_table(paths: Sequence[Path]) -> StoredTable:
    """Return the table of some Parquet files, at least one, of one schema; only their ends are read.

    Raises:
        OSError: a file cannot be read.
    """
    schema = pl.Schema(pl.read_parquet_schema(paths[0]))
    rows = (pl.scan_parquet(path, glob=False).select(pl.len()).collect().item() for path in paths)
    return StoredTable(tuple(paths), tuple(rows), schema)


def pieces_of(table: Columns) -> Sequence[Columns]:
    """Return a table a file at a time; what is in memory is one piece."""
    return table.pieces() if isinstance(table, StoredTable) else [table]


def names_in(table: Columns, column: str) -> set[str]:
    """Return the distinct texts of a column, a file at a time: of the largest tables nothing is kept."""
    found = (piece[column].unique().drop_nulls().cast(pl.String) for piece in pieces_of(table))
    return {name for names in found for name in names}
