"""What a check found, as what each provider has to correct: one line per file, rule and column."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from siei_match.campaign.results import BrokenLines, Examined, FileCount, RefusedFile
from siei_match.campaign.sheets.words import (
    BLOCKING,
    HELD,
    IMPLAUSIBLE,
    title_column,
    word_fault,
    word_rule,
)
from siei_match.reference.errors import DeliveryError
from siei_match.reference.listing import AUTRES, first_of
from siei_match.reference.tallies import Implausibility
from siei_match.reference.vocabulary import REJET
from siei_match.stages.validate import (
    RejectionLimit,
    gate_rejected,
    refuse_source,
    sources_above,
)

ORDER: Final = (BLOCKING, HELD, REJET)
"""What is told first; warnings come after."""
NOWHERE: Final = "–"


@dataclass(frozen=True)
class Remark:
    """A line of the sheet. Names of files, columns and rules, and numbers of lines: no value."""

    extrait: str | None
    gravite: str
    fichier: str
    colonne: str
    what: str
    lignes: int | None
    where: str
    todo: str
    regle: str


def list_remarks(checked: Examined, limit: RejectionLimit) -> list[Remark]:
    """Return all there is to correct in a delivery: what blocks first, then the most lines.

    `limit`: how many rows of a file may be rejected.
    """
    found = [_word_refused(refused) for refused in checked.refused]
    for counted in checked.fichiers:
        found += _word_excess(counted, limit)
    for source in sources_above(checked.fichiers, limit):
        found.append(_word_refused(RefusedFile(source.extrait, None, refuse_source(source, limit))))
    found += [_word_alarm(alarm.said, checked) for alarm in checked.plausibility.alarms]
    found += [_word_broken(broken) for broken in checked.broken]
    return sorted(found, key=_rank)


def word_lines(broken: BrokenLines) -> str:
    """Say where: a range, or the first numbers and how many others."""
    first, count = broken.first, broken.count
    if count > 1 and broken.last - first[0] + 1 == count:
        return f"{first[0]} à {broken.last}"
    # Numbers without a thousands' space: they are pasted into a spreadsheet's search.
    return first_of(first, len(first), AUTRES, count=count)


def _word_refused(refused: RefusedFile) -> Remark:
    what, todo = word_fault(refused.error)
    line, column = refused.error.found.get("ligne"), refused.error.found.get("colonne")
    return Remark(
        refused.extrait,
        BLOCKING,
        refused.fichier or (f"extrait {refused.extrait}" if refused.extrait else NOWHERE),
        str(column) if column else NOWHERE,
        what,
        None,
        _where(refused.error.code, line) if line else NOWHERE,
        todo,
        refused.error.code,
    )


def _word_excess(counted: FileCount, limit: RejectionLimit) -> Iterator[Remark]:
    try:
        gate_rejected(counted, limit)
    except DeliveryError as error:
        yield _word_refused(RefusedFile(counted.extrait, counted.fichier, error))


def _word_alarm(said: Implausibility, checked: Examined) -> Remark:
    """Word what nobody should believe of a file, or of all those of an extract's school year."""
    year = f" {said.annee_scolaire}" if said.annee_scolaire else ""
    return Remark(
        said.extrait,
        BLOCKING if checked.plausibility.stops else HELD,
        said.fichier or f"{said.extrait}{year}",
        title_column(said.extrait, said.colonne) if said.colonne else NOWHERE,
        said.constat[:1].upper() + said.constat[1:],
        None,
        NOWHERE,
        IMPLAUSIBLE[said.genre],
        said.genre,
    )


def _word_broken(broken: BrokenLines) -> Remark:
    what, todo = word_rule(broken.extrait, broken.regle, broken.colonne)
    return Remark(
        broken.extrait,
        broken.gravite,
        broken.fichier,
        title_column(broken.extrait, broken.colonne),
        what,
        broken.count,
        word_lines(broken),
        todo,
        broken.regle,
    )


def _rank(remark: Remark) -> tuple[int, int, str, str, str]:
    severity = ORDER.index(remark.gravite) if remark.gravite in ORDER else len(ORDER)
    return severity, -(remark.lignes or 0), remark.fichier, remark.regle, remark.colonne


def _where(code: str, line: int | str) -> str:
    # A byte is found before rows are cut: its line is the file's, heading and blanks included.
    return f"ligne {line} du fichier" if code == "encodage" else str(line)
