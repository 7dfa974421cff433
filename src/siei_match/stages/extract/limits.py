"""Fields that cannot be meant: far too long, or a quote that was opened and never closed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.stages.extract.streams import CheckedStream

MOST_CHARACTERS: Final = 10_000
MOST_LINE_BREAKS: Final = 20
BLOC: Final = 1 << 24
"""Bytes that one row may take."""

_LINE_BREAK: Final = r"\r\n|\r|\n"
_CHUNK: Final = 1 << 20
# Where a field stands: nothing read, plain text, within quotes, just after a quote within quotes.
_DEBUT, _NU, _CITE, _CLOSED = range(4)


def check_fields(frame: pl.DataFrame, fichier: Fichier, *, separator: str | None = None) -> None:
    """Stop at a field over 10,000 characters or 20 line breaks; `frame` numbers rows in `ligne`.

    With `separator`, at one too that holds it and a line break: a text that was read with a quote
    left open before it came here. The quotes of a text are looked at as it is read (records.py).

    Raises:
        DeliveryError: names the file and the row.
    """
    texts = [c for c, dtype in frame.schema.items() if dtype == pl.String]
    if not texts or frame.is_empty():
        return
    lengths = frame.select(pl.col(texts).str.len_bytes().max()).row(0)
    longs = [c for c, n in zip(texts, lengths, strict=True) if n and n > MOST_CHARACTERS]
    # Without as many characters there cannot be more line breaks than that.
    wide = [c for c, n in zip(texts, lengths, strict=True) if n and n > MOST_LINE_BREAKS]
    for column in wide:
        if frame[column].str.contains(r"[\r\n]").any():
            line_breaks = pl.col(column).str.count_matches(_LINE_BREAK)
            _refuse(frame, line_breaks > MOST_LINE_BREAKS, fichier, too_long=False)
            if separator is not None:
                _refuse_swallowed(frame, column, separator, fichier)
    for column in longs:
        _refuse(frame, pl.col(column).str.len_chars() > MOST_CHARACTERS, fichier, too_long=True)


def _refuse(frame: pl.DataFrame, excess: pl.Expr, fichier: Fichier, *, too_long: bool) -> None:
    row = frame.select(pl.col("ligne").filter(excess).min()).item()
    if row is not None:
        raise runaway(fichier, row, too_long=too_long)


def _refuse_swallowed(frame: pl.DataFrame, column: str, separator: str, fichier: Fichier) -> None:
    text = pl.col(column).str
    holds = text.contains(r"[\r\n]") & text.contains(separator, literal=True)
    row = frame.select(pl.col("ligne").filter(holds).min()).item()
    if row is not None:
        raise DeliveryError(
            f"{fichier.nom}: row {row}, column {column} holds a line break and a separator, as where "
            "a quote was left open and several rows were read as one.",
            remedy="Ask its provider how it was made, and for a new file.",
        )


def runaway(fichier: Fichier, row: int | None, *, too_long: bool) -> DeliveryError:
    """Return the error of a field that runs away, at a row if it is known."""
    where = f"row {row}" if row else "a row"
    if too_long:
        return DeliveryError(
            f"{fichier.nom}: {where} holds a field of more than {MOST_CHARACTERS} characters.",
            remedy="Look there for a separator or a quote that is missing; ask for a new file.",
            code="champ_trop_long",
            ligne=row or 0,
        )
    return DeliveryError(
        f"{fichier.nom}: {where} opens a quote that is not closed in its field "
        f"(over {MOST_LINE_BREAKS} line breaks, or the end of the file).",
        remedy="Close or double that quote, or ask its provider for a new file.",
        code="guillemet",
        ligne=row or 0,
    )


def check_row(text: str, row: int, fichier: Fichier, separator: str, *, cite: bool) -> None:
    """Stop at a row of another number of fields if one of its fields runs away.

    Raises:
        DeliveryError: names the file and the row.
    """
    line_breaks = text.count("\n") + text.count("\r")
    if len(text) > MOST_CHARACTERS or line_breaks > MOST_LINE_BREAKS:
        for measure in measure_rows([text, "\n"], separator, cite=cite):
            if measure.is_inflated:
                raise runaway(fichier, row, too_long=measure.line_breaks <= MOST_LINE_BREAKS)


def locate_runaway(
    flux: CheckedStream, separator: str, *, cite: bool, heading: bool
) -> DeliveryError:
    """Read a file again, slowly, to name the row at which reading it quickly failed."""
    chunks = iter(lambda: flux.read(_CHUNK).decode("utf-8", "replace"), "")
    for row, measure in enumerate(measure_rows(chunks, separator, cite=cite), int(not heading)):
        if measure.is_inflated or measure.is_open:
            too_long = not measure.is_open and measure.line_breaks <= MOST_LINE_BREAKS
            return runaway(flux.fichier, row, too_long=too_long)
    return DeliveryError(
        f"{flux.fichier.nom}: a row is longer than {BLOC} bytes.",
        remedy="Look for a line break that is missing, or ask its provider for a new file.",
        code="champ_trop_long",
        ligne=0,
    )


@dataclass(frozen=True)
class RowMeasure:
    """The longest field of a row, its most line breaks, and whether a quote stayed open."""

    length: int
    line_breaks: int
    is_open: bool = False

    @property
    def is_inflated(self) -> bool:
        return self.length > MOST_CHARACTERS or self.line_breaks > MOST_LINE_BREAKS


def measure_rows(chunks: Iterable[str], separator: str, *, cite: bool) -> Iterator[RowMeasure]:
    """Measure the rows of a text that are not blank, as pyarrow cuts them; stop at an open quote.

    A quote opens a field at its first character only, and is doubled within; after it closes, the
    rest of the field is plain. Without `cite`, quotes are letters.
    """
    marks = re.compile(rf"\r\n|[\r\n{re.escape(separator)}{chr(34) if cite else ''}]")
    state, champ, row, empty = _DEBUT, RowMeasure(0, 0), RowMeasure(0, 0), True
    for mark in _cut(chunks, marks):
        line_break = mark[0] in "\r\n"
        if state == _CITE:
            if mark == '"':
                state = _CLOSED
                continue
            champ = RowMeasure(champ.length + len(mark), champ.line_breaks + line_break)
            if champ.is_inflated:
                break
        elif line_break or mark == separator:
            row = RowMeasure(max(row.length, champ.length), max(row.line_breaks, champ.line_breaks))
            champ, state, empty = RowMeasure(0, 0), _DEBUT, empty and line_break
            if line_break and not empty:
                yield row
                row, empty = RowMeasure(0, 0), True
        else:
            opens = cite and mark == '"' and state != _NU
            # The quote that opens a field is no part of it; one doubled within is.
            length = 0 if opens and state == _DEBUT else len(mark)
            champ = RowMeasure(champ.length + length, champ.line_breaks)
            state, empty = (_CITE if opens else _NU), False
            if champ.is_inflated:
                # Known by now: a file of quotes alone would be read to its end, one by one.
                yield RowMeasure(champ.length, champ.line_breaks, is_open=opens)
                return
    if state == _CITE:
        yield RowMeasure(champ.length, champ.line_breaks, is_open=True)


def _cut(chunks: Iterable[str], marks: re.Pattern[str]) -> Iterator[str]:
    """Cut a text at its separators, quotes and line breaks, all given back."""
    for chunk in chunks:
        fin = 0
        for mark in marks.finditer(chunk):
            if mark.start() > fin:
                yield chunk[fin : mark.start()]
            yield mark[0]
            fin = mark.end()
        if fin < len(chunk):
            yield chunk[fin:]
