"""What a list shows of a person whose rows say different things: which row gives what."""

from typing import Final

import polars as pl

from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    CONTRATS,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    MISSIONS_LOCALES,
    PERSON_EXTRACTS,
    SCOLARITE,
)

NAME_ORDER: Final = (
    SCOLARITE,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    APPRENTISSAGE,
    CONTRATS,
    MISSIONS_LOCALES,
    AGRICOLE,
)
"""Whose spelling of a name is shown, best first: SIECLE writes both names with their accents,
examination rolls the name of birth, SIFA capitals without accents, i-milo what was typed at a
desk; FREGATA knows usual names only."""

NAMES: Final = ["nom_naissance", "nom_usage", "prenoms"]
ADDRESS: Final = ["adresse", "code_postal", "commune"]
RESPONSABLE: Final = ["responsable_nom", "responsable_telephone", "responsable_courriel"]


def choose_names(rows: pl.DataFrame) -> pl.DataFrame:
    """Choose the row that names each person: personne, nom_naissance, nom_usage, prenoms.

    All from one row: one with a name of birth before one without, then the extracts in
    `NAME_ORDER`, then the most recent row.
    """
    rang = pl.col("extrait").replace_strict(
        {extrait: rang for rang, extrait in enumerate(NAME_ORDER)}, return_dtype=pl.Int8
    )
    return _first(
        rows.with_columns(sans_nom=pl.col("nom_naissance").is_null(), rang=rang),
        ["sans_nom", "rang", "seniority"],
        NAMES,
    )


def choose_addresses(rows: pl.DataFrame, residences: pl.DataFrame) -> pl.DataFrame:
    """Choose the address: that of the row that gave the residence, else the most recent one.

    Input: `residences` (personne, rid). Output: personne, adresse, code_postal, commune, all from
    one row.
    """
    placed = residences.select("personne", "rid", place=pl.lit(value=False))
    with_identifier = rows.filter(~pl.all_horizontal(pl.col(ADDRESS).is_null()))
    return _first(
        with_identifier.join(placed, on=["personne", "rid"], how="left").with_columns(
            elsewhere=pl.col("place").fill_null(value=True)
        ),
        ["elsewhere", "seniority"],
        ADDRESS,
    )


def choose_guardians(rows: pl.DataFrame) -> pl.DataFrame:
    """Choose the guardian of the most recent row that names or reaches one, all from that row."""
    with_identifier = rows.filter(~pl.all_horizontal(pl.col(RESPONSABLE).is_null()))
    return _first(with_identifier, ["seniority"], RESPONSABLE)


def choose_mails(rows: pl.DataFrame) -> pl.DataFrame:
    """Choose the e-mail of the most recent row that has one."""
    return _first(rows.filter(pl.col("courriel").is_not_null()), ["seniority"], ["courriel"])


def join_telephones(rows: pl.DataFrame) -> pl.DataFrame:
    """Join all the telephones of each young person, the most recent row's first, each once."""
    return (
        rows.filter(pl.col("telephones").list.len() > 0)
        .select("personne", "seniority", "telephones", suite=pl.col("telephones").list.join(","))
        .sort("personne", "seniority", "suite", nulls_last=True)
        .explode("telephones")
        .drop_nulls("telephones")
        .unique(["personne", "telephones"], keep="first", maintain_order=True)
        .group_by("personne", maintain_order=True)
        .agg(pl.col("telephones").str.join(", "))
    )


def choose_commonest(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Choose the value that most rows give: personne, `column`.

    Of two, the one of the first extract in the order of the contract, then the lesser.
    """
    rang = pl.col("extrait").replace_strict(
        {extrait: rang for rang, extrait in enumerate(PERSON_EXTRACTS)}, return_dtype=pl.Int8
    )
    return (
        rows.filter(pl.col(column).is_not_null())
        .group_by("personne", column)
        .agg(nombre=pl.len(), rang=rang.min())
        .sort("personne", "nombre", "rang", column, descending=[False, True, False, False])
        .unique("personne", keep="first", maintain_order=True)
        .select("personne", column)
    )


def _first(rows: pl.DataFrame, order: list[str], values: list[str]) -> pl.DataFrame:
    """Keep of each person the first row by `order`, then by the values themselves."""
    return (
        rows.select("personne", *order, *values)
        .sort("personne", *order, *values, nulls_last=True)
        .unique("personne", keep="first", maintain_order=True)
        .select("personne", *values)
    )
