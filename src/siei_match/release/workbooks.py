"""The workbooks of a release: made once, before anybody sees it, and the same ever after."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.reference.errors import OutputError
from siei_match.reference.files import PRIVATE, bytes_sha256, create
from siei_match.stages.publish.workbooks import render_liste

CLASSEUR: Final = "liste.xlsx"


def write_workbooks(dossier: Path, code: str) -> dict[str, str]:
    """Write a workbook beside each list of a folder; return their SHA-256 by platform.

    Thirty seconds for a country: the day of a release everybody comes at once, and the page only
    sends what is there.

    Raises:
        OutputError: a list cannot be read.
    """
    sealed = {}
    for source in sorted((dossier / "listes").glob("psad=*")):
        try:
            content = render_liste(source, code)
        except (OSError, pl.exceptions.PolarsError):
            raise OutputError(
                f"{source / 'liste.parquet'} is missing or damaged.",
                remedy="Run that campaign again, or restore its folder from a back-up.",
            ) from None
        create(source / CLASSEUR, PRIVATE).write_bytes(content)
        sealed[source.name.removeprefix("psad=")] = bytes_sha256(content)
    return sealed
