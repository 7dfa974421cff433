"""Every way to reach those who are listed and their guardians, with its source and its date."""

from typing import Final

import polars as pl

from siei_match.reference.contracts import conform, declaration
from siei_match.reference.enrolments import date_debut
from siei_match.reference.people import People
from siei_match.stages.route.contacts import NAME_ORDER

TABLE: Final = "tables/coordonnees_liste"
YOUNG, GUARDIAN, SECOND = "jeune", "responsable", "second_responsable"
PHONE, MAIL, HOME = "telephone", "courriel", "adresse"
OF_WHOM: Final = {YOUNG: 0, GUARDIAN: 1, SECOND: 2}
KINDS: Final = {PHONE: 0, MAIL: 1, HOME: 2}
HELD: Final = (
    (YOUNG, None, PHONE, "telephones"),
    (YOUNG, None, MAIL, "courriel"),
    (YOUNG, None, HOME, "home"),
    (GUARDIAN, "responsable_nom", PHONE, "responsable_telephone"),
    (GUARDIAN, "responsable_nom", MAIL, "responsable_courriel"),
    (SECOND, "responsable2_nom", PHONE, "responsable2_telephone"),
    (SECOND, "responsable2_nom", MAIL, "responsable2_courriel"),
)
"""Whose it is, the column of their name, what it is, and where tables/coordonnees has it."""
RECTIFIABLE: Final = (
    "adresse", "code_postal", "commune", "telephones", "courriel", "responsable_nom",
    "responsable_telephone", "responsable_courriel",
)  # fmt: skip
"""Columns of a list: of who had one put right, nothing but the list says how to reach them."""


def list_contacts(
    signalements: pl.DataFrame, people: People, coordonnees: pl.DataFrame, rectified: pl.DataFrame
) -> pl.DataFrame:
    """List how to reach everybody on the lists (tables/coordonnees_liste), the most recent first.

    Args:
        signalements: tables/signalements of this campaign.
        people: their rows.
        coordonnees: tables/coordonnees of the same rows.
        rectified: id_personne, colonne: what people had put right.

    What several rows say is told once, with the row that began last.
    """
    right = rectified.filter(pl.col("colonne").is_in(RECTIFIABLE)).select("id_personne")
    whose = people.members.join(right, on="id_personne", how="anti").join(
        signalements.select("id_personne", "id_signalement", "psad"), on="id_personne"
    )
    begun = people.enrolments.select("rid", depuis=date_debut()).unique("rid", keep="first")
    rows = (
        coordonnees.join(whose, on="rid")
        .join(people.traits.select("rid", source="extrait"), on="rid")
        .join(begun, on="rid", how="left")
        .with_columns(home=_home(), telephones=pl.col("telephones").fill_null([]))
    )
    parts = [_part(rows, *held) for held in HELD]
    ranks = {source: rank for rank, source in enumerate(NAME_ORDER)}
    told = pl.concat(parts).sort(
        "psad",
        "id_signalement",
        pl.col("de_qui").replace_strict(OF_WHOM, return_dtype=pl.Int8),
        pl.col("nature").replace_strict(KINDS, return_dtype=pl.Int8),
        pl.col("depuis").dt.epoch("d") * -1,
        pl.col("source").replace_strict(ranks, return_dtype=pl.Int8),
        "nom",
        "valeur",
        nulls_last=True,
    )
    once = told.unique(
        ["id_signalement", "de_qui", "nature", "valeur"], keep="first", maintain_order=True
    )
    return conform(once.select(declaration(TABLE).columns), TABLE)


def _home() -> pl.Expr:
    town = pl.concat_str("code_postal", "commune", separator=" ", ignore_nulls=True)
    whole = pl.concat_str("adresse", town.replace("", None), separator=", ", ignore_nulls=True)
    return pl.when(pl.col("adresse").is_not_null()).then(whole)


def _part(
    rows: pl.DataFrame, of_whom: str, name: str | None, kind: str, column: str
) -> pl.DataFrame:
    frame = rows.explode(column) if column == "telephones" else rows
    return frame.filter(pl.col(column).is_not_null() & (pl.col(column) != "")).select(
        "id_signalement", "psad", "depuis",
        source=pl.col("source").cast(pl.String),
        de_qui=pl.lit(of_whom),
        nom=pl.col(name) if name else pl.lit(None, pl.String),
        nature=pl.lit(kind),
        valeur=pl.col(column),
    )  # fmt: skip
