"""What stands around a value and is none of it: taken off in one place, before anything is read.

Invisible characters, spaces and hyphens that only look like those of a keyboard, the guards of
exporters (`="0123"`, `'0123`), the `.0` of a number that was one, and the words by which software
writes that there is nothing (`NULL`, `nan`, `#N/A`). A column is rewritten only where one of its
values asks for it: a delivery as it should be costs a look at each column.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

Field = Mapping[str, Any]

SURNAME: Final = "nom"
NAMES: Final = (SURNAME, "prenom")
TEXTS: Final = ("texte", "courriel")
"""Kinds in which a figure or an apostrophe may be meant as it stands, as in names."""

INVISIBLE: Final = (
    r"[\x{00AD}\x{034F}\x{061C}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}"
    r"\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FE00}-\x{FE0F}\x{FEFF}]"
)
"""Soft hyphen, zero-width space and joiners, marks of direction, byte order mark: no width at all."""
SPACES: Final = r"[\t\x{00A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}]"
HYPHENS: Final = r"[\x{2010}-\x{2015}\x{2212}\x{FE58}\x{FE63}\x{FF0D}]"

MARKS: Final = ("-", "--", "---", ".", "/")
"""What stands alone where there is nothing, and is no word."""

ABSENT: Final = (
    "null", "(null)", "<null>", "[null]", "none", "nan", "nat", "<na>", "na", "n/a", "n.a.", "n/d",
    "nd", "nil", "#n/a", "#n/d", "#ref!", "#null!", "#valeur!", "#value!", "#nom?", "#name?",
    "#div/0!", "(vide)", "vide", "(blank)", "undefined", "\\n", "néant", "neant", *MARKS,
)  # fmt: skip
"""In a code, a date or a number, whatever the case: nothing."""
ABSENT_TEXTS: Final = (
    "null", "NULL", "(null)", "(NULL)", "<null>", "<NULL>", "[null]", "[NULL]", "None", "none",
    "nan", "NaN", "NaT", "<NA>", "N/A", "n/a", "#N/A", "#n/a", "#N/D", "#REF!", "#NULL!",
    "#VALEUR!", "#VALUE!", "#NOM?", "#NAME?", "#DIV/0!", "(vide)", "(VIDE)", "(Vide)", "(blank)",
    "undefined", "\\N", *MARKS,
)  # fmt: skip
"""In a name or a text: only what software writes, as it writes it. Null, Nan, NAN, NA, None in
capitals are people (and Nan a town); NULL is not, unless the row says so (`_is_somebody`)."""
ABSENT_WORDS: Final = (*ABSENT_TEXTS, "néant", "Néant", "NÉANT", "neant", "Neant", "NEANT")
"""In a first name or a text; Néant is a surname."""

LIKE_NAMES: Final = ("None", "none", "nan")
"""Words for nothing that are written as names are."""
RARE: Final = 2_000
"""Rows of what is read at once for one of them, from which it is somebody's name."""

_GUARD: Final = r'^(?:=["\s]*)+(.*?)["\s]*$'
_WHOLE_GUARD: Final = r'^="\s*(.*?)\s*"$'
"""What a name or an address must wear to be undressed: an `=` alone is what was typed there."""
_SPREADSHEET_ZERO: Final = r"^([0-9]+)[.,]00?$"
_LONGEST: Final = max(len(word.encode()) for word in (*ABSENT, *ABSENT_WORDS))


def clean(frame: pl.DataFrame, fields: Iterable[Field]) -> pl.DataFrame:
    """Return `frame` with what surrounds its values taken off, and what says nothing absent.

    Input: `frame` as extraction gives it; the declared fields that may be read. Output: `ligne`
    and these, each value trimmed, null where nothing is left.
    """
    kinds = {field["name"]: field["siei"]["kind"] for field in fields}
    cleaned = frame.select("ligne", *(_trim(pl.col(name)).alias(name) for name in kinds))
    held = {name: bytes_of(cleaned[name]) for name in kinds}
    veiled = _find_veiled(cleaned, held)
    cleaned = cleaned.with_columns(_trim(_unveil(pl.col(name))) for name in veiled)
    held |= {name: bytes_of(cleaned[name]) for name in veiled}
    cleaned = _strip_guards(cleaned, kinds, held)
    cleaned = _whole(cleaned, kinds, held)
    return _empty(cleaned, kinds, held)


def bytes_of(column: pl.Series) -> bytes:
    """All the text of a column, one value after the other: what it cannot hold is known at once."""
    told = column.to_arrow().cast(pa.large_string()).buffers()[2]
    return bytes(told) if told is not None else b""


def _trim(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().replace("", None)


def _find_veiled(frame: pl.DataFrame, held: Mapping[str, bytes]) -> list[str]:
    """Name the columns that hold invisible characters, or look-alikes of spaces and hyphens."""
    asked = f"{INVISIBLE}|{SPACES}|{HYPHENS}"
    # Of the characters told here only the tab is a single byte.
    strange = [name for name, text in held.items() if not text.isascii() or b"\t" in text]
    return _columns_where(frame, {c: pl.col(c).str.contains(asked).any() for c in strange})


def _unveil(text: pl.Expr) -> pl.Expr:
    """Take invisible characters off; make plain spaces and hyphens of their look-alikes."""
    plain = text.str.replace_all(INVISIBLE, "").str.replace_all(SPACES, " ")
    return plain.str.replace_all(HYPHENS, "-")


def _strip_guards(
    frame: pl.DataFrame, kinds: Mapping[str, str], held: Mapping[str, bytes]
) -> pl.DataFrame:
    """Take off `="…"`, and in a code the apostrophe, by which a spreadsheet is told to keep a zero."""
    signed = [name for name in kinds if b"=" in held[name]]
    guarded = _columns_where(frame, {c: pl.col(c).str.starts_with("=").any() for c in signed})
    codes = [name for name, kind in kinds.items() if kind not in (*NAMES, *TEXTS)]
    guards = {c: _GUARD if c in codes else _WHOLE_GUARD for c in guarded}
    frame = frame.with_columns(
        _trim(pl.col(c).str.replace(guard, "${1}")) for c, guard in guards.items()
    )
    marks = {
        # In a text it guards a figure; of a name it may be the first letter (`'t Hooft`).
        name: "^['’]+([0-9])" if kind in TEXTS else "^['’]+(.)"
        for name, kind in kinds.items()
        if kind not in NAMES and any(mark in held[name] for mark in (b"'", "’".encode()))
    }
    quoted = _columns_where(frame, {c: pl.col(c).str.contains(m).any() for c, m in marks.items()})
    return frame.with_columns(_trim(pl.col(c).str.replace(marks[c], "${1}")) for c in quoted)


def _whole(
    frame: pl.DataFrame, kinds: Mapping[str, str], held: Mapping[str, bytes]
) -> pl.DataFrame:
    """Give a number that became one with decimals (`75056.0`) its own spelling back."""
    codes = [
        name
        for name, kind in kinds.items()
        if kind not in (*NAMES, *TEXTS) and (b"." in held[name] or b"," in held[name])
    ]
    decimal = _columns_where(
        frame, {c: pl.col(c).str.contains(r"[0-9][.,]00?$").any() for c in codes}
    )
    return frame.with_columns(pl.col(c).str.replace(_SPREADSHEET_ZERO, "${1}") for c in decimal)


def _empty(
    frame: pl.DataFrame, kinds: Mapping[str, str], held: Mapping[str, bytes]
) -> pl.DataFrame:
    """Make absent what software writes where there is nothing."""
    says = {
        # A column of figures holds no word: what is taken off leaves no new one.
        name: pl.col(name).is_in(MARKS) if _figures(held[name]) else _says_nothing(name, kind)
        for name, kind in kinds.items()
    }
    named = _columns_where(frame, {name: told.any() for name, told in says.items()})
    somebody = _is_somebody(kinds)
    return frame.with_columns(
        pl.when(
            says[name] & ~(somebody & (pl.col(name) == "NULL")) & ~_is_rare(name)
            if kinds[name] == SURNAME
            else says[name] & ~_is_rare(name)
            if kinds[name] in NAMES
            else says[name]
        )
        .then(None)
        .otherwise(pl.col(name))
        .alias(name)
        for name in named
    )


def _figures(text: bytes) -> bool:
    """Whether no character of a column comes after the figures, as every letter does."""
    return not text or int(np.frombuffer(text, np.uint8).max()) <= ord("9")


def _says_nothing(name: str, kind: str) -> pl.Expr:
    column = pl.col(name)
    if kind == SURNAME:
        return column.is_in(ABSENT_TEXTS)
    if kind in (*NAMES, *TEXTS):
        return column.is_in(ABSENT_WORDS)
    short = pl.when(column.str.len_bytes() <= _LONGEST).then(column)
    return short.str.to_lowercase().is_in(ABSENT)


def _is_somebody(kinds: Mapping[str, str]) -> pl.Expr:
    """Whether a row is of somebody named NULL: an e-mail address of theirs, or of theirs, says it.

    The surname exists, and an extract in capitals writes it as software writes nothing. Nothing
    is far the more frequent; where the row does not say otherwise, it is that.
    """
    mails = [pl.col(name) for name, kind in kinds.items() if kind == "courriel"]
    says = [mail.str.contains(r"(?i)(?:^|[^a-z])null(?:[^a-z].*)?@") for mail in mails]
    return pl.any_horizontal(pl.lit(value=False), *(said.fill_null(value=False) for said in says))


def _is_rare(name: str) -> pl.Expr:
    """Whether a name is None or nan, too seldom for what software writes.

    A few hundred French people are called None, and Nans is a first name that loses its last letter. Where
    nothing is written so, it is so in many rows.
    """
    named = pl.col(name).is_in(LIKE_NAMES)
    return named & (named.sum() * RARE < pl.len())


def _columns_where(frame: pl.DataFrame, tests: Mapping[str, pl.Expr]) -> list[str]:
    """Name the columns whose test holds, all looked at together."""
    if not tests:
        return []
    told = frame.select(test.alias(name) for name, test in tests.items()).row(0, named=True)
    return [name for name, holds in told.items() if holds]
