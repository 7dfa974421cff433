"""A sound code for French names: what is heard alike is written alike.

Meant for blocking only: it must bring typing by ear together; comparing is done elsewhere.
"""

from typing import Final

import polars as pl

# Read from left to right, the first that fits wins. French spelling has many ways for one sound; the
# list follows the usual "Soundex français"/Phonex tables, then keeps the consonants.
SPELLINGS: Final = {
    "EAU": "O", "AU": "O", "OU": "U",
    "PH": "F", "QU": "K", "CK": "K", "SCH": "C", "CH": "C", "SH": "C",
    "CE": "SE", "CI": "SI", "CY": "SI", "C": "K", "Q": "K",
    "GE": "JE", "GI": "JI", "GY": "JI", "GN": "N", "DJ": "J", "TH": "T",
    "Z": "S", "X": "S", "W": "V", "Y": "I", "H": "",
}  # fmt: skip
DOUBLES: Final = {letter * times: letter for letter in "BDFGJKLMNPRSTV" for times in (3, 2)}
SILENT_END: Final = "[STDXPEZ]+$"
LENGTH: Final = 5


def sound(word: pl.Expr) -> pl.Expr:
    """Return the sound code of an upper-case A–Z word: first sound, then consonants, at most five.

    A word that would leave nothing stands for itself.
    """
    code = _replace(word, SPELLINGS).str.replace(SILENT_END, "")
    first = code.str.head(1)
    first = pl.when(first.is_in(list("EIOU"))).then(pl.lit("A")).otherwise(first)
    rest = code.str.slice(1).str.replace_all("[AEIOU]", "")
    code = _replace(pl.concat_str(first, rest), DOUBLES).str.head(LENGTH)
    return pl.when(code == "").then(word.str.head(LENGTH)).otherwise(code)


def _replace(text: pl.Expr, spellings: dict[str, str]) -> pl.Expr:
    return text.str.replace_many(list(spellings), list(spellings.values()), leftmost=True)
