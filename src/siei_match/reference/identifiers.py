"""Identifiers of schools, pupils, training modules, diplomas and communes, checked.

Polars expressions that say true or false, and null where the value is absent; they want the exact
spelling, without spaces and in capitals.

Sources: for the UAI's key SACoche and the SIFA instructions; for the INE datagouv/apistration
(`validate_ine.rb`) and betagouv/sante-psy; for the MEF and the diploma codes the Base centrale des
nomenclatures; for communes INSEE's code officiel géographique.
"""

from typing import Final

import polars as pl

CLES: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""The 23 control letters (no I, O, Q): the letter stands at the number modulo 23."""

_CLE: Final = "[A-HJ-NPR-Z]"
MOTIF_UAI: Final = rf"^[0-9]{{7}}{_CLE}$"
MOTIFS_INE: Final = {
    "bea": rf"^[0-9]{{10}}{_CLE}$",
    # The keys of these four are not published: their shape alone is checked.
    "rnie": r"^[0-9]{9}[A-HJK]{2}$",
    "base36": r"^[0-9A-Z]{10}[0-9]$",
    "apprenti": rf"^[0-9]{{4}}A[0-9]{{5}}{_CLE}$",
    "provisoire": rf"^[0-9]{{4}}D[0-9]{{5}}{_CLE}$",
}
MOTIF_MEF: Final = r"^[0-9]{3}[0-9A-Z]{7,8}$"
"""Three digits of the track, then seven characters (BCN) or eight (SIECLE adds one)."""
MOTIF_DIPLOME: Final = r"^[0-9][0-9A-Z]{7}$"
MOTIF_COMMUNE: Final = r"^[0-9][0-9A-Z][0-9]{3}$"
"""2A and 2B for Corsica, 97x and 98x overseas, 99 and the country's number for those born abroad."""
MOTIF_ETRANGER: Final = r"^99[0-9]{3}$"

_REMPLISSAGES: Final = tuple(chiffre * 10 for chiffre in "0123456789")
"""Ten times one digit fills a field that must not be empty; many people would share it."""

_COMMUNES_INCONNUES: Final = ("00000", "99999")


def is_uai(valeur: pl.Expr) -> pl.Expr:
    """True where `valeur` is a UAI: seven digits and their control letter."""
    return valeur.str.contains(MOTIF_UAI) & has_cle(valeur, chiffres=7)


def is_ine(valeur: pl.Expr) -> pl.Expr:
    """True where `valeur` is an INE of any kind.

    Only the BEA's key is checked, the others' being unpublished.
    """
    sans_cle = "|".join(motif for genre, motif in MOTIFS_INE.items() if genre != "bea")
    bea = valeur.str.contains(MOTIFS_INE["bea"]) & has_cle(valeur, chiffres=10)
    remplissage = valeur.str.head(10).is_in(_REMPLISSAGES)
    return (valeur.str.contains(sans_cle) | bea) & ~remplissage


def is_mef(valeur: pl.Expr) -> pl.Expr:
    """True where `valeur` has the shape of a MEF, of 10 characters (BCN) or 11 (SIECLE)."""
    return valeur.str.contains(MOTIF_MEF) & ~valeur.str.head(10).is_in(_REMPLISSAGES)


def is_diplome(valeur: pl.Expr) -> pl.Expr:
    """True where `valeur` has the shape of a diploma code, 8 characters."""
    return valeur.str.contains(MOTIF_DIPLOME) & ~valeur.is_in([m[:8] for m in _REMPLISSAGES])


def is_commune(valeur: pl.Expr) -> pl.Expr:
    """True where `valeur` has the shape of a commune's code, 99xxx for a country included."""
    return valeur.str.contains(MOTIF_COMMUNE) & ~valeur.is_in(_COMMUNES_INCONNUES)


def is_etranger(valeur: pl.Expr) -> pl.Expr:
    """True where `valeur` is a country in the code officiel géographique: 99xxx."""
    return valeur.str.contains(MOTIF_ETRANGER)


def has_cle(valeur: pl.Expr, *, chiffres: int) -> pl.Expr:
    """True where the letter after the first digits is their control letter."""
    reste = valeur.str.head(chiffres).cast(pl.Int64, strict=False) % len(CLES)
    attendue = reste.replace_strict(
        list(range(len(CLES))), list(CLES), default=None, return_dtype=pl.String
    )
    juste = valeur.str.slice(chiffres) == attendue
    return pl.when(valeur.is_not_null()).then(juste.fill_null(value=False))
