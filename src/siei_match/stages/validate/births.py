"""Birth dates, whole or partial: what can be read of them, part by part.

00 is an unknown day or month and no error. An impossible day leaves the month and the year, an
impossible month the year (contract, section 1). A day without its month is no part of a date: it
is left out, as unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

_MOTIFS: Final = {
    "%d/%m/%Y": r"^(?P<jour>[0-9]{1,2})/(?P<mois>[0-9]{1,2})/(?P<annee>[0-9]{4})$",
    "%Y-%m-%d": r"^(?P<annee>[0-9]{4})-(?P<mois>[0-9]{1,2})-(?P<jour>[0-9]{1,2})$",
    # SIFA's JJMMAAAA, seven digits where the leading zero was lost.
    "%d%m%Y": r"^(?P<jour>[0-9]{1,2})(?P<mois>[0-9]{2})(?P<annee>[0-9]{4})$",
}
_ANNEE_ISOLEE: Final = r"(?:^|[^0-9])((?:19|20)[0-9]{2})(?:$|[^0-9])"
_ANNEE_FINALE: Final = r"^.{4}((?:19|20)[0-9]{2})$"


@dataclass(frozen=True)
class Naissance:
    """The parts of a birth date as expressions, and those that say what is wrong with it."""

    annee: pl.Expr
    mois: pl.Expr
    jour: pl.Expr
    illisible: pl.Expr
    mois_impossible: pl.Expr
    jour_impossible: pl.Expr


def read_birth(field: Mapping[str, Any]) -> Naissance:
    """Return the expressions that read a birth date in its provider's format."""
    texte, format_attendu = pl.col(field["name"]), field["siei"]["format"]
    parties = texte.str.extract_groups(_MOTIFS[format_attendu])
    annee = parties.struct.field("annee").cast(pl.Int16)
    mois = parties.struct.field("mois").cast(pl.Int8)
    jour = parties.struct.field("jour").cast(pl.Int8)
    mois_connu = mois.is_between(1, 12)
    jour_connu = mois_connu & jour.is_between(1, days_in_month(annee, mois))
    hors_mois = pl.when(mois_connu).then(days_in_month(annee, mois)).otherwise(31)
    seule = texte.str.extract(_ANNEE_ISOLEE)
    if format_attendu == "%d%m%Y":
        seule = pl.coalesce(seule, texte.str.extract(_ANNEE_FINALE))
    return Naissance(
        annee=pl.coalesce(annee, seule.cast(pl.Int16)),
        mois=pl.when(mois_connu).then(mois),
        jour=pl.when(jour_connu).then(jour),
        illisible=annee.is_null() & seule.is_not_null(),
        mois_impossible=(mois > 12).fill_null(value=False),
        jour_impossible=(jour > hors_mois).fill_null(value=False),
    )


def days_in_month(annee: pl.Expr, mois: pl.Expr) -> pl.Expr:
    """How many days a month has, leap years considered."""
    bissextile = ((annee % 4 == 0) & (annee % 100 != 0)) | (annee % 400 == 0)
    fevrier = pl.when(bissextile).then(29).otherwise(28)
    court = pl.when(mois.is_in([4, 6, 9, 11])).then(30).otherwise(31)
    return pl.when(mois == 2).then(fevrier).otherwise(court)
