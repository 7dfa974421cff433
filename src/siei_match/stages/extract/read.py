"""Read one file of a delivery: text columns, numbered rows, and the rows that cannot be cut."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError, Notice
from siei_match.reference.vocabulary import REJET
from siei_match.stages.extract.columns import declare, read_columns
from siei_match.stages.extract.described import tell_as_described
from siei_match.stages.extract.json import JsonReading
from siei_match.stages.extract.parquet import read_parquet
from siei_match.stages.extract.rows import TextReading
from siei_match.stages.extract.siecle import SiecleReading
from siei_match.stages.extract.workbooks import WorkbookReading

logger = logging.getLogger(__name__)

SLICE: Final = 250_000
"""Rows of a slice: what a stage that reads slice by slice holds at once."""
NUMBER_OF_FIELDS: Final = "nombre_de_champs"
READERS: Final[Mapping[str, Callable[[Path, Fichier], Iterable[pl.DataFrame]]]] = {
    "parquet": read_parquet,
    "json": JsonReading,
    "xml": SiecleReading,
    "classeur": WorkbookReading,
}
"""What reads a file that is no text, by its form."""


@dataclass(frozen=True)
class RawSlice:
    """Rows of a file, or of a slice of it, as received.

    `frame` has `ligne` (UInt32, from 1) and the declared columns that may be read, all text, an
    empty field being null; `rejets` the rows with another number of fields; `lignes` is what was
    read: their heights' sum.
    """

    frame: pl.DataFrame
    rejets: pl.DataFrame
    lignes: int
    avertissements: tuple[Notice, ...] = ()


def read_file(dossier: Path, fichier: Fichier) -> RawSlice:
    """Read a whole file. Raises DeliveryError as `read_slices` does."""
    slices = list(read_slices(dossier, fichier))
    return RawSlice(
        frame=pl.concat([slice_.frame for slice_ in slices]),
        rejets=pl.concat([slice_.rejets for slice_ in slices]),
        lignes=sum(slice_.lignes for slice_ in slices),
        avertissements=tuple(a for slice_ in slices for a in slice_.avertissements),
    )


def read_slices(dossier: Path, fichier: Fichier, *, size: int = SLICE) -> Iterator[RawSlice]:
    """Read a file in slices of about `size` rows, at least one, in the file's order.

    What concerns the whole file (the announced number of rows, a quote left open) is known with
    the last slice only.

    Raises:
        DeliveryError: the file is not what campagne.toml or the contract announces; it says where
            and what to do, and shows no value.
    """
    rows_read = 0
    waiting: list[pl.DataFrame] = []
    lecture = TextReading(dossier, fichier) if fichier.format == "csv" else None
    skipped: list[int] = lecture.skipped if lecture else []
    reading = lecture or READERS[fichier.format](dossier, fichier)
    rejetees = 0
    for frame in reading:
        waiting.append(frame)
        if sum(f.height for f in waiting) >= size:
            # Looked at once: what reads ahead goes on adding to it.
            others = skipped[rejetees:]
            slice_ = _slice(waiting, others, fichier)
            rows_read, rejetees, waiting = rows_read + slice_.lignes, rejetees + len(others), []
            yield slice_
    derniere = _slice(waiting, skipped[rejetees:], fichier)
    rows_read += derniere.lignes
    _check_count(rows_read, fichier)
    told = _tell_whole(rows_read, lecture.flux.marks if lecture else 0, fichier)
    told += getattr(reading, "notices", ())
    if derniere.lignes or rows_read == 0 or told:
        yield replace(derniere, avertissements=told)


def _slice(frames: list[pl.DataFrame], skipped: list[int], fichier: Fichier) -> RawSlice:
    columns = read_columns(declare(fichier))
    empty = pl.DataFrame(schema={"ligne": pl.UInt32} | dict.fromkeys(columns, pl.String))
    frame = tell_as_described(pl.concat([empty, *frames]), fichier)
    return RawSlice(frame, _reject(skipped, fichier), frame.height + len(skipped))


def _tell_whole(rows_read: int, marks: int, fichier: Fichier) -> tuple[Notice, ...]:
    """Tell what is known of a file once it is read to its end."""
    name, told = fichier.nom, []
    if not rows_read and not fichier.is_read_beside:
        told.append(Notice(f"{name} has no rows.", f"Le fichier {name} n’a aucune ligne."))
    if marks:
        told.append(
            Notice(
                f"{name}: {marks} lines within it begin with a byte order mark: files were joined.",
                f"Dans {name}, {marks} lignes commencent par une marque d’ordre des octets : des "
                "fichiers y ont été mis bout à bout.",
            )
        )
    return tuple(told)


def _reject(skipped: list[int], fichier: Fichier) -> pl.DataFrame:
    rejets = pl.DataFrame({"ligne": skipped}, schema={"ligne": pl.UInt32}).select(
        extrait=pl.lit(fichier.extrait),
        fichier=pl.lit(fichier.nom),
        ligne="ligne",
        gravite=pl.lit(REJET),
        regle=pl.lit(NUMBER_OF_FIELDS),
        colonne=pl.lit(None, dtype=pl.String),
    )
    return rejets.cast(pl.Schema(declaration("tables/rejets").polars_schema))


def _check_count(rows_read: int, fichier: Fichier) -> None:
    if fichier.lignes is not None and fichier.lignes != rows_read:
        raise DeliveryError(
            f"{fichier.nom}: {rows_read} rows were read, campagne.toml announces {fichier.lignes}.",
            remedy="The file was cut or changed on its way: ask its provider for it again.",
            code="lignes_annoncees",
            read=rows_read,
            announced=fichier.lignes,
        )
