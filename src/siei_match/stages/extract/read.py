"""Read one file of a delivery: text columns, numbered rows, and the rows that cannot be cut."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import Avertissement, DeliveryError
from siei_match.reference.vocabulary import REJET
from siei_match.stages.extract.columns import declare, read_columns
from siei_match.stages.extract.parquet import read_parquet
from siei_match.stages.extract.rows import TextReading

logger = logging.getLogger(__name__)

TRANCHE: Final = 250_000
"""Rows of a slice: what a stage that reads slice by slice holds at once."""
NOMBRE_DE_CHAMPS: Final = "nombre_de_champs"


@dataclass(frozen=True)
class Brut:
    """Rows of a file, or of a slice of it, as received.

    `frame` has `ligne` (UInt32, from 1) and the declared columns that may be read, all text, an
    empty field being null; `rejets` the rows with another number of fields; `lignes` is what was
    read: their heights' sum.
    """

    frame: pl.DataFrame
    rejets: pl.DataFrame
    lignes: int
    avertissements: tuple[Avertissement, ...] = ()


def read_file(dossier: Path, fichier: Fichier) -> Brut:
    """Read a whole file. Raises DeliveryError as `read_slices` does."""
    tranches = list(read_slices(dossier, fichier))
    return Brut(
        frame=pl.concat([tranche.frame for tranche in tranches]),
        rejets=pl.concat([tranche.rejets for tranche in tranches]),
        lignes=sum(tranche.lignes for tranche in tranches),
        avertissements=tuple(a for tranche in tranches for a in tranche.avertissements),
    )


def read_slices(dossier: Path, fichier: Fichier, *, taille: int = TRANCHE) -> Iterator[Brut]:
    """Read a file in slices of about `taille` rows, at least one, in the file's order.

    What concerns the whole file (the announced number of rows, a quote left open) is known with
    the last slice only.

    Raises:
        DeliveryError: the file is not what campagne.toml or the contract announces; it says where
            and what to do, and shows no value.
    """
    lues = 0
    en_attente: list[pl.DataFrame] = []
    if fichier.format == "parquet":
        ecartes: list[int] = []
        frames = read_parquet(dossier, fichier)
    else:
        lecture = TextReading(dossier, fichier)
        ecartes, frames = lecture.ecartes, iter(lecture)
    rejetees = 0
    for frame in frames:
        en_attente.append(frame)
        if sum(f.height for f in en_attente) >= taille:
            tranche = _slice(en_attente, ecartes[rejetees:], fichier)
            lues, rejetees, en_attente = lues + tranche.lignes, len(ecartes), []
            yield tranche
    derniere = _slice(en_attente, ecartes[rejetees:], fichier)
    lues += derniere.lignes
    _check_count(lues, fichier)
    if derniere.lignes or lues == 0:
        yield derniere


def _slice(frames: list[pl.DataFrame], ecartes: list[int], fichier: Fichier) -> Brut:
    colonnes = read_columns(declare(fichier))
    vide = pl.DataFrame(schema={"ligne": pl.UInt32} | dict.fromkeys(colonnes, pl.String))
    frame = pl.concat([vide, *frames])
    avertissements = () if frame.height or ecartes else (_warn_empty(fichier),)
    return Brut(frame, _reject(ecartes, fichier), frame.height + len(ecartes), avertissements)


def _warn_empty(fichier: Fichier) -> Avertissement:
    nom = fichier.nom
    return Avertissement(f"{nom} has no rows.", f"Le fichier {nom} n’a aucune ligne.")


def _reject(ecartes: list[int], fichier: Fichier) -> pl.DataFrame:
    rejets = pl.DataFrame({"ligne": ecartes}, schema={"ligne": pl.UInt32}).select(
        extrait=pl.lit(fichier.extrait),
        fichier=pl.lit(fichier.nom),
        ligne="ligne",
        gravite=pl.lit(REJET),
        regle=pl.lit(NOMBRE_DE_CHAMPS),
        colonne=pl.lit(None, dtype=pl.String),
    )
    return rejets.cast(pl.Schema(declaration("tables/rejets").polars_schema))


def _check_count(lues: int, fichier: Fichier) -> None:
    if fichier.lignes is not None and fichier.lignes != lues:
        raise DeliveryError(
            f"{fichier.nom}: {lues} rows were read, campagne.toml announces {fichier.lignes}.",
            remedy="The file was cut or changed on its way: ask its provider for it again.",
        )
