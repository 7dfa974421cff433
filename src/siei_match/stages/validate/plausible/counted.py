"""The files of an extract and of a school year, counted together."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import polars as pl

from siei_match.reference.nomenclatures import academies
from siei_match.reference.tallies import FEW, YearTally
from siei_match.stages.validate.plausible.sketch import Sketch
from siei_match.stages.validate.plausible.tally import FileCounter

ELSEWHERE: Final = "99"
"""The ministry's own code for "not defined": an establishment of no académie."""


@dataclass(frozen=True)
class YearCount:
    """An extract, or one school year of an enrolment extract, in all its files."""

    extrait: str
    year: str | None
    files: Mapping[str, int]
    """Valid rows by file."""
    schools: pl.DataFrame
    """`value`, `len`: rows by establishment."""
    people: Sketch
    children: Sketch
    sessions: Mapping[int, int]

    @property
    def rows(self) -> int:
        return sum(self.files.values())

    @cached_property
    def academies(self) -> dict[str, int]:
        """Rows by académie."""
        known = academies().select(prefix="prefix", academie="academie")
        placed = self.schools.with_columns(prefix=pl.col("value").str.slice(0, 3)).join(
            known, on="prefix", how="left"
        )
        counted = placed.group_by(pl.col("academie").fill_null(ELSEWHERE)).agg(pl.col("len").sum())
        return dict(counted.sort("academie").iter_rows())

    def tally(self, seen_again: float | None) -> YearTally:
        """Return what is kept for the next campaign."""
        return YearTally(
            extrait=self.extrait,
            annee_scolaire=self.year,
            lignes=self.rows,
            etablissements=self.schools.height,
            academies={code: n for code, n in self.academies.items() if n >= FEW},
            retrouves=seen_again,
        )


def gather(counters: Iterable[FileCounter]) -> list[YearCount]:
    """Put the files of one extract and one school year together, in the delivery's order."""
    together: dict[tuple[str, str | None], list[FileCounter]] = {}
    for counter in counters:
        if counter.fichier.is_read_beside:
            continue
        key = (counter.fichier.extrait, counter.fichier.annee_scolaire)
        together.setdefault(key, []).append(counter)
    return [_put_together(extrait, year, parts) for (extrait, year), parts in together.items()]


def _put_together(extrait: str, year: str | None, parts: list[FileCounter]) -> YearCount:
    sessions: Counter[int] = Counter()
    people, children = Sketch(), Sketch()
    for part in parts:
        people.merge(part.people)
        children.merge(part.children)
        for session, rows in part.values("session").iter_rows():
            sessions[int(session)] += rows
    return YearCount(
        extrait=extrait,
        year=year,
        files={part.fichier.nom: part.rows for part in parts},
        schools=pl.concat([part.values("uai") for part in parts]).group_by("value").sum(),
        people=people,
        children=children,
        sessions=dict(sessions),
    )
