"""What each step hands to the next: counts and names of files, never a row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from siei_match.reference.errors import ContractError, Notice, SieiError
from siei_match.stages.link import LinkageCounts
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.measure.thresholds import Thresholds
from siei_match.stages.link.model.recalibration import Band, Recalibration
from siei_match.stages.link.people.constraints import BoundCounts
from siei_match.stages.validate import RejectionLimit, sources_above
from siei_match.stages.validate.plausible import Plausibility

BrokenRule = tuple[str, str, str | None]
"""A broken rule: gravite, regle, colonne."""


@dataclass(frozen=True)
class FileCount:
    """One file's rows: read = valid + rejected, always; and how often each rule was broken."""

    extrait: str
    fichier: str
    rows_read: int
    valides: int
    rejetees: int
    slices: int
    regles: Mapping[BrokenRule, int]
    avertissements: tuple[Notice, ...] = ()
    years: Mapping[int, int] = field(default_factory=dict)
    """Rows of an enrolment extract by the year in which the school year that they tell starts."""
    annee_scolaire: str | None = None

    def __post_init__(self) -> None:
        counted = self.valides + self.rejetees
        require_equal(f"{self.fichier}: rows read", self.rows_read, "valid + rejected", counted)

    def told(self, more: Iterable[Notice]) -> "FileCount":
        """Return the same with more to tell."""
        return replace(self, avertissements=(*self.avertissements, *more))

    @property
    def taux_rejet(self) -> float:
        return self.rejetees / self.rows_read if self.rows_read else 0.0


@dataclass(frozen=True)
class RefusedFile:
    """A file that cannot be read as announced, or an extract that is not there; and why."""

    extrait: str | None
    fichier: str | None
    error: SieiError


@dataclass(frozen=True)
class BrokenLines:
    """Where one rule was broken in one file: how often, the first lines, and the last."""

    extrait: str
    fichier: str
    gravite: str
    regle: str
    colonne: str | None
    count: int
    first: tuple[int, ...]
    last: int


@dataclass(frozen=True)
class Checked:
    """After validation: one count per file of the delivery, in its order; what is implausible."""

    fichiers: tuple[FileCount, ...]
    plausibility: Plausibility = field(default_factory=Plausibility)

    def above(self, limit: RejectionLimit) -> list[str]:
        """Name the files, and the sources, of which more rows are rejected than may be."""
        files = [counted.fichier for counted in self.fichiers if limit.is_passed(counted)]
        return files + [source.name for source in sources_above(self.fichiers, limit)]


@dataclass(frozen=True)
class Examined(Checked):
    """After a check, which only looks: also what it could not read, and where rules were broken.

    A run has neither: it stops at the first file that it must refuse.
    """

    code: str = ""
    """The campaign's."""
    refused: tuple[RefusedFile, ...] = ()
    broken: tuple[BrokenLines, ...] = ()

    def stops(self, limit: RejectionLimit) -> bool:
        """Say whether a run would stop on this delivery."""
        return bool(self.refused or self.above(limit) or self.plausibility.stops)


def add_refused(checked: Examined, refused: Sequence[RefusedFile]) -> Examined:
    """Return a check with what was refused before a row was read; each file is told once for each reason."""
    known = {(r.fichier, r.error.code) for r in refused}
    read = [r for r in checked.refused if (r.fichier, r.error.code) not in known]
    return replace(checked, refused=(*refused, *read))


@dataclass(frozen=True)
class Normalised:
    """After normalisation: rows by table."""

    traits: int
    parcours: int
    titres: int
    retours: int


@dataclass(frozen=True)
class Excluded:
    """The people whom an exclusion leaves out, and their rows in each file."""

    personnes: int = 0
    lignes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class StandingJudgements:
    """What clerks have said so far, before a run has linked anything.

    pairs: on which a judgement stands; same, other, contested: what it is. awaited: pairs of which one
    clerk alone said what would decide; lapsed: of which no judgement holds for this campaign. bands, recalibration:
    what settled pairs say of the model.
    """

    pairs: int
    same: int
    other: int
    contested: int
    bands: tuple[Band, ...]
    recalibration: Recalibration
    awaited: int = 0
    lapsed: int = 0


@dataclass(frozen=True)
class JudgementsHeard:
    """What became of clerks' judgements in this run.

    bound: of those about records of this delivery. contradictions: pairs of `liens` whose judgements
    cannot all hold.
    """

    standing: StandingJudgements
    bound: BoundCounts
    contradictions: int

    @property
    def not_found(self) -> int:
        """Pairs of which a record is not in this delivery."""
        return self.standing.pairs - self.bound.binding - self.bound.unclear


@dataclass(frozen=True)
class LinkageResult:
    """After linkage: how many people were found, and what the linkage says of itself.

    errors: None where it was not measured. judgements: None where no clerk ever said anything.
    """

    groupes: int
    counts: LinkageCounts
    thresholds: Thresholds
    errors: ExpectedErrors | None = None
    judgements: JudgementsHeard | None = None


@dataclass(frozen=True)
class IdentifiedPeople:
    """After identification, the excluded left out: people, pairs of rows, pairs of people."""

    personnes: int
    liens: int
    pairs: int
    methods: Mapping[str, int]
    exclues: Excluded = field(default_factory=Excluded)


@dataclass(frozen=True)
class Verdict:
    """After decision: people in scope by (statut, motif); answers by what was done with them."""

    personnes: int
    motifs: Mapping[tuple[str, str], int]
    reponses: Mapping[str, int]
    rectifications: int = 0
    avertissements: tuple[Notice, ...] = ()

    @property
    def sortants(self) -> int:
        return sum(count for (statut, _), count in self.motifs.items() if statut == "sortant")


@dataclass(frozen=True)
class Routed:
    """After routing: rows over all lists, platforms that receive any, sortants without platform."""

    lignes: int
    platforms: int
    unplaced: int


@dataclass(frozen=True)
class Counted:
    """What the steps before publication counted, in their order."""

    checked: Checked
    linkage: LinkageResult
    identified: IdentifiedPeople
    verdict: Verdict
    routing: Routed


@dataclass(frozen=True)
class PreparedRun:
    """After publication: where things are, and the counts of the manifest."""

    code: str
    sortie: str
    campagne: str
    platforms: int
    counts: Mapping[str, int]
    dry: bool = False
    """Nothing was put in place: the run was to show its counts only."""
    dossier: str = ""
    """The folder of the delivery, to run the campaign again from."""
    stale: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Campaigns to be run again, each with the earlier ones that changed since."""


def require_equal(what: str, left: int, other: str, right: int) -> None:
    """Hold a counting law: nothing is lost between two steps, nothing is counted twice.

    Raises:
        ContractError: the two counts differ.
    """
    if left != right:
        raise ContractError(
            f"Counting law broken: {what} = {left}, but {other} = {right}.",
            remedy="This is a defect of siei-match: please report it with these counts.",
        )


def count_by(frame: pl.DataFrame, *columns: str) -> Mapping[Any, int]:
    """Count rows by one column's values, or by several's tuples, in the order of the values."""
    counted = frame.group_by(*columns).len().sort(*columns).rows()
    return {(row[0] if len(columns) == 1 else row[:-1]): row[-1] for row in counted}
