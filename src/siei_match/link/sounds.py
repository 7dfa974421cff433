"""A sound code for French names: what is heard alike is written alike.

Meant for blocking only: it must bring typing by ear together; comparing is done elsewhere.
"""

from typing import Final

import polars as pl

# Order matters: longer spellings first. French spelling has many ways for one sound; the list
# follows the usual "Soundex français"/Phonex tables, then keeps the consonants.
SPELLINGS: Final = (
    ("PH", "F"),
    ("EAU", "O"),
    ("AU", "O"),
    ("OU", "U"),
    ("QU", "K"),
    ("CK", "K"),
    ("SCH", "C"),
    ("CH", "C"),
    ("SH", "C"),
    ("C([EIY])", "S$1"),
    ("C", "K"),
    ("Q", "K"),
    ("G([EIY])", "J$1"),
    ("GN", "N"),
    ("DJ", "J"),
    ("TH", "T"),
    ("Z", "S"),
    ("X", "S"),
    ("W", "V"),
    ("Y", "I"),
    ("H", ""),
)
SILENT_END: Final = "[STDXPEZ]+$"
LENGTH: Final = 5


def sound(word: pl.Expr) -> pl.Expr:
    """Return the sound code of an upper-case A–Z word: first sound, then consonants, at most five.

    A word that would leave nothing stands for itself.
    """
    code = word
    for spelling, sounds in SPELLINGS:
        code = code.str.replace_all(spelling, sounds)
    code = code.str.replace(SILENT_END, "")
    first = code.str.head(1).replace(["A", "E", "I", "O", "U"], ["A", "A", "A", "A", "A"])
    rest = code.str.slice(1).str.replace_all("[AEIOU]", "")
    code = pl.concat_str(first, rest)
    for letter in "BDFGJKLMNPRSTV":
        code = code.str.replace_all(f"{letter}+", letter)
    code = code.str.head(LENGTH)
    return pl.when(code == "").then(word.str.head(LENGTH)).otherwise(code)
