"""What a list shows of a person whose rows say different things: which row gives what."""

from typing import Final

import polars as pl

from siei_match.reference.vocabulary import (
    AGRICOLE,
    APPRENTISSAGE,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    EXTRAITS_PERSONNES,
    MISSIONS_LOCALES,
    SCOLARITE,
)

ORDRE_NOMS: Final = (
    SCOLARITE,
    DIPLOMES,
    DIPLOMES_AGRICOLES,
    APPRENTISSAGE,
    MISSIONS_LOCALES,
    AGRICOLE,
)
"""Whose spelling of a name is shown, best first: SIECLE writes both names with their accents,
examination rolls the name of birth, SIFA capitals without accents, i-milo what was typed at a
desk; FREGATA knows usual names only."""

NOMS: Final = ["nom_naissance", "nom_usage", "prenoms"]
ADRESSE: Final = ["adresse", "code_postal", "commune"]
RESPONSABLE: Final = ["responsable_nom", "responsable_telephone", "responsable_courriel"]


def choose_noms(lignes: pl.DataFrame) -> pl.DataFrame:
    """Choose the row that names each person: personne, nom_naissance, nom_usage, prenoms.

    All from one row: one with a name of birth before one without, then the extracts in
    `ORDRE_NOMS`, then the most recent row.
    """
    rang = pl.col("extrait").replace_strict(
        {extrait: rang for rang, extrait in enumerate(ORDRE_NOMS)}, return_dtype=pl.Int8
    )
    return _first(
        lignes.with_columns(sans_nom=pl.col("nom_naissance").is_null(), rang=rang),
        ["sans_nom", "rang", "anciennete"],
        NOMS,
    )


def choose_adresses(lignes: pl.DataFrame, residences: pl.DataFrame) -> pl.DataFrame:
    """Choose the address: that of the row that gave the residence, else the most recent one.

    Input: `residences` (personne, rid). Output: personne, adresse, code_postal, commune, all from
    one row.
    """
    placees = residences.select("personne", "rid", place=pl.lit(value=False))
    avec = lignes.filter(~pl.all_horizontal(pl.col(ADRESSE).is_null()))
    return _first(
        avec.join(placees, on=["personne", "rid"], how="left").with_columns(
            ailleurs=pl.col("place").fill_null(value=True)
        ),
        ["ailleurs", "anciennete"],
        ADRESSE,
    )


def choose_responsables(lignes: pl.DataFrame) -> pl.DataFrame:
    """Choose the guardian of the most recent row that names or reaches one, all from that row."""
    avec = lignes.filter(~pl.all_horizontal(pl.col(RESPONSABLE).is_null()))
    return _first(avec, ["anciennete"], RESPONSABLE)


def choose_courriels(lignes: pl.DataFrame) -> pl.DataFrame:
    """Choose the e-mail of the most recent row that has one."""
    return _first(lignes.filter(pl.col("courriel").is_not_null()), ["anciennete"], ["courriel"])


def join_telephones(lignes: pl.DataFrame) -> pl.DataFrame:
    """Join all the telephones of each young person, the most recent row's first, each once."""
    return (
        lignes.filter(pl.col("telephones").list.len() > 0)
        .select("personne", "anciennete", "telephones", suite=pl.col("telephones").list.join(","))
        .sort("personne", "anciennete", "suite", nulls_last=True)
        .explode("telephones")
        .drop_nulls("telephones")
        .unique(["personne", "telephones"], keep="first", maintain_order=True)
        .group_by("personne", maintain_order=True)
        .agg(pl.col("telephones").str.join(", "))
    )


def choose_majoritaire(lignes: pl.DataFrame, colonne: str) -> pl.DataFrame:
    """Choose the value that most rows give: personne, `colonne`.

    Of two, the one of the first extract in the order of the contract, then the lesser.
    """
    rang = pl.col("extrait").replace_strict(
        {extrait: rang for rang, extrait in enumerate(EXTRAITS_PERSONNES)}, return_dtype=pl.Int8
    )
    return (
        lignes.filter(pl.col(colonne).is_not_null())
        .group_by("personne", colonne)
        .agg(nombre=pl.len(), rang=rang.min())
        .sort("personne", "nombre", "rang", colonne, descending=[False, True, False, False])
        .unique("personne", keep="first", maintain_order=True)
        .select("personne", colonne)
    )


def _first(lignes: pl.DataFrame, ordre: list[str], valeurs: list[str]) -> pl.DataFrame:
    """Keep of each person the first row by `ordre`, then by the values themselves."""
    return (
        lignes.select("personne", *ordre, *valeurs)
        .sort("personne", *ordre, *valeurs, nulls_last=True)
        .unique("personne", keep="first", maintain_order=True)
        .select("personne", *valeurs)
    )
