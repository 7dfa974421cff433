"""The workbooks of a release: made once, before anybody sees it, and the same ever after."""

import hashlib
from pathlib import Path
from typing import Final

import polars as pl

from siei_match.errors import OutputError
from siei_match.files import PRIVATE, create
from siei_match.publish.export import render_xlsx

CLASSEUR: Final = "liste.xlsx"


def write_workbooks(dossier: Path, code: str) -> dict[str, str]:
    """Write a workbook beside each list of a folder; return their SHA-256 by platform.

    Thirty seconds for a country: the day of a release everybody comes at once, and the page only
    sends what is there.

    Raises:
        OutputError: a list cannot be read.
    """
    sealed = {}
    for path in sorted((dossier / "listes").glob("psad=*/liste.parquet")):
        psad = path.parent.name.removeprefix("psad=")
        try:
            liste = pl.read_parquet(path, hive_partitioning=False)
        except (OSError, pl.exceptions.PolarsError):
            raise OutputError(
                f"{path} is missing or damaged.",
                remedy="Run that campaign again, or restore its folder from a back-up.",
            ) from None
        content = render_xlsx(liste, f"Liste {code} – {psad}")
        create(path.with_name(CLASSEUR), PRIVATE).write_bytes(content)
        sealed[psad] = hashlib.sha256(content).hexdigest()
    return sealed
