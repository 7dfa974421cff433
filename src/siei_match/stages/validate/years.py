"""Does a file hold the school year that campagne.toml announces? Files whose years are swapped do not.

Each file reads right, its rows are valid, and everybody who left is still there: what it says of its own
years is held against what is said of it.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from siei_match.reference.delivery import Fichier
from siei_match.reference.errors import DeliveryError
from siei_match.reference.vocabulary import AGRICOLE, APPRENTISSAGE, SCOLARITE

YEAR_COLUMNS: Final = {SCOLARITE: "ANNEE_SCOLAIRE", AGRICOLE: "anneeScolaire"}
ENTRY_DATES: Final = ("DATE_ENTREE_CFA", "DATE_DEB_CONT")
"""SIFA names no year: an apprentice entered in it, or in one of the two before."""
TOLD: Final = 0.5
"""Share of rows that name another school year than announced above which a file is another's."""
LATER: Final = 0.2
"""Share of entries after the year announced: a file of that year has next to none."""
OWN: Final = 0.1
"""Share of entries within the year announced: a file of that year has half."""
FEWEST: Final = 20
"""Entries below which their shares say nothing."""
FEWEST_TOLD: Final = 5
"""Rows that name a year below which they are told one by one, as warnings."""


def count_years(valides: pl.DataFrame, extrait: str) -> dict[int, int]:
    """Count the rows of an enrolment extract by the year in which their school year starts.

    Input: the valid rows of a slice. An apprentice's is that of the last entry or contract, which begin
    from July on. Other extracts have none.
    """
    if column := YEAR_COLUMNS.get(extrait):
        year = pl.col(column).str.slice(0, 4).cast(pl.Int32, strict=False)
    elif extrait == APPRENTISSAGE:
        year = pl.max_horizontal(ENTRY_DATES).dt.offset_by("-6mo").dt.year()
    else:
        return {}
    counted = valides.group_by(year.alias("year")).len().drop_nulls().sort("year")
    return dict(counted.iter_rows())


def refuse_years(fichier: Fichier, years: Mapping[int, int]) -> DeliveryError | None:
    """Return the error of a file most of whose rows are of another school year than announced.

    Input: `years`, the counts of its slices together.
    """
    if fichier.annee_scolaire is None or not (total := sum(years.values())):
        return None
    announced = int(fichier.annee_scolaire[:4])
    own = years.get(announced, 0)
    if fichier.extrait in YEAR_COLUMNS:
        if total < FEWEST_TOLD or total - own <= TOLD * total:
            return None
        told = f"{total - own} of its {total} rows name another school year"
    else:
        later = sum(n for year, n in years.items() if year > announced)
        if total < FEWEST or (later <= LATER * total and own >= OWN * total):
            return None
        told = (
            f"of {total} rows with a date of entry or contract, {own} begin in that school year and "
            f"{later} after it"
        )
    most = max(years, key=lambda year: (years[year], year))
    return DeliveryError(
        f"{fichier.nom}: announced for {fichier.annee_scolaire}, but {told} "
        f"(most: {most}-{most + 1}).",
        remedy="Correct annee_scolaire in campagne.toml, of the file that it was swapped with too, or ask "
        "its provider for the file of that year.",
    )
