"""Rows of a Parquet extract, turned into the text that its CSV would hold."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.columns import declare, lay_out, read_columns
from siei_match.stages.extract.limits import check_fields
from siei_match.stages.extract.streams import LEAST_INFLATION, MOST_INFLATION, swollen

LOT: Final = 100_000
OCTETS_PAR_LOT: Final = 1 << 28
"""Bytes of text in as many rows: nine times an extract's. A value that many rows share is written
once in Parquet, and a file of nothing could fill the memory."""
MOST_ROWS: Final = 100_000_000
"""Rows of one file; all French pupils of ten years are fewer."""
ISO: Final = "%Y-%m-%d"
DAYS: Final = (pl.date(1, 1, 1), pl.date(9999, 12, 31))


def read_parquet(dossier: Path, fichier: Fichier) -> Iterator[pl.DataFrame]:
    """Read the frames of a Parquet file, all text, with `ligne`.

    Columns declared `jamais_lu` may be absent and are not read. Dates become text in their
    provider's format; whole numbers lose nothing but their leading zeros, which validation gives
    back.

    Raises:
        DeliveryError: it is no Parquet, it is damaged, its columns are others, or hold a type that
            cannot be told as text.
    """
    declared = declare(fichier)
    read = read_columns(declared)
    fields = {f["name"]: f for f in declared.fields}
    row = 1
    try:
        path = dossier / fichier.nom
        with pq.ParquetFile(path) as source:
            schema = source.schema_arrow
            layout = lay_out(schema.names, fichier)
            own = {schema.names[place]: column for column, place in layout.places.items()}
            texts = [name for name in own if pa.types.is_string(schema.field(name).type)]
        with pq.ParquetFile(path, page_checksum_verification=True, read_dictionary=texts) as source:
            _check_sizes(source.metadata, fichier)
            there = [column for column in read if column in layout.places]
            for lot in source.iter_batches(batch_size=LOT, columns=list(own)):
                # polars trusts Arrow's text to be UTF-8, which a damaged file's may not be.
                lot.validate(full=True)
                frame = pl.DataFrame(pl.from_arrow(_expand(lot, fichier))).rename(own)
                frame = frame.select(_tell(frame, c, fields[c], fichier) for c in there)
                frame = frame.with_row_index("ligne", offset=row)
                check_fields(frame, fichier, separator=";")
                yield layout.select(frame, read)
                row += frame.height
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError):
        raise DeliveryError(
            f"{fichier.nom}: is no Parquet file, or a damaged one.",
            remedy="Copy it again from its provider; announce its sha256 to see it at once.",
            code="fichier_abime",
        ) from None


def _check_sizes(metadata: pq.FileMetaData, fichier: Fichier) -> None:
    """Refuse a file that would fill the memory or the day, before a row of it is read."""
    if metadata.num_rows > MOST_ROWS:
        raise DeliveryError(
            f"{fichier.nom}: it announces {metadata.num_rows} rows, more than {MOST_ROWS}.",
            remedy="Ask its provider for the extract of one school year.",
            code="volume",
        )
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        for column in map(group.column, range(group.num_columns)):
            size = column.total_uncompressed_size
            if size > max(LEAST_INFLATION, MOST_INFLATION * column.total_compressed_size):
                raise swollen(fichier)


def _expand(lot: pa.RecordBatch, fichier: Fichier) -> pa.RecordBatch:
    """Write out the values that a batch holds once for many rows, if there is room for them."""
    shared = [c for c in lot.columns if pa.types.is_dictionary(c.type)]
    octets = sum(
        pc.sum(pc.binary_length(c.dictionary).take(c.indices)).as_py() or 0
        for c in shared
        if pa.types.is_string(c.type.value_type) or pa.types.is_large_string(c.type.value_type)
    )
    if octets > OCTETS_PAR_LOT:
        raise DeliveryError(
            f"{fichier.nom}: its rows hold {octets // lot.num_rows} bytes of text each.",
            remedy="Look for a column that holds something else than it should.",
            code="volume",
        )
    written = [c.dictionary_decode() if pa.types.is_dictionary(c.type) else c for c in lot.columns]
    return pa.RecordBatch.from_arrays(written, lot.schema.names)


def _tell(frame: pl.DataFrame, column: str, field: Mapping[str, Any], fichier: Fichier) -> pl.Expr:
    """Tell a column as text, in its provider's convention."""
    dtype, value = frame.schema[column], pl.col(column)
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Null):
        return value.cast(pl.String).replace("", None)
    if dtype.is_integer():
        return value.cast(pl.String)
    if dtype.is_float() or dtype.is_decimal():
        return _tell_whole(frame, column, fichier)
    if dtype.is_temporal() and dtype not in (pl.Time, pl.Duration):
        return _tell_date(frame, column, field, fichier)
    raise _refuse(column, fichier, f"holds {dtype.base_type()}, not text")


def _tell_whole(frame: pl.DataFrame, column: str, fichier: Fichier) -> pl.Expr:
    # pandas turns whole numbers into floats as soon as one of them is absent.
    value = pl.col(column).cast(pl.Float64).fill_nan(None)
    if frame.select((value != value.round(0)).any() | value.is_infinite().any()).item():
        raise _refuse(column, fichier, "holds numbers with decimals, not text")
    return value.cast(pl.Int64, strict=False).cast(pl.String).alias(column)


def _tell_date(
    frame: pl.DataFrame, column: str, field: Mapping[str, Any], fichier: Fichier
) -> pl.Expr:
    value, expected = pl.col(column), field["siei"]
    if "format" not in expected and "formats" not in expected:
        raise _refuse(column, fichier, "holds dates, not text")
    # A midnight told in another time zone is the day before: only days are accepted.
    if isinstance(frame.schema[column], pl.Datetime):
        if frame.select((value.dt.time() != pl.time(0)).any()).item():
            raise _refuse(column, fichier, "holds times, not days")
        value = value.dt.date()
    # polars panics at a day that no calendar has: it is told as it is stored, and rejected later.
    told = pl.when(value.is_between(*DAYS)).then(value).dt.strftime(expected.get("format", ISO))
    return pl.coalesce(told, pl.col(column).to_physical().cast(pl.String)).alias(column)


def _refuse(column: str, fichier: Fichier, what: str) -> DeliveryError:
    return DeliveryError(
        f"{fichier.nom}: column {column} {what}.",
        remedy="Write that column as text (or days as dates), or deliver the extract as CSV.",
        code="type_de_colonne",
        colonne=column,
    )
