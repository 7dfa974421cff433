"""What platforms answered, kept beside the campaigns: DIR/memoire/retours/, its owner's alone."""

from pathlib import Path
from typing import Final

import polars as pl

from siei_match.output.layout import MEMOIRE
from siei_match.reference.contracts import declaration
from siei_match.reference.errors import OutputError

RETOURS: Final = Path(MEMOIRE) / "retours"
TABLE: Final = "tables/retours_collectes"

_Stamp = tuple[int, int, int]
_known: dict[Path, tuple[_Stamp, pl.DataFrame]] = {}
"""Files as they were last read: the page answers one at a time, and a country has hundreds of them."""


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
    paths = list_collected(sortie)
    for path in paths:
        try:
            parts.append(_read(path))
        except (OSError, pl.exceptions.PolarsError):
            raise OutputError(
                f"{path} is damaged or not yours to read.",
                remedy="Restore it from a back-up, or remove it and collect that file again.",
            ) from None
    # What a purge took away is not kept in memory either.
    for gone in {path for path in list(_known) if path.parent == sortie / RETOURS} - set(paths):
        _known.pop(gone, None)
    # Files of earlier versions lack the columns of the page.
    every = pl.concat(parts, how="diagonal").select(declared.columns)
    return every.sort("rang", "fichier", "ligne")


def _read(path: Path) -> pl.DataFrame:
    status = path.stat()
    stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
    known = _known.get(path)
    if known is None or known[0] != stamp:
        known = stamp, pl.read_parquet(path, glob=False)
        _known[path] = known
    return known[1]
