"""The values of a described file in the contract's words: `valeurs` and `formats_dates`."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.description import (
    DateFormat,
    fold_words,
    list_kinds,
    read_date_formats,
)

DATES: Final = ("date", "naissance")
AHEAD: Final = 10
"""Years after the extraction that two digits may still mean: the end of a contract."""


def tell_as_described(frame: pl.DataFrame, fichier: Fichier) -> pl.DataFrame:
    """Return rows as received in the contract's words, as far as their file is described.

    A word that is not described stays as it is, and so does a date that no format fits. Words come
    first: one that is described may stand for a date.
    """
    frame = frame.with_columns(
        _translated(frame[column], words)
        for column, words in fichier.valeurs.items()
        if column in frame.columns
    )
    formats = read_date_formats(fichier.formats_dates)
    if not formats:
        return frame
    return frame.with_columns(
        _told(frame[column], formats, own, fichier.date_extraction)
        for column, own in list_kinds(fichier.extrait, DATES)
        if column in frame.columns
    )


def _translated(received: pl.Series, words: Mapping[str, str]) -> pl.Series:
    """Put the contract's word in the place of the file's, each distinct one looked up once."""
    meant = {fold_words(word): meaning or None for word, meaning in words.items()}
    met = received.drop_nulls().unique().to_list()
    read = {word: meant[folded] for word in met if (folded := fold_words(word)) in meant}
    if not read:
        return received
    return received.replace_strict(
        list(read), list(read.values()), default=received, return_dtype=pl.String
    ).rename(received.name)


def _told(
    received: pl.Series, formats: tuple[DateFormat, ...], own: str | None, extracted: date
) -> pl.Series:
    """Write dates of a format that was described in the extract's own, each distinct one once."""
    texts = received.drop_nulls().unique().to_frame("text")
    read = pl.coalesce(_read(form, own or "%Y-%m-%d", extracted) for form in formats)
    known = texts.with_columns(told=read).drop_nulls()
    if known.is_empty():
        return received
    return received.replace_strict(
        known["text"], known["told"], default=received, return_dtype=pl.String
    ).rename(received.name)


def _read(form: DateFormat, own: str, extracted: date) -> pl.Expr:
    groups = pl.col("text").str.strip_chars().str.extract_groups(form.pattern).struct
    parts = {name: groups.field(str(i)) for i, name in enumerate(form.order, start=1)}
    rest = groups.field("4").fill_null("")
    year = parts.get("year")
    if year is None:
        short = parts["short_year"].cast(pl.Int16)
        last = extracted.year % 100 + AHEAD
        year = (short + pl.when(short <= last).then(2000).otherwise(1900)).cast(pl.String)
    day, month = (parts[name].str.pad_start(2, "0") for name in ("day", "month"))
    # A month above 12 is none: what stands there is left to validation, which says so.
    right = (month.cast(pl.Int16) <= 12) & (day.cast(pl.Int16) <= 31)
    places = {"%d": day, "%m": month, "%Y": year}
    order = sorted(places, key=own.index)
    template = own
    for sign in places:
        template = template.replace(sign, "{}")
    told = pl.format(template + "{}", *(places[sign] for sign in order), rest)
    return pl.when(right).then(told)
