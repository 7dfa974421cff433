"""The platforms' zones (PSAD): the synthetic ones shipped, or the real ones a user puts instead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from siei_match.reference.errors import Notice, SettingsError
from siei_match.reference.files import file_sha256
from siei_match.reference.listing import first_of
from siei_match.reference.nomenclatures.places import (
    commune_history,
    communes,
    nomenclature_path,
)
from siei_match.reference.vocabulary import UNPLACED

CODE_SHAPE = r"^[A-Za-z0-9_-]{1,40}$"
"""A zone's code names files and folders: letters, digits, hyphen and underscore only."""

BOUNDS = ("valide_du", "valide_au")
"""First and last day on which a row holds."""
SHOWN = 5
OPTIONAL = ("departement", "region", "academie")
REMEDY = "Correct psad.csv and psad_communes.csv, or unset the setting to use the synthetic zones."


def _no_split() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(("code_commune", "code_postal", "psad"), pl.String))


@dataclass(frozen=True)
class Psad:
    """The zones and their communes, as they are on a day.

    Attributes:
        zones: `code`, `name`, `departement` (code), `region`, `academie` (names), `synthetique`.
        communes: `code_commune` (today's code, unique), `psad`.
        split: `code_commune`, `code_postal`, `psad`: the parts of communes that have another platform
            than the rest, by postal code.
        avertissements: what a user's own table leaves to wish; counts, never an error.
        empreintes: SHA-256 of `psad.csv` and of `psad_communes.csv`, by these names.
    """

    zones: pl.DataFrame
    communes: pl.DataFrame
    split: pl.DataFrame = field(default_factory=_no_split)
    avertissements: tuple[Notice, ...] = ()
    empreintes: Mapping[str, str] = field(default_factory=dict)


def load_psad(path: Path | None = None, day: date | None = None) -> Psad:
    """Read the platforms' zones as they are on a day, and check that they can be used.

    Args:
        path: a folder with `psad.csv` (`code`, `name`, and if wanted `departement`, `region`,
            `academie`, `synthetique`) and `psad_communes.csv` (`code_commune`, `psad`, and if wanted
            `code_postal`), both separated by `;`. Rows of either may be dated, `valide_du` and
            `valide_au` (AAAA-MM-JJ, both ends included). None: the 383 synthetic zones shipped.
        day: the rows in force on it are read; None: those that have no end.

    Raises:
        SettingsError: a file or a column is missing, a code is unusable, unknown or repeated, a date
            is none, or a commune, or a postal code of it, stands in two zones on the day.
    """
    folder = nomenclature_path("") if path is None else path
    files = folder / "psad.csv", folder / "psad_communes.csv"
    zones = _check_zones(_in_force(_read(files[0], ("code", "nom")), files[0], day))
    raw = _in_force(_read(files[1], ("code_commune", "psad")), files[1], day)
    if "code_postal" not in raw.columns:
        raw = raw.with_columns(code_postal=pl.lit(None, pl.String))
    placed, former, split = _check_communes(
        raw.select("code_commune", pl.col("code_postal").str.zfill(5), "psad"), zones
    )
    missing = communes().height - placed.height
    empreintes = {file.name: file_sha256(file) for file in files}
    return Psad(zones, placed, split, tuple(_warn(former, missing)), empreintes)


def _in_force(frame: pl.DataFrame, file: Path, day: date | None) -> pl.DataFrame:
    """Keep the rows that hold on a day."""
    for bound in BOUNDS:
        if bound not in frame.columns:
            frame = frame.with_columns(pl.lit(None, pl.String).alias(bound))
    dated = frame.with_columns(
        pl.col(bound).str.to_date("%Y-%m-%d", strict=False).alias(f"_{bound}") for bound in BOUNDS
    )
    unread = sum(
        dated.filter(pl.col(bound).is_not_null() & pl.col(f"_{bound}").is_null()).height
        for bound in BOUNDS
    )
    if unread:
        raise SettingsError(
            f"{file.name}: {unread} dates are not written AAAA-MM-JJ.", remedy=REMEDY
        )
    if day is None:
        held = dated.filter(pl.col("_valide_au").is_null())
    else:
        held = dated.filter(
            (pl.col("_valide_du") <= day).fill_null(value=True),
            (pl.col("_valide_au") >= day).fill_null(value=True),
        )
    return held.drop("_valide_du", "_valide_au")


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


def _check_communes(
    raw: pl.DataFrame, zones: pl.DataFrame
) -> tuple[pl.DataFrame, int, pl.DataFrame]:
    """Return the communes of today with their zone, how many codes were former ones, and the split ones."""
    name = "psad_communes.csv"
    orphans = raw.join(zones, left_on="psad", right_on="code", how="anti").height
    if orphans:
        raise SettingsError(
            f"{name}: {orphans} rows name a zone unknown to psad.csv on that day.", remedy=REMEDY
        )
    place = ["code_commune", "code_postal"]
    repeated = raw.filter(pl.struct(place).is_duplicated())["code_commune"]
    if repeated.len():
        raise SettingsError(f"{name}: {_name(repeated)} stand there twice.", remedy=REMEDY)
    resolved = raw.join(commune_history(), left_on="code_commune", right_on="code", how="left")
    unknown = resolved.filter(pl.col("current_code").is_null())["code_commune"]
    if unknown.len():
        raise SettingsError(
            f"{name}: {unknown.len()} commune codes are unknown ({first_of(unknown.to_list(), SHOWN)}).",
            remedy=REMEDY,
        )
    every = resolved.select(code_commune="current_code", code_postal="code_postal", psad="psad")
    torn = every.unique().filter(pl.struct(place).is_duplicated())["code_commune"]
    if torn.len():
        raise SettingsError(
            f"{name}: {_name(torn)} of today stand in two zones, through former codes.",
            remedy=f"{REMEDY} By postal code (code_postal) a commune may have several.",
        )
    placed = every.filter(pl.col("code_postal").is_null()).drop("code_postal").unique()
    split = every.drop_nulls("code_postal").unique().sort(place)
    partial = split.join(placed, on="code_commune", how="anti")["code_commune"]
    if partial.len():
        raise SettingsError(
            f"{name}: {_name(partial)} have platforms by postal code, and none for the rest.",
            remedy="Add a row of each to psad_communes.csv without code_postal: addresses may lack a postal code, or have another.",
        )
    former = resolved.filter(pl.col("code_commune") != pl.col("current_code")).height
    return placed.sort("code_commune"), former, split


def _name(codes: pl.Series) -> str:
    """Say how many communes, and the first of them."""
    found = codes.unique().sort().to_list()
    return f"{len(found)} communes ({first_of(found, SHOWN)})"
