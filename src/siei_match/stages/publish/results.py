"""What a campaign gives to publish: its tables."""

from dataclasses import dataclass, field

import polars as pl

from siei_match.reference.contracts import declaration
from siei_match.reference.stored import StoredTable


def no_answers() -> pl.DataFrame:
    return pl.DataFrame(schema=declaration("tables/reponses").polars_schema)


def no_thresholds() -> pl.DataFrame:
    return pl.DataFrame(schema=declaration("tables/identites_seuils").polars_schema)


Rows = pl.DataFrame | StoredTable
"""A table in memory, or in files: where it is a row of everybody's, or a pair, no run holds it whole."""


def scan(rows: Rows) -> pl.LazyFrame:
    """Return the rows of a table for what is asked of them at once."""
    return rows.lazy() if isinstance(rows, pl.DataFrame) else rows.scan()


@dataclass(frozen=True)
class CampaignTables:
    """The tables of a campaign, each as its declaration in schemas/tables says."""

    identites: Rows
    liens: Rows
    decisions: Rows
    devenirs: pl.DataFrame
    signalements: pl.DataFrame
    mouvements: pl.DataFrame
    rejets: pl.DataFrame
    redirections: pl.DataFrame
    listes: pl.DataFrame
    """All platforms' lists in one frame (`liste`), each sorted as it is to be read."""
    psad: pl.DataFrame
    psad_communes: pl.DataFrame
    bac_general: pl.DataFrame | None = None
    """Holders of the bac général alone (`bac_general`); None where an older version did not look for them."""
    contacts: pl.DataFrame | None = None
    """All platforms' contacts (`coordonnees_liste`); None where what stands beside lists is written apart."""
    reponses: pl.DataFrame = field(default_factory=no_answers)
    """What became of each answer; none in a campaign of before answers were told."""
    identites_seuils: pl.DataFrame = field(default_factory=no_thresholds)
    """Whom a stricter threshold would part, or a wider one join."""
