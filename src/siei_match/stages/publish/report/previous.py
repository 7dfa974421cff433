"""The campaign before, to compare with."""

import json
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from siei_match.output import MANIFESTE, read_published
from siei_match.reference.errors import OutputError


@dataclass(frozen=True)
class Precedente:
    """What the report compares with. Its identifiers are those of its own day."""

    code: str
    lignes: pl.DataFrame
    """extrait, lignes, rejetees: one row per extract that it received."""
    rejets: pl.DataFrame
    signalements: pl.DataFrame


def read_precedente(folder: Path | None) -> Precedente | None:
    """Read the folder of the campaign prepared before this one; None if it is the first.

    Raises:
        OutputError: a table or the manifest of that campaign cannot be read.
    """
    if folder is None:
        return None
    code, lignes = _read_lignes(folder / MANIFESTE)
    return Precedente(
        code=code,
        lignes=lignes,
        rejets=read_published(folder / "rejets.parquet"),
        signalements=read_published(folder / "signalements.parquet"),
    )


def _read_lignes(manifeste: Path) -> tuple[str, pl.DataFrame]:
    try:
        told = json.loads(manifeste.read_text(encoding="utf-8"))
        code = str(told["campagne"]["code"])
        rows = [(f["extrait"], f["lignes"], f["rejetees"]) for f in told["entrees"]]
    except (ValueError, KeyError, OSError):
        raise OutputError(
            f"{manifeste} is missing or damaged.",
            remedy="Restore this folder from a back-up, or run that campaign again.",
        ) from None
    schema = {"extrait": pl.String, "lignes": pl.Int64, "rejetees": pl.Int64}
    lignes = pl.DataFrame(rows, schema, orient="row")
    return code, lignes.group_by("extrait").sum().sort("extrait")
