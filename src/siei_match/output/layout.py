"""What stands where in the output folder, and reading what was placed."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output import audit
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError

CAMPAGNES: Final = "campagnes"
MANIFESTE: Final = "manifeste.json"
BASES: Final = ("siei.duckdb", "listes.duckdb")
MEMOIRE: Final = audit.MEMOIRE
STAGING: Final = ".en-cours-"
CODE: Final = re.compile(r"[0-9]{4}-[0-9]{2}")


@dataclass(frozen=True)
class Staging:
    """Where one run prepares what it will place; made by `open_staging`."""

    sortie: Path
    code: str

    @property
    def dossier(self) -> Path:
        return self.sortie / f"{STAGING}{self.code}"

    @property
    def travail(self) -> Path:
        """The folder of the tables that go from one stage to the next."""
        return self.dossier / "travail"

    @property
    def etapes(self) -> Path:
        """Which stages are done, for a run that takes this one up."""
        return self.dossier / "etapes.json"

    @property
    def campagne(self) -> Path:
        """The folder that becomes campagnes/<code>."""
        return self.dossier / "campagne"

    @property
    def publiee(self) -> Path:
        """Where this campaign stands once placed."""
        return self.sortie / CAMPAGNES / self.code


def published_campaigns(sortie: Path) -> dict[str, Path]:
    """Return the folder of each prepared campaign, oldest first."""
    return {
        folder.name: folder
        for folder in sorted((sortie / CAMPAGNES).glob("*"))
        if CODE.fullmatch(folder.name) and (folder / MANIFESTE).is_file()
    }


def read_previous(sortie: Path, code: str, table: str) -> pl.DataFrame:
    """Return `table` (e.g. `decisions`) of all campaigns before `code`, oldest first.

    Raises:
        OutputError: a table cannot be read.
    """
    parts = [
        read_published(folder / f"{table}.parquet")
        for known, folder in published_campaigns(sortie).items()
        if known < code
    ]
    empty = pl.DataFrame(schema=declaration(f"tables/{table}").polars_schema)
    return pl.concat([empty, *parts])


def previous_signalements(sortie: Path, code: str) -> pl.DataFrame:
    """Return who was listed where before campaign `code` (schemas/tables/signalements.json)."""
    return read_previous(sortie, code, "signalements")


def newest(sortie: Path, before: str | None = None) -> Path | None:
    """Return the folder of the newest prepared campaign, or of the newest before one."""
    folders = [f for code, f in published_campaigns(sortie).items() if not before or code < before]
    return folders[-1] if folders else None


def read_published(path: Path) -> pl.DataFrame:
    """Return a table that stands there.

    Raises:
        OutputError: it is missing or cannot be read.
    """
    try:
        return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError):
        raise OutputError(
            f"{path} is missing or damaged.",
            remedy="Restore it from a back-up, or run that campaign again, oldest first.",
        ) from None
