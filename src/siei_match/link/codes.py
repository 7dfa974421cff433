"""Records in integers: what pairs are compared on, gathered by fiche number."""

import polars as pl

from siei_match.link.country import DAYS_OF_BIRTH, STRENGTH, lean
from siei_match.link.fiches import CONTACTS, Fiches
from siei_match.nomenclatures import lieux_parts

DATE = ("naissance_annee", "naissance_mois", "naissance_jour")


def code_fiches(fiches: Fiches, contacts: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Return one row per fiche, in order: integers where only equality matters, and shares.

    Args:
        fiches: the campaign's records.
        contacts: by column of `CONTACTS`, `valeur` and its `code`.

    Returns: `source`, `noms`, `prenoms`, `mot_naissance`, `mot_usage`, `mot_prenom` (numbers of
    words in one space, so that an inverted name shows), `sexe`, the parts of the birth date and
    `naissance_epoque` (days), `lieu`, `lieu_departement`, `commune`, `commune_departement`,
    `rue`, `ine`, lists of numbers `telephones` and `courriels`, and the shares of the birth date,
    birthplace and commune among all fiches: `part_naissance`, `part_lieu`, `part_adresse`.
    """
    table = fiches.table.with_columns(
        _compact("nom_naissance", "mot_naissance"),
        _compact("nom_usage", "mot_usage"),
        _compact("prenom1", "mot_prenom"),
    )
    words = number(pl.concat([table[c] for c in ("mot_naissance", "mot_usage", "mot_prenom")]))
    for column in ("mot_naissance", "mot_usage", "mot_prenom"):
        table = (
            table.join(words, left_on=column, right_on="valeur", how="left", maintain_order="left")
            .drop(column)
            .rename({"code": column})
        )
    coded = table.select(
        "source",
        "noms",
        "prenoms",
        "mot_naissance",
        "mot_usage",
        "mot_prenom",
        _dense("sexe"),
        *DATE,
        pl.when(pl.all_horizontal(pl.col(c).is_not_null() for c in DATE))
        .then(pl.date(*(pl.col(c) for c in DATE)))
        .dt.epoch("d")
        .alias("naissance_epoque"),
        _dense("naissance_lieu").alias("lieu"),
        _dense(pl.col("naissance_lieu").str.head(2)).alias("lieu_departement"),
        _dense("commune"),
        _dense(pl.col("commune").str.head(2)).alias("commune_departement"),
        _dense("adresse").alias("rue"),
        _dense("ine"),
        _share_of_dates().alias("part_naissance"),
        _share_of_places(table, "naissance_lieu").alias("part_lieu"),
        _share_of_places(table, "commune").alias("part_adresse"),
    )
    lists = [_code_lists(fiches.table, column, contacts[column]) for column in CONTACTS]
    return coded.with_columns(*lists)


def number(values: pl.Series) -> pl.DataFrame:
    """Return `valeur` and `code` (UInt32) of the distinct values, in their order."""
    distinct = values.drop_nulls().unique().sort().alias("valeur")
    return pl.DataFrame([distinct]).with_row_index("code").select("valeur", "code")


def _compact(column: str, name: str) -> pl.Expr:
    return pl.col(column).str.replace_all(" ", "").alias(name)


def _dense(column: str | pl.Expr) -> pl.Expr:
    values = pl.col(column) if isinstance(column, str) else column
    return values.rank("dense").cast(pl.UInt32)


def _share_of_dates() -> pl.Expr:
    known = pl.all_horizontal(pl.col(c).is_not_null() for c in DATE)
    born = pl.len().over(DATE) + STRENGTH / DAYS_OF_BIRTH
    return pl.when(known).then(born / (known.sum() + STRENGTH))


def _share_of_places(table: pl.DataFrame, column: str) -> pl.Series:
    places = table[column].alias("valeur")
    counts = places.drop_nulls().value_counts(name="len")
    shares = lean(counts, len(places) - places.null_count(), lieux_parts())
    return places.to_frame().join(shares, on="valeur", how="left", maintain_order="left")["part"]


def _code_lists(table: pl.DataFrame, column: str, codes: pl.DataFrame) -> pl.Series:
    numbered = (
        table.select("fiche", pl.col(column).alias("valeur"))
        .explode("valeur")
        .join(codes, on="valeur")
        .group_by("fiche")
        .agg(pl.col("code").sort())
    )
    joined = table.select("fiche").join(numbered, on="fiche", how="left", maintain_order="left")
    return joined["code"].alias(column)
