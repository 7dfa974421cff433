"""Identifiers of schools, pupils, training modules, diplomas and communes, checked.

Polars expressions that say true or false, and null where the value is absent; they want the exact
spelling, without spaces and in capitals.

Sources: for the UAI's key SACoche and the SIFA instructions; for the INE datagouv/apistration
(`validate_ine.rb`) and betagouv/sante-psy; for the MEF and the diploma codes the Base centrale des
nomenclatures; for communes INSEE's code officiel géographique.
"""

from typing import Final

import polars as pl

KEYS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""The 23 control letters (no I, O, Q): the letter stands at the number modulo 23."""

_CLE: Final = "[A-HJ-NPR-Z]"
UAI_PATTERN: Final = rf"^[0-9]{{7}}{_CLE}$"
INE_PATTERNS: Final = {
    "bea": rf"^[0-9]{{10}}{_CLE}$",
    # The keys of these four are not published: their shape alone is checked.
    "rnie": r"^[0-9]{9}[A-HJK]{2}$",
    "base36": r"^[0-9A-Z]{10}[0-9]$",
    "apprenti": rf"^[0-9]{{4}}A[0-9]{{5}}{_CLE}$",
    "provisoire": rf"^[0-9]{{4}}D[0-9]{{5}}{_CLE}$",
}
MEF_PATTERN: Final = r"^[0-9]{3}[0-9A-Z]{7,8}$"
"""Three digits of the track, then seven characters (BCN) or eight (SIECLE adds one)."""
DIPLOMA_PATTERN: Final = r"^[0-9][0-9A-Z]{7}$"
MOTIF_COMMUNE: Final = r"^[0-9][0-9A-Z][0-9]{3}$"
"""2A and 2B for Corsica, 97x and 98x overseas, 99 and the country's number for those born abroad."""
FOREIGN_PATTERN: Final = r"^99[0-9]{3}$"

_OVERSEAS: Final = "^9[78]"

_FILLERS: Final = tuple(digit * 10 for digit in "0123456789")
"""Ten times one digit fills a field that must not be empty; many people would share it."""

_UNKNOWN_COMMUNES: Final = ("00000", "99999")


def is_uai(value: pl.Expr) -> pl.Expr:
    """True where `value` is a UAI: seven digits and their control letter."""
    return value.str.contains(UAI_PATTERN) & has_key(value, digits=7)


def is_ine(value: pl.Expr) -> pl.Expr:
    """True where `value` is an INE of any kind.

    Only the BEA's key is checked, the others' being unpublished.
    """
    without_key = "|".join(motif for genre, motif in INE_PATTERNS.items() if genre != "bea")
    bea = value.str.contains(INE_PATTERNS["bea"]) & has_key(value, digits=10)
    filler = value.str.head(10).is_in(_FILLERS)
    return (value.str.contains(without_key) | bea) & ~filler


def is_mef(value: pl.Expr) -> pl.Expr:
    """True where `value` has the shape of a MEF, of 10 characters (BCN) or 11 (SIECLE)."""
    return value.str.contains(MEF_PATTERN) & ~value.str.head(10).is_in(_FILLERS)


def is_diplome(value: pl.Expr) -> pl.Expr:
    """True where `value` has the shape of a diploma code, 8 characters."""
    return value.str.contains(DIPLOMA_PATTERN) & ~value.is_in([m[:8] for m in _FILLERS])


def is_commune(value: pl.Expr) -> pl.Expr:
    """True where `value` has the shape of a commune's code, 99xxx for a country included."""
    return value.str.contains(MOTIF_COMMUNE) & ~value.is_in(_UNKNOWN_COMMUNES)


def is_foreign(value: pl.Expr) -> pl.Expr:
    """True where `value` is a country in the code officiel géographique: 99xxx."""
    return value.str.contains(FOREIGN_PATTERN)


def departement(code: pl.Expr) -> pl.Expr:
    """The département of a commune's code: what two places may have in common.

    Two characters (2A and 2B among them); three overseas, where 97 and 98 are eleven territories
    as far apart as La Réunion and Wallis; all five abroad (99xxx), where a country is what two
    people may share, and being foreign is not.
    """
    width = (
        pl.when(code.str.starts_with("99"))
        .then(5)
        .when(code.str.contains(_OVERSEAS))
        .then(3)
        .otherwise(2)
    )
    return code.str.head(width)


def has_key(value: pl.Expr, *, digits: int) -> pl.Expr:
    """True where the letter after the first digits is their control letter."""
    rest = value.str.head(digits).cast(pl.Int64, strict=False) % len(KEYS)
    expected = rest.replace_strict(
        list(range(len(KEYS))), list(KEYS), default=None, return_dtype=pl.String
    )
    right = value.str.slice(digits) == expected
    return pl.when(value.is_not_null()).then(right.fill_null(value=False))
