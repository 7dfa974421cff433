"""Columns of rows become columns of records: texts are hashed, and their distinct values numbered.

A file at a time: the letters of a whole country's rows would be the largest thing that a run holds.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import TEXT, runs
from siei_match.reference.parallel import each
from siei_match.reference.stored import Columns, pieces_of
from siei_match.stages.link.declared.spec import Spec

COPIED: Final = 1 << 21
"""Lists copied at a time."""
Ids = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.uint64]


class Coded(NamedTuple):
    """A column of the records: what `Fiches` holds of it."""

    numbers: pl.Series
    values: pl.Series | None
    table: Codes | None = None
    mails: pl.Series | None = None


@dataclass(frozen=True)
class RowsOfRecords:
    """The first row of each record, file by file.

    pieces: the files. records: in the order of their first rows. rows: where in its file each of these
    rows stands. ends: how many of them stand in each file and those before it.
    """

    pieces: Sequence[Columns]
    records: Ids
    rows: Ids
    ends: npt.NDArray[np.int64]

    @classmethod
    def of(cls, traits: Columns, first: npt.NDArray[Any]) -> "RowsOfRecords":
        """`first`: the first row of each record, counted through all files."""
        pieces = pieces_of(traits)
        lasts = np.cumsum([piece.height for piece in pieces])
        records = np.argsort(first).astype(np.uint32)
        rows = first[records]
        ends = np.searchsorted(rows, lasts)
        for begin, end, last, piece in zip([0, *ends[:-1]], ends, lasts, pieces, strict=True):
            rows[begin:end] -= last - piece.height
        return cls(pieces, records, rows.astype(np.uint32), ends)

    def values(self, column: str) -> Iterator[tuple[Ids, pl.Series]]:
        """Give, file by file, which records stand first there, and what these hold of a column."""
        for begin, end, piece in zip([0, *self.ends[:-1]], self.ends, self.pieces, strict=True):
            yield self.records[begin:end], piece[column].gather(self.rows[begin:end])


def contents(traits: Columns, spec: Spec) -> tuple[Codes, npt.NDArray[np.uint8]]:
    """Return one hash of what each row says, and in which source; and the source of each."""
    found = each(partial(_contents, spec=spec), pieces_of(traits))
    hashes, sources = zip(*found, strict=True)
    return np.concatenate(hashes), np.concatenate(sources)


def _contents(piece: Columns, spec: Spec) -> tuple[Codes, npt.NDArray[np.uint8]]:
    source = coded_source(piece["extrait"], spec)
    mixed = np.array(source.hash(seed=1).to_numpy())
    for place, column in enumerate(spec.columns, start=2):
        mixed ^= coded_values(piece[column], spec).hash(seed=place).to_numpy()
    return mixed, source.to_numpy()


def coded_source(extrait: pl.Series, spec: Spec) -> pl.Series:
    names = list(spec.sources)
    numbers = extrait.replace_strict(names, range(len(names)), return_dtype=pl.UInt8)
    return numbers.alias("source")


def coded_values(values: pl.Series, spec: Spec) -> pl.Series:
    """Return the values of a column as whole numbers, 0 where absent: hashes, but for parts of dates."""
    if spec.readings[values.name] == "date" and values.dtype.is_integer():
        return values.fill_null(0)
    if values.dtype == pl.List(pl.String):
        absent = (values.list.len() == 0).fill_null(value=True)
        return values.hash(seed=TEXT).set(absent, 0)
    return values.cast(pl.String).hash(seed=TEXT).set(values.is_null(), 0)


def code_column(column: str, stand: RowsOfRecords, spec: Spec) -> Coded:
    """Return what the records hold of a column.

    Args:
        column: of the rows.
        stand: where the records' rows stand.
        spec: what is compared.
    """
    if stand.pieces[0].schema[column] == pl.List(pl.String):
        return _code_lists(column, stand, spec)
    coded = _codes(column, stand, spec)
    if coded.dtype != np.uint64:
        return Coded(pl.Series(column, coded), None)
    numbers, first = _numbered(coded)
    del coded
    return Coded(pl.Series(column, numbers), _texts(column, stand, first))


def _codes(column: str, stand: RowsOfRecords, spec: Spec) -> npt.NDArray[Any]:
    coded: npt.NDArray[Any] | None = None
    for records, values in stand.values(column):
        found = coded_values(values, spec).to_numpy()
        if coded is None:
            coded = np.zeros(len(stand.records), dtype=found.dtype)
        coded[records] = found
    assert coded is not None  # noqa: S101 -- a table has one piece at least
    return coded


def _texts(column: str, stand: RowsOfRecords, wanted: npt.NDArray[Any]) -> pl.Series:
    """Return null, then what the wanted records hold of a column, in their order."""
    place = np.full(len(stand.records), len(wanted), dtype=np.uint32)
    place[wanted] = np.arange(len(wanted), dtype=np.uint32)
    found, places = [], [np.empty(0, dtype=np.uint32)]
    for records, values in stand.values(column):
        held = np.flatnonzero(place[records] < len(wanted))
        found.append(own_copy(values.gather(held)))
        places.append(place[records[held]])
    order = np.empty(len(wanted), dtype=np.uint32)
    order[np.concatenate(places)] = np.arange(len(wanted), dtype=np.uint32)
    distinct = pl.concat(found).gather(order)
    nothing = pl.Series(column, [None], dtype=distinct.dtype)
    return own_copy(pl.concat([nothing, distinct], rechunk=True))


def _code_lists(column: str, stand: RowsOfRecords, spec: Spec) -> Coded:
    read = column in {trait.declared.ecrit_dans for trait in spec.traits}
    hashes = np.zeros(len(stand.records), dtype=np.uint64)
    tables, lists, order = [], [], np.empty(len(stand.records), dtype=np.uint32)
    done = 0
    for records, values in stand.values(column):
        hashes[records] = coded_values(values, spec).to_numpy()
        tables.append((records, table_of_lists(values)))
        order[records] = np.arange(done, done + len(records), dtype=np.uint32)
        done += len(records)
        if read:
            lists.append(own_copy(values))
    width = max(part.shape[1] for _, part in tables)
    table = np.zeros((len(stand.records), width), dtype=np.uint64)
    for records, part in tables:
        table[records, : part.shape[1]] = part
    del tables
    mails = in_this_order(pl.concat(lists), order) if read else None
    return Coded(pl.Series(column, _numbered(hashes)[0]), None, table, mails)


def in_this_order(lists: pl.Series, order: Ids) -> pl.Series:
    """Return lists of texts in another order, some at a time: each copy that is on the way is as large as they are."""
    starts = range(0, max(1, len(order)), COPIED)
    return pl.concat([own_copy(lists.gather(order[at : at + COPIED])) for at in starts])


def own_copy(values: pl.Series) -> pl.Series:
    """Return texts that hold on to no other text: what is gathered shares the memory of all."""
    if values.dtype not in (pl.String, pl.List(pl.String)):
        return values
    oldest = values.to_arrow(compat_level=pl.CompatLevel.oldest())
    return pl.Series(values.name, oldest, dtype=values.dtype)


def table_of_lists(lists: pl.Series) -> npt.NDArray[np.uint64]:
    """Return the hashes of the values of each list, one row a list, 0 where there are no more."""
    lengths = lists.list.len().fill_null(0).to_numpy().astype(np.int64)
    table = np.zeros((len(lists), max(1, int(lengths.max(initial=0)))), dtype=np.uint64)
    rows = np.repeat(np.arange(len(lists)), lengths)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    values = lists.filter(pl.Series(lengths > 0)).explode()
    table[rows, places] = values.hash(seed=TEXT).to_numpy()
    return table


def _numbered(hashes: Codes) -> tuple[Ids, npt.NDArray[Any]]:
    """Return the number of each hash, from 1 and 0 where it is 0, and one place of each but of 0."""
    found = runs(hashes)
    first = found.first
    # The hash of what is absent is the lowest of all.
    absent = len(first) > 0 and hashes[first[0]] == 0
    numbers = found.numbers()
    return (numbers, first[1:]) if absent else (numbers + np.uint32(1), first)


def numbers_of(columns: Iterable[pl.Series], texts: pl.Series) -> npt.NDArray[np.uint32]:
    """Return the number of each value among distinct texts, a column each: that of `texts[k]` is k + 1, 0 where null."""
    numbers = pl.DataFrame({"text": texts}).with_row_index("number", offset=1)
    found = (
        pl.DataFrame({"text": column}).join(numbers, on="text", how="left", maintain_order="left")
        for column in columns
    )
    return np.column_stack([told["number"].fill_null(0).to_numpy() for told in found]).astype(
        np.uint32
    )
