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
# Spellings that change nothing for the ear. Endings stay: MARIN and MARINE, LUCA and LUCAS, LOUIS
# and LOUISE are two names each; so does the first letter: ANNA and HANNA.
SAME_TO_THE_EAR: Final = {
    "EAU": "O", "AU": "O",
    "PH": "F", "CHL": "KL", "CHR": "KR", "CH": "CH", "QU": "K", "CK": "K",
    "CE": "SE", "CI": "SI", "CY": "SI", "C": "K", "Q": "K",
    "GE": "JE", "GI": "JI", "GY": "JI", "Z": "S", "Y": "I", "H": "",
}  # fmt: skip
EAR_DOUBLES: Final = {x * times: x for x in "ABDEFIJKLMNOPRSTUV" for times in (3, 2)}
SILENT_END: Final = "[STDXPEZ]+$"
LENGTH: Final = 5


def sound(word: pl.Expr) -> pl.Expr:
    """Return the sound code of an upper-case A–Z word: first sound, then consonants, at most five.

    Where one sound is left (LEA, LOU, LILOU) the vowels tell names apart, and the code is the word as it
    is heard. A word that would leave nothing stands for itself.
    """
    code = _replace(word, SPELLINGS).str.replace(SILENT_END, "")
    first = code.str.head(1)
    first = pl.when(first.is_in(list("EIOU"))).then(pl.lit("A")).otherwise(first)
    rest = code.str.slice(1).str.replace_all("[AEIOU]", "")
    code = _replace(pl.concat_str(first, rest), DOUBLES).str.head(LENGTH)
    bare = pl.when(code == "").then(word.str.head(LENGTH)).otherwise(code)
    return pl.when(code.str.len_chars() == 1).then("1" + heard(word)).otherwise(bare)


def heard(word: pl.Expr) -> pl.Expr:
    """Return an upper-case A–Z word in a spelling that all words heard exactly alike share."""
    kept = pl.when(word.str.starts_with("H")).then(pl.lit("h") + word.str.slice(1)).otherwise(word)
    code = _replace(kept, SAME_TO_THE_EAR).str.replace("IE$", "I")
    return _replace(code, EAR_DOUBLES)


def _replace(text: pl.Expr, spellings: dict[str, str]) -> pl.Expr:
    return text.str.replace_many(list(spellings), list(spellings.values()), leftmost=True)
