"""What a rectification does to a campaign's tables: before the decision, and on the lists."""

from typing import Final

import polars as pl

from siei_match.reference.nomenclatures import communes

NAISSANCE: Final = "date_naissance"
COMMUNE: Final = "commune"
PARTS: Final = {"naissance_annee": 0, "naissance_mois": 1, "naissance_jour": 2}
"""The parts of a date AAAA-MM-JJ, of which the last may be missing."""


def rectify_traits(
    traits: pl.DataFrame, personnes: pl.DataFrame, rectifications: pl.DataFrame
) -> pl.DataFrame:
    """Put the right birth date and commune of residence on the rows of `traits`.

    Args:
        traits: tables/traits, in their order.
        personnes: rid, id_personne.
        rectifications: tables/rectifications.

    A commune replaces those that the person's rows give; if none gives one, it is given to all:
    which row tells the residence, and with it the address, stays what it was.
    """
    whose = traits.select("rid").join(
        personnes.select("rid", "id_personne"), on="rid", how="left", maintain_order="left"
    )
    frame = traits.with_columns(whose["id_personne"])
    births = _values(rectifications, NAISSANCE)
    if births.height:
        frame = frame.join(births, on="id_personne", how="left", maintain_order="left")
        parts = pl.col("valeur").str.split("-")
        frame = frame.with_columns(
            pl.when("rectified")
            .then(parts.list.get(rank, null_on_oob=True).cast(traits.schema[name]))
            .otherwise(name)
            .alias(name)
            for name, rank in PARTS.items()
        ).drop("rectified", "valeur")
    residences = _values(rectifications, COMMUNE)
    if residences.height:
        frame = frame.join(residences, on="id_personne", how="left", maintain_order="left")
        nowhere = pl.col(COMMUNE).is_null().all().over("id_personne")
        frame = frame.with_columns(
            pl.when(pl.col("rectified") & (pl.col(COMMUNE).is_not_null() | nowhere))
            .then("valeur")
            .otherwise(COMMUNE)
            .alias(COMMUNE)
        )
    return frame.select(traits.columns)


def rectify_lists(
    lists: pl.DataFrame, signalements: pl.DataFrame, rectifications: pl.DataFrame
) -> pl.DataFrame:
    """Show the right values on the lists; the order of the rows stays.

    Args:
        lists: tables/liste.
        signalements: id_signalement, id_personne.
        rectifications: tables/rectifications.
    """
    names = signalements.select("id_signalement", "id_personne").unique("id_signalement")
    frame = lists.join(names, on="id_signalement", how="left", maintain_order="left")
    for column in rectifications["colonne"].unique().sort():
        frame = frame.join(
            _shown(_values(rectifications, column), column),
            on="id_personne",
            how="left",
            maintain_order="left",
        )
        frame = frame.with_columns(
            pl.when("rectified").then("valeur").otherwise(column).alias(column)
        ).drop("rectified", "valeur")
    return frame.select(lists.columns)


def _values(rectifications: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return id_personne, valeur, rectifie (true) of one column."""
    return rectifications.filter(pl.col("colonne") == column).select(
        "id_personne", "valeur", rectified=pl.lit(value=True)
    )


def _shown(values: pl.DataFrame, column: str) -> pl.DataFrame:
    if column != COMMUNE:
        return values
    known = communes()
    return values.with_columns(
        pl.col("valeur").replace_strict(known["code"], known["nom"], default=None)
    )
