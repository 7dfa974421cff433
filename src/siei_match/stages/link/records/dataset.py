"""Any data set becomes rows that `link` reads: what its declaration says of columns and dates."""

from collections.abc import Mapping

import polars as pl

from siei_match.reference.errors import ContractError
from siei_match.reference.nomenclatures.frequencies import plain
from siei_match.stages.link.declared.names import DateSpec
from siei_match.stages.link.declared.spec import Spec


def read_rows(files: Mapping[str, pl.DataFrame], spec: Spec) -> pl.DataFrame:
    """Bring the files of a declared data set to the rows that `link` compares.

    Args:
        files: by source of the declaration, its rows, all columns text.
        spec: the declaration.

    Returns: `rid`, `extrait`, `fichier` (the source), `ligne` (from 1), and `spec.columns`: texts in
    A–Z capitals and digits, dates as three numbers, numbers where a feature reads them so.

    Raises:
        ContractError: a source or a column of the declaration is missing.
    """
    missing = [s for s in spec.sources if s not in files]
    if missing:
        raise ContractError(
            f"The declaration names the sources {missing}, which were not given.",
            remedy="Give one file for each source of the declaration.",
        )
    return pl.concat(_rows(files[s], s, spec) for s in spec.sources).with_columns(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("rid")
    )


def _rows(frame: pl.DataFrame, source: str, spec: Spec) -> pl.DataFrame:
    of_dates = {c for date in spec.file.dates.values() for c in date.colonnes}
    numbers = {c for t in spec.traits if t.declared.comme == "nombre" for c in t.columns}
    given = [c for c in spec.columns if c not in of_dates]
    missing = [c for c in (*given, *spec.file.dates) if c not in frame.columns]
    if missing:
        raise ContractError(
            f"{source}: columns {missing} of the declaration are missing.",
            remedy="Correct the declaration, or give the file that it describes.",
        )
    dates = [e for column, date in spec.file.dates.items() for e in _parts(column, date)]
    return frame.select(
        pl.lit(source).alias("extrait"),
        pl.lit(source).alias("fichier"),
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("ligne"),
        *(_number(column) if column in numbers else _text(column) for column in given),
        *dates,
    )


def _text(column: str) -> pl.Expr:
    text = plain(pl.col(column), keep="A-Z0-9")
    return pl.when(text != "").then(text).alias(column)


def _number(column: str) -> pl.Expr:
    """Return a number, decimal comma or point; what is none is unknown."""
    text = pl.col(column).cast(pl.String).str.strip_chars().str.replace(",", ".", literal=True)
    return text.cast(pl.Float64, strict=False).alias(column)


def _parts(column: str, date: DateSpec) -> list[pl.Expr]:
    """Return year, month and day of a date in its declared form; what is no number is unknown."""
    places = [(date.forme.index(mark), len(mark)) for mark in ("AAAA", "MM", "JJ")]
    types = (pl.Int16, pl.Int8, pl.Int8)
    return [
        pl.col(column).str.slice(start, length).cast(dtype, strict=False).alias(name)
        for name, (start, length), dtype in zip(date.colonnes, places, types, strict=True)
    ]
