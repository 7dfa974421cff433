"""The platforms' zones (PSAD): the synthetic ones shipped, or the real ones a user puts instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from siei_match.reference.errors import Notice, SettingsError
from siei_match.reference.files import file_sha256
from siei_match.reference.nomenclatures.places import (
    commune_history,
    communes,
    nomenclature_path,
)
from siei_match.reference.vocabulary import UNPLACED

CODE_SHAPE = r"^[A-Za-z0-9_-]{1,40}$"
"""A zone's code names files and folders: letters, digits, hyphen and underscore only."""

OPTIONAL = ("departement", "region", "academie")
REMEDY = "Correct psad.csv and psad_communes.csv, or unset the setting to use the synthetic zones."


@dataclass(frozen=True)
class Psad:
    """The zones and their communes.

    Attributes:
        zones: `code`, `name`, `departement` (code), `region`, `academie` (names), `synthetique`.
        communes: `code_commune` (today's code, unique), `psad`.
        avertissements: what a user's own table leaves to wish; counts, never an error.
        empreintes: SHA-256 of `psad.csv` and of `psad_communes.csv`, by these names.
    """

    zones: pl.DataFrame
    communes: pl.DataFrame
    avertissements: tuple[Notice, ...] = ()
    empreintes: Mapping[str, str] = field(default_factory=dict)


def load_psad(path: Path | None = None) -> Psad:
    """Read the platforms' zones, and check that they can be used.

    Args:
        path: a folder with `psad.csv` (`code`, `name`, and if wanted `departement`, `region`,
            `academie`, `synthetique`) and `psad_communes.csv` (`code_commune`, `psad`), both
            separated by `;`. None: the 383 synthetic zones shipped with siei-match.

    Raises:
        SettingsError: a file or a column is missing, a code is unusable, unknown or repeated, or
            a commune stands in two zones.
    """
    folder = nomenclature_path("") if path is None else path
    files = folder / "psad.csv", folder / "psad_communes.csv"
    zones = _check_zones(_read(files[0], ("code", "nom")))
    raw = _read(files[1], ("code_commune", "psad"))
    placed, former = _check_communes(raw.select("code_commune", "psad"), zones)
    missing = communes().height - placed.height
    empreintes = {file.name: file_sha256(file) for file in files}
    return Psad(zones, placed, tuple(_warn(former, missing)), empreintes)


def _warn(former: int, missing: int) -> Iterator[Notice]:
    if former:
        yield Notice(
            f"psad_communes.csv: {former} former commune codes taken to today's.",
            f"Table des plateformes : {former} anciens codes de commune remplacés par les actuels.",
        )
    if missing:
        yield Notice(
            f"psad_communes.csv: {missing} communes of today stand in no zone.",
            f"Table des plateformes : {missing} communes ne sont le territoire d’aucune.",
        )


def _read(file: Path, required: tuple[str, ...]) -> pl.DataFrame:
    try:
        frame = pl.read_csv(file, separator=";", infer_schema=False)
    except (OSError, pl.exceptions.PolarsError):
        raise SettingsError(f"{file.name}: not found or not readable.", remedy=REMEDY) from None
    absent = [column for column in required if column not in frame.columns]
    if absent:
        raise SettingsError(f"{file.name}: columns missing {absent}.", remedy=REMEDY)
    empty = frame.select(pl.any_horizontal(pl.col(*required).is_null()).sum()).item()
    if empty:
        raise SettingsError(f"{file.name}: {empty} rows lack one of {required}.", remedy=REMEDY)
    return frame


def _check_zones(raw: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("code")
    unusable = raw.filter(~code.str.contains(CODE_SHAPE) | (code == UNPLACED)).height
    if unusable:
        raise SettingsError(
            f"psad.csv: {unusable} codes are not made of letters, digits, - and _ only.",
            remedy=REMEDY,
        )
    # Two codes that differ by case alone would share a folder on some file systems.
    repeated = raw.height - raw.select(code.str.to_lowercase().n_unique()).item()
    if repeated or not raw.height:
        raise SettingsError(f"psad.csv: {raw.height} zones, {repeated} repeated.", remedy=REMEDY)
    frame = raw.with_columns(
        [pl.lit(None, pl.String).alias(name) for name in OPTIONAL if name not in raw.columns]
    )
    synthetic = pl.col("synthetique") == "oui" if "synthetique" in raw.columns else pl.lit(False)
    return frame.select("code", "nom", *OPTIONAL, synthetique=synthetic.fill_null(False)).sort(
        "code"
    )


def _check_communes(raw: pl.DataFrame, zones: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """Return the communes of today with their zone, and how many codes were former ones."""
    name = "psad_communes.csv"
    orphans = raw.join(zones, left_on="psad", right_on="code", how="anti").height
    if orphans:
        raise SettingsError(
            f"{name}: {orphans} rows name a zone unknown to psad.csv.", remedy=REMEDY
        )
    repeated = raw.height - raw["code_commune"].n_unique()
    if repeated:
        raise SettingsError(f"{name}: {repeated} communes stand there twice.", remedy=REMEDY)
    resolved = raw.join(commune_history(), left_on="code_commune", right_on="code", how="left")
    unknown = resolved["current_code"].null_count()
    if unknown:
        raise SettingsError(f"{name}: {unknown} commune codes are unknown.", remedy=REMEDY)
    placed = resolved.select(code_commune="current_code", psad="psad").unique()
    torn = placed.height - placed["code_commune"].n_unique()
    if torn:
        raise SettingsError(
            f"{name}: {torn} communes of today stand in two zones, through former codes.",
            remedy=REMEDY,
        )
    former = resolved.filter(pl.col("code_commune") != pl.col("current_code")).height
    return placed.sort("code_commune"), former
