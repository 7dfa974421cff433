"""Any data set becomes rows that `link` reads: what its declaration says of columns and dates."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from siei_match.reference.errors import ContractError
from siei_match.reference.nomenclatures.frequencies import plain
from siei_match.stages.link.declared.faults import unknown
from siei_match.stages.link.declared.names import DATE_MARKS
from siei_match.stages.link.declared.spec import Spec

log = logging.getLogger(__name__)

PARTS: Final = ((1000, 2999), (1, 12), (1, 31))
"""Between what year, month and day are; 0 is unknown."""
UNREADABLE: Final = 0.5
"""A column of which so large a share cannot be read is not what the declaration says."""
ENOUGH: Final = 20
"""Values from which on that share says something."""
TYPES: Final = (pl.Int16, pl.Int8, pl.Int8)


def read_rows(
    files: Mapping[str, pl.DataFrame], spec: Spec, tell: Callable[[str], None] = log.info
) -> pl.DataFrame:
    """Bring the files of a declared data set to the rows that `link` compares.

    Args:
        files: by source of the declaration, its rows.
        spec: the declaration.
        tell: hears how many values were taken for unknown.

    Returns: `rid`, `extrait`, `fichier` (the source), `ligne` (from 1), and `spec.columns`: texts in
    A–Z capitals and digits, sets of values as lists of these, dates as three numbers, numbers where
    a trait reads them so.

    Raises:
        ContractError: a source or a column of the declaration is missing, or holds something else
            than the declaration says.
    """
    missing = [s for s in spec.sources if s not in files]
    if missing:
        raise ContractError(
            f"The declaration names the sources {missing}, which were not given.",
            remedy="Give one file for each source of the declaration.",
        )
    rows = pl.concat(_rows(files[s], s, spec, tell) for s in spec.sources)
    return rows.with_columns(pl.int_range(pl.len(), dtype=pl.UInt32).alias("rid"))


def _rows(
    frame: pl.DataFrame, source: str, spec: Spec, tell: Callable[[str], None]
) -> pl.DataFrame:
    written = {c for date in spec.file.dates.values() for c in date.colonnes}
    given = [c for c in spec.columns if c not in written]
    texts = _as_declared(frame, source, [*given, *spec.file.dates], spec)
    texts = _without_unknown(texts, source, spec.file.inconnus, tell)
    separators = {
        c: t.declared.separateur for t in spec.traits if t.kind == "ensemble" for c in t.columns
    }
    readers: dict[str, Callable[[str], pl.Expr]] = {
        "text": _text,
        "number": _number,
        "date": _whole,
        "list": lambda c: _list(c, separators[c], split=texts.schema[c] == pl.String),
    }
    dates = [
        e
        for column, date in spec.file.dates.items()
        for e in _parts(column, date.colonnes, date.form_in(source))
    ]
    read = texts.select(
        pl.lit(source).alias("extrait"),
        pl.lit(source).alias("fichier"),
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("ligne"),
        *(readers[spec.readings[c]](c) for c in given),
        *dates,
    )
    _check_read(texts, read, source, spec)
    # A year of which figures are lost (20o2) is none; a month or a day out of range may be a slip of one figure.
    years = {columns[0] for columns in _dates(spec)}
    readable = read.with_columns(
        pl.when(pl.col(c).is_between(*PARTS[0])).then(pl.col(c)).alias(c) for c in years
    )
    return readable.with_columns(
        pl.col(c).cast(dtype, strict=False)
        for columns in _dates(spec)
        for c, dtype in zip(columns, TYPES, strict=True)
    )


def _as_declared(frame: pl.DataFrame, source: str, names: list[str], spec: Spec) -> pl.DataFrame:
    """Return the columns that are read, as texts or lists, by the names that the declaration has for them.

    Raises:
        ContractError: one is missing, or there though the declaration says that the source has none.
    """
    told = spec.file.colonnes.get(source, {})
    headers = {name: told.get(name, name) for name in names}
    there = [name for name, header in headers.items() if header is False and name in frame.columns]
    if there:
        raise ContractError(
            f"{source}: the declaration says that it has no columns {there}, and it has.",
            remedy=f"Take them out of colonnes.{source}, or out of the file.",
        )
    missing = [h for h in headers.values() if h is not False and h not in frame.columns]
    if missing:
        nearest = unknown("column", missing[0], frame.columns)
        raise ContractError(
            f"{source}: columns {missing} of the declaration are missing: {nearest}.",
            remedy=f"Correct the declaration (colonnes.{source} says what it calls them, or that it has none), or give "
            "the file that it describes.",
        )
    read = (
        pl.lit(None, pl.String).alias(name) if header is False else pl.col(header).alias(name)
        for name, header in headers.items()
    )
    found = frame.with_columns(*read).select(names)
    return found.with_columns(
        pl.col(c).cast(pl.String) for c in names if found.schema[c] != pl.List(pl.String)
    )


def _without_unknown(
    texts: pl.DataFrame, source: str, unknowns: Mapping[str, str], tell: Callable[[str], None]
) -> pl.DataFrame:
    """Take values that say nothing for absent ones.

    Raises:
        ContractError: nothing would be left of a column.
    """
    for column, form in unknowns.items():
        if column not in texts.columns:
            continue
        whole = f"(?i)^(?:{form})$"
        said, kept = pl.col(column), pl.col(column)
        if texts.schema[column] == pl.String:
            nothing = said.str.strip_chars().str.contains(whole)
            kept = pl.when(~nothing).then(said)
            held, gone = said.count(), nothing.sum()
        else:
            of_list = pl.element().str.strip_chars().str.contains(whole)
            kept = said.list.eval(pl.element().filter(~of_list))
            held = said.list.len().sum()
            gone = held - kept.list.len().sum()
        there, lost = texts.select(held.alias("held"), gone.alias("gone")).fill_null(0).row(0)
        if there >= ENOUGH and lost == there:
            raise ContractError(
                f"{source}: inconnus takes all {there} values of {column} for unknown.",
                remedy=f"Correct the expression, or say that the source has none: {column} = false in colonnes.{source}.",
            )
        tell(f"{source}: {lost} of {there} values of {column} say nothing")
        texts = texts.with_columns(kept.alias(column))
    return texts


def _dates(spec: Spec) -> list[tuple[str, ...]]:
    """Return the columns of year, month and day of each date, each once."""
    traits = [t.columns for t in spec.traits if t.kind == "date" or t.declared.comme == "date"]
    return list(dict.fromkeys([*traits, *(d.colonnes for d in spec.file.dates.values())]))


def _check_read(texts: pl.DataFrame, read: pl.DataFrame, source: str, spec: Spec) -> None:
    """Refuse columns of which most values are none of what the declaration says.

    A date whose form is another, or whose columns are in another order, would be compared all the
    same, and differ in silence.

    Raises:
        ContractError: there are; the message counts them.
    """
    written = {c: name for name, d in spec.file.dates.items() for c in d.colonnes}
    kinds: list[tuple[str, str, tuple[int, int] | None]] = [
        (c, "number", None) for c, reading in spec.readings.items() if reading == "number"
    ]
    kinds += [
        (c, "text of Latin letters or figures", None)
        for c, reading in spec.readings.items()
        if reading == "text"
    ]
    kinds += [
        (c, name, limits)
        for columns in _dates(spec)
        for c, name, limits in zip(columns, ("year", "month", "day"), PARTS, strict=True)
    ]
    for column, name, limits in kinds:
        held = texts[written.get(column, column)].fill_null("").str.strip_chars() != ""
        values = read[column].filter(held)
        wrong = values.is_null()
        if limits is not None:
            wrong |= ~(values.is_between(*limits) | (values == 0)).fill_null(value=True)
        if len(values) >= ENOUGH and wrong.sum() > UNREADABLE * len(values):
            raise ContractError(
                f"{source}: column {column} is declared as a {name}, and {wrong.sum()} of its "
                f"{len(values)} values are none.",
                remedy="Correct the columns of the date (year, month, day), its forme, or the kind; "
                "transliterate what is written in other letters.",
            )


def _text(column: str) -> pl.Expr:
    text = plain(pl.col(column), keep="A-Z0-9")
    return pl.when(text != "").then(text).alias(column)


def _list(column: str, separator: str | None, *, split: bool) -> pl.Expr:
    """Return the values of a text, or those of a list, plain, each once; none is the empty list."""
    values = pl.col(column)
    if split:
        values = values.fill_null("")
        values = values.str.split(separator) if separator else pl.concat_list(values)
    # Spaces within a value say nothing: 06 12 34 is 061234.
    bare = values.list.eval(plain(pl.element(), keep="A-Z0-9@").str.replace_all(" ", ""))
    kept = bare.list.eval(pl.element().filter(pl.element() != ""))
    return kept.list.unique().list.sort().alias(column)


def _number(column: str) -> pl.Expr:
    """Return a number, decimal comma or point; what is none is unknown."""
    text = pl.col(column).str.strip_chars().str.replace(",", ".", literal=True)
    return text.cast(pl.Float64, strict=False).alias(column)


def _whole(column: str) -> pl.Expr:
    """Return a part of a date that has a column of its own."""
    number = _number(column)
    return number.cast(pl.Int32, strict=False).alias(column)


def _parts(column: str, names: tuple[str, str, str], form: str) -> list[pl.Expr]:
    """Return year, month and day of a date in its declared form; what is no number is unknown."""
    text = pl.col(column).str.strip_chars()
    order = sorted(DATE_MARKS, key=form.index)
    if re.search("AAAA(MM|JJ)|(MM|JJ)(AAAA|MM|JJ)", form):
        places = [(form.index(mark), len(mark)) for mark in DATE_MARKS]
        found = [text.str.slice(start, length) for start, length in places]
    else:
        # Signs part them, so that 1/2/1990 is read as 01/02/1990 is; an hour may follow.
        figures = text.str.extract_all(r"\d+")
        found = [figures.list.get(order.index(mark), null_on_oob=True) for mark in DATE_MARKS]
    return [
        part.cast(pl.Int32, strict=False).alias(name)
        for name, part in zip(names, found, strict=True)
    ]
