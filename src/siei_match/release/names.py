"""What the platforms of an output folder are called."""

from pathlib import Path

import polars as pl

from siei_match.output import BASES
from siei_match.output.databases.reading import reading


def read_names(sortie: Path) -> pl.DataFrame:
    """Return the platforms' names (psad, nom), which the analysts' database has."""
    with reading(sortie / BASES[0]) as connection:
        found: pl.DataFrame = connection.sql("select code as psad, nom from psad").pl()
    return found.cast(pl.String)


def name_all_platforms(sortie: Path) -> dict[str, str]:
    """Return the name of each platform by its code, in the order of codes; none without a database."""
    if not (sortie / BASES[0]).exists():
        return {}
    return dict(read_names(sortie).sort("psad").iter_rows())
