"""Where rules are broken: the first lines of each file, rule and column, and how many there are."""

from dataclasses import replace
from typing import Final

import polars as pl

from siei_match.campaign.results import BrokenLines

SHOWN: Final = 20
"""Lines that are told by their number."""
KEYS: Final = ("extrait", "fichier", "gravite", "regle", "colonne")


class BrokenPlaces:
    """Gathers the places of the tables of rejets that a check hands over, slice by slice."""

    def __init__(self) -> None:
        self._found: dict[tuple[str | None, ...], BrokenLines] = {}

    def keep(self, table: str, frame: pl.DataFrame, slice_: int) -> None:
        """Take a slice; of `rejets` the places are kept, of `valides` nothing."""
        if table != "rejets" or frame.is_empty():
            return
        counted = frame.group_by(KEYS, maintain_order=True).agg(
            pl.len().alias("count"),
            pl.col("ligne").sort().head(SHOWN).alias("first"),
            pl.col("ligne").max().alias("last"),
        )
        for row in counted.iter_rows(named=True):
            self._add(BrokenLines(**{**row, "first": tuple(row["first"])}))

    def all(self) -> tuple[BrokenLines, ...]:
        """Return every place, in the order in which files and rules were met."""
        return tuple(self._found.values())

    def _add(self, seen: BrokenLines) -> None:
        key = (seen.fichier, seen.gravite, seen.regle, seen.colonne)
        before = self._found.get(key)
        if before is not None:
            # Slices come in the file's order: what is new lies after what is known.
            first = (*before.first, *seen.first)[:SHOWN]
            seen = replace(seen, count=before.count + seen.count, first=first)
        self._found[key] = seen
