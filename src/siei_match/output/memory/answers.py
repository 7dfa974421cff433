"""What platforms answered, kept beside the campaigns: DIR/memoire/retours/, its owner's alone."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output.layout import MEMOIRE
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError

RETOURS: Final = Path(MEMOIRE) / "retours"
TABLE: Final = "tables/retours_collectes"


def list_collected(sortie: Path) -> list[Path]:
    """Return the files of collected answers, by name."""
    return sorted((sortie / RETOURS).glob("*.parquet"))


def read_collected(sortie: Path) -> pl.DataFrame:
    """Return every answer collected (schemas/tables/retours_collectes.json), in order.

    Raises:
        OutputError: a file is damaged.
    """
    declared = declaration(TABLE)
    parts = [pl.DataFrame(schema=declared.polars_schema)]
    for path in list_collected(sortie):
        try:
            parts.append(pl.read_parquet(path, glob=False))
        except (OSError, pl.exceptions.PolarsError):
            raise OutputError(
                f"{path} is damaged or not yours to read.",
                remedy="Restore it from a back-up, or remove it and collect that file again.",
            ) from None
    # Files of earlier versions lack the columns of the page.
    every = pl.concat(parts, how="diagonal").select(declared.columns)
    return every.sort("rang", "fichier", "ligne")
