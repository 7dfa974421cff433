"""What an enrolment's dates mean, read alike by the decision and by the routing (contract, 4)."""

from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    MISSIONS_LOCALES,
    SCOLARITE,
)

ORDRE_EXTRAITS: Final = (SCOLARITE, AGRICOLE, APPRENTISSAGE, MISSIONS_LOCALES)
"""Which row comes first among those that begin on the same day."""

# A date fits 17 bits as days since 1900 (until 2258), a school year 12: a whole order fits Int64,
# so that "the last row of each person" is one maximum and no sort.
_ORIGINE: Final = date(1900, 1, 1)
_JOURS: Final = 1 << 17
_ANNEES: Final = 1 << 12


def date_rentree(annee: pl.Expr) -> pl.Expr:
    """1 September of a school year, named by the year in which it starts."""
    return pl.date(annee.cast(pl.Int32), 9, 1)


def date_cloture(annee: pl.Expr) -> pl.Expr:
    """31 August, on which a school year ends."""
    return pl.date(annee.cast(pl.Int32) + 1, 8, 31)


def date_debut() -> pl.Expr:
    """First day of a row of `parcours`: as received, else 1 September of its year, else null."""
    return pl.coalesce("debut", date_rentree(pl.col("annee")))


def date_fin() -> pl.Expr:
    """Last day of a row of `parcours`, included: as received, else 31 August of its year.

    Every SIFA row runs to 31 August: the file is a census and knows no exit. A follow-up without
    an end has none: null.
    """
    recue = pl.when(pl.col("extrait") != APPRENTISSAGE).then("fin")
    return pl.coalesce(recue, date_cloture(pl.col("annee")))


def cle_recence() -> pl.Expr:
    """The order in which a person's rows of `parcours` follow one another, greatest last.

    Began last; on the same day the extracts' order; then the later school year, then the later
    end. A row without any date comes before all others.
    """
    rang = pl.col("extrait").replace_strict(
        {extrait: 7 - rang for rang, extrait in enumerate(ORDRE_EXTRAITS)},
        default=0,
        return_dtype=pl.Int64,
    )
    annee = pl.col("annee").cast(pl.Int64).fill_null(0).clip(0, _ANNEES - 1)
    fin = _jours(date_fin()).fill_null(_JOURS - 1)
    return (((_jours(date_debut()).fill_null(0) * 8 + rang) * _ANNEES + annee) * _JOURS) + fin


def keep_last(lignes: pl.DataFrame, cle: str, departage: list[str]) -> pl.DataFrame:
    """Keep the row of greatest `cle` of each `personne`; of equals, the first by `departage`.

    `departage` names columns of values, never a row number: the order of the rows of a file must
    not decide anything.
    """
    sommets = lignes.group_by("personne").agg(pl.col(cle).max())
    retenues = lignes.join(sommets, on=["personne", cle], how="semi")
    repetees = pl.col("personne").is_duplicated()
    # Ties are rare: only they are worth a sort.
    departagees = (
        retenues.filter(repetees)
        .sort("personne", *departage, nulls_last=True)
        .unique("personne", keep="first", maintain_order=True)
    )
    return pl.concat([retenues.filter(~repetees), departagees])


def _jours(jour: pl.Expr) -> pl.Expr:
    return (jour - pl.lit(_ORIGINE)).dt.total_days().clip(0, _JOURS - 1)
