"""Text that was spoilt on its way: put right where it has one meaning, told where a letter is lost.

`PrÃ©vostel` is UTF-8 that was read in one byte per letter: the bytes say what it was. `&eacute;` is a
letter as web pages write it. `Gu?ridon` has lost one: what it was cannot be known, and the question mark
that stands for it is printed as it is.
"""

import codecs
import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import polars as pl

from siei_match.reference.contracts import Declaration, declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import Notice
from siei_match.reference.vocabulary import AVERTISSEMENT

REPAIRED: Final = "texte_repare"
LOST: Final = "lettres_perdues"
REPLACEMENT: Final = "\ufffd"
CODECS: Final = ("cp1252", "iso8859-15", "mac_roman", "cp850", "cp437")
"""What UTF-8 is read as by mistake: on Windows, in old exports, on a Mac, in a DOS window."""
LEADS: Final = ("\u00c2", "\u00c3", "\u00c4", "\u00c5", "\u00cc", "\u00e2\u20ac", "\u00ef\u00bf\u00bd", "\u221a", "\u00ac", "\u2248",
         "\u251c", "\u252c", "\u253c")  # fmt: skip
"""What the first byte of a letter of French looks like in them."""
SIGNS: Final = (*LEADS, "&", "?", REPLACEMENT)
"""A text without any of these is left as it is, unread."""
FRENCH: Final = frozenset("àâäçéèêëîïôöùûüœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒÆ")
MARKS: Final = frozenset("’‘“”«»–—°€…·ºª\u00a0\u202f" + REPLACEMENT)
"""What else than letters a repaired text may hold."""
MOST_TURNS: Final = 3
"""How often one text may have been spoilt."""

_ENTITY: Final = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]")
_HOLE: Final = re.compile(r"[^\W\d_]\?|\?[^\W\d_]")
_BROKEN: Final = re.compile("[\u00c2\u00c3][^\\w\\s'-]")


def repair_text(
    frame: pl.DataFrame, declared: Declaration, fichier: Fichier
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Put right the texts of a slice in the columns that the rule `texte_repare` of its extract names.

    Input: rows as extraction gives them. Returns them, and their lines in the table of rejets: a warning
    `texte_repare` for each value that was put right, `lettres_perdues` for each in which a letter is lost.
    Nothing is read of a column in which no sign of either stands.
    """
    found = [pl.DataFrame(schema=declaration("tables/rejets").polars_schema)]
    for column in _columns(declared, REPAIRED):
        is_spoilt = frame[column].str.contains_any(list(SIGNS)).fill_null(value=False)
        if not is_spoilt.any():
            continue
        spoilt = frame[column].filter(is_spoilt).unique()
        read = {text: repair_value(text) for text in spoilt}
        right = {text: repaired for text, repaired in read.items() if repaired != text}
        lost = [text for text in spoilt if has_lost(text, read[text])]
        # What no longer is what came, or shows that a letter is missing: by the value that came.
        told = {REPAIRED: [text for text in right if text.replace(REPLACEMENT, "?") != read[text]]}
        if column in _columns(declared, LOST):
            told[LOST] = lost
        found += [
            _tell(frame.filter(pl.col(column).is_in(texts)), fichier, rule, column)
            for rule, texts in told.items()
            if texts
        ]
        if right:
            frame = frame.with_columns(pl.col(column).replace(right))
    return frame, pl.concat(found)


def _columns(declared: Declaration, rule: str) -> list[str]:
    return [c for r in declared.siei["regles"] if r["rule"] == rule for c in r["colonnes"]]


def _tell(rows: pl.DataFrame, fichier: Fichier, rule: str, column: str) -> pl.DataFrame:
    return rows.select(
        extrait=pl.lit(fichier.extrait),
        fichier=pl.lit(fichier.nom),
        ligne="ligne",
        gravite=pl.lit(AVERTISSEMENT),
        regle=pl.lit(rule),
        colonne=pl.lit(column),
    ).cast(pl.Schema(declaration("tables/rejets").polars_schema))


def repair_value(text: str) -> str:
    """Return what a text was, as far as it has one meaning; a lost letter is a question mark."""
    for _ in range(MOST_TURNS):
        before, text = text, _read_again(_decode_entities(text))
        if text == before:
            break
    return text.replace(REPLACEMENT, "?")


def has_lost(text: str, repaired: str) -> bool:
    """True where a letter is missing, or cannot be told, in a text that was put right."""
    patterns = (_HOLE, _BROKEN)
    is_broken = any(pattern.search(repaired) for pattern in patterns)
    return REPLACEMENT in text or is_broken or bool(_readings(repaired))


def _decode_entities(text: str) -> str:
    if "&" not in text or not _ENTITY.search(text):
        return text
    decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    # A control character or a line break is no letter of a name.
    return decoded if _is_plain(decoded) else text


def _is_plain(text: str) -> bool:
    return not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") for letter in text)


def _read_again(text: str) -> str:
    """Read the bytes of a text as the UTF-8 that they are, if that has one result."""
    read = _readings(text)
    return read.pop() if len(read) == 1 else text


def _readings(text: str, turns: int = MOST_TURNS) -> set[str]:
    """Return what a text may have been, as UTF-8 that was read in another way: the likeliest letters."""
    if not turns or not any(lead in text for lead in LEADS):
        return set()
    found: set[str] = set()
    for table in TABLES:
        read = _decode(text, table)
        if read is not None and all(map(_is_of_a_name, _foreign(read))):
            found.add(read)
        elif read is not None:
            found |= _readings(read, turns - 1)
    ranks = {read: max(map(_rank, _foreign(read)), default=0) for read in found}
    return {read for read in found if ranks[read] == min(ranks.values())}


@cache
def _rank(letter: str) -> int:
    """Rank what a letter of a name in France may be: French, of its neighbours, of others."""
    if letter in FRENCH | MARKS:
        return 0
    return 1 if letter <= "\u017f" else 2


def _decode(text: str, table: dict[int, int]) -> str | None:
    try:
        read = codecs.charmap_encode(text, "strict", table)[0].decode()
    except UnicodeError:
        return None
    return read if read != text else None


def _foreign(text: str) -> set[str]:
    return set(_FOREIGN.findall(text))


@cache
def _is_of_a_name(letter: str) -> bool:
    is_accent = "\u0300" <= letter <= "\u036f"
    return letter in MARKS or is_accent or unicodedata.name(letter, "").startswith("LATIN ")


def _table(codec: str) -> dict[int, int]:
    """Return the byte of each letter; a byte that Windows-1252 leaves free is a control character."""
    letters = {byte: byte for byte in range(256)} if codec == "cp1252" else {}
    for byte in range(256):
        try:
            letters[ord(bytes([byte]).decode(codec))] = byte
        except UnicodeDecodeError:
            continue
    return letters


TABLES: Final = tuple(map(_table, CODECS))


def tell_texts(nom: str, rules: Mapping[tuple[str, str, str | None], int]) -> Iterator[Notice]:
    """Tell how many values of a file were put right, and how many will be printed with a hole.

    Input: how often each rule was broken, by (gravite, regle, colonne).
    """
    repaired, lost = (
        {column: n for (_, name, column), n in rules.items() if name == rule and column}
        for rule in (REPAIRED, LOST)
    )
    if repaired:
        columns = ", ".join(sorted(repaired))
        yield Notice(
            f"{nom}: {sum(repaired.values())} values of {columns} were in another encoding, or written as "
            "for a web page, and were put right.",
            f"Dans {nom}, {sum(repaired.values())} valeurs de {columns} étaient mal encodées ou écrites "
            "comme pour une page web : elles ont été rétablies.",
        )
    if lost:
        columns = ", ".join(sorted(lost))
        yield Notice(
            f"{nom}: {sum(lost.values())} values of {columns} have lost letters, and are listed as they "
            "are.",
            f"Dans {nom}, {sum(lost.values())} valeurs de {columns} ont perdu des lettres (un « ? » tient "
            "leur place) et figurent ainsi sur les listes : demandez un nouvel export en UTF-8.",
        )
