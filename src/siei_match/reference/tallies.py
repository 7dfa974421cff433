"""What is counted of a delivery, so that the next one has something to be compared with.

Counts only: by file and column, and by extract and school year. Small ones are left out where
they are made (`stages/validate/plausible`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

FEW: Final = 30
"""Rows under which no share is judged: a delivery written by hand has its own shares."""
Kind = Literal["colonnes", "annees", "extraits"]
"""What is implausible; also the name of the gate that holds a release back for it."""


@dataclass(frozen=True)
class ColumnTally:
    """A column that decides, in the valid rows of one file."""

    colonne: str
    vides: int
    """Rows that brought nothing."""
    illisibles: int = 0
    """Rows whose value could not be read, and was emptied."""
    inconnues: int = 0
    """Rows whose value is in no nomenclature."""
    conflits: int = 0
    """Rows whose value contradicts another of the same row, or the file's school year."""

    @property
    def missing(self) -> int:
        """Rows in which the column decides nothing."""
        return self.vides + self.illisibles + self.inconnues


@dataclass(frozen=True)
class FileTally:
    """The columns that decide of one file; `lignes` are its valid rows."""

    extrait: str
    fichier: str
    annee_scolaire: str | None
    lignes: int
    colonnes: tuple[ColumnTally, ...] = ()
    dernier_fait: str | None = None
    """The last day (AAAA-MM-JJ) before the extraction on which a row says that something began or ended: a plain
    text, as all that a step hands to the next."""


@dataclass(frozen=True)
class YearTally:
    """An extract, or one school year of an enrolment extract, in all its files."""

    extrait: str
    annee_scolaire: str | None
    lignes: int
    """Valid rows."""
    etablissements: int = 0
    """Distinct establishments."""
    academies: Mapping[str, int] = field(default_factory=dict)
    """Rows by académie of the establishment, of those that have enough to be compared."""
    retrouves: float | None = None
    """Share of the INE found again in the campaign's other school year, whatever the extract."""


@dataclass(frozen=True)
class Implausibility:
    """What is far from what a provider usually sends: it stops the run, or holds its release."""

    genre: Kind
    extrait: str
    annee_scolaire: str | None
    fichier: str | None
    """None where it is about all the files of an extract, or of its school year."""
    colonne: str | None
    part: float | None
    """The share, or the ratio, that was found."""
    usuel: float | None
    """The limit, or what the last campaign had."""
    constat: str
    """In French, for the report and the release's gates."""


@dataclass(frozen=True)
class Alarm:
    """An implausibility, said in English too: for the log and the error."""

    said: Implausibility
    journal: str


@dataclass(frozen=True)
class PreviousTallies:
    """What the last campaign of the output folder counted of its own delivery."""

    code: str
    annee_scolaire: str
    """Its year N."""
    fichiers: tuple[FileTally, ...] = ()
    annees: tuple[YearTally, ...] = ()
    doubted: frozenset[tuple[str, str | None]] = frozenset()
    """Extracts and school years that were implausible then: they are no measure of this one."""

    def believed(self) -> dict[tuple[str, str | None], YearTally]:
        """Return the extracts and school years that may be compared with."""
        told = {(tally.extrait, tally.annee_scolaire): tally for tally in self.annees}
        return {key: tally for key, tally in told.items() if key not in self.doubted}


def learn_shares(
    previous: PreviousTallies | None,
) -> dict[tuple[str, str, str], tuple[float, str]]:
    """Return the share of rows without a usable value, and the campaign's code.

    By extract, place of the school year and column.
    """
    if previous is None:
        return {}
    missing: dict[tuple[str, str, str], tuple[int, int]] = {}
    for file in previous.fichiers:
        position = place_year(file.annee_scolaire, previous.annee_scolaire)
        for column in file.colonnes:
            key = (file.extrait, position, column.colonne)
            n, rows = missing.get(key, (0, 0))
            missing[key] = (n + column.missing, rows + file.lignes)
    return {
        key: (min(1.0, n / rows), previous.code)
        for key, (n, rows) in missing.items()
        if rows >= FEW
    }


def place_year(year: str | None, now: str) -> str:
    """Say where a school year stands in a campaign: N, N-1, or nowhere."""
    if year == now:
        return "N"
    start = int(now[:4])
    return "N-1" if year == f"{start - 1}-{start}" else ""
