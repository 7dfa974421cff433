"""Columns that decide, and are emptied, unreadable or contradicted far more often than usual."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from siei_match.reference.delivery import Campagne
from siei_match.reference.french import french_percent
from siei_match.reference.tallies import (
    FEW,
    Alarm,
    ColumnTally,
    FileTally,
    PreviousTallies,
    learn_shares,
    place_year,
)
from siei_match.stages.validate.plausible.bounds import SOME, surely_above, surely_below
from siei_match.stages.validate.plausible.tally import LIMIT, LOWEST, deciding
from siei_match.stages.validate.plausible.wording import Said, alarm

CONFLICTS: Final = 0.5
"""Share of the values received that may contradict their row. Honest files have had 17 %."""


@dataclass(frozen=True)
class Limits:
    """The settings of the same names."""

    taux_vide_max: Mapping[str, float]
    taux_illisible_max: float
    ecart_vide_max: float


@dataclass(frozen=True)
class Finding:
    """How a share stands to what is usual, said twice."""

    found: int
    rows: int
    usual: float
    french: str
    journal: str


def judge_columns(
    files: Iterable[FileTally],
    campagne: Campagne,
    limits: Limits,
    previous: PreviousTallies | None = None,
) -> Iterator[Alarm]:
    """Give an alarm for each column of a file that is far from what it usually has.

    Usual is what the declaration says (`taux_vide_max`), and what the last campaign had in the same
    extract and school year's place.
    """
    shares = learn_shares(previous)
    for file in files:
        position = place_year(file.annee_scolaire, campagne.annee_scolaire)
        fields = {field["name"]: field for field in deciding(file.extrait)}
        for column in file.colonnes:
            last = shares.get((file.extrait, position, column.colonne))
            found = _judge(file, column, fields[column.colonne], position, limits, last)
            if found is not None:
                yield _say(file, column, found)


def usual_share(field: Mapping[str, Any], name: str, position: str, default: float) -> float:
    """Return a limit of a field's declaration, which may depend on the school year's place."""
    declared = field["siei"].get(name, default)
    return float(declared.get(position, default) if isinstance(declared, Mapping) else declared)


def _judge(
    file: FileTally,
    column: ColumnTally,
    field: Mapping[str, Any],
    position: str,
    limits: Limits,
    last: tuple[float, str] | None,
) -> Finding | None:
    rows, missing, received = file.lignes, column.missing, file.lignes - column.vides
    if rows < FEW:
        return None
    key = f"{file.extrait}.{column.colonne}"
    most = limits.taux_vide_max.get(key, usual_share(field, LIMIT, position, 1.0))
    least = usual_share(field, LOWEST, position, 0.0)
    if surely_above(missing, rows, most):
        return Finding(missing, rows, most, f"au plus {_french(most)}", f"limit {most:.0%}")
    if surely_below(missing, rows, least):
        return Finding(missing, rows, least, f"au moins {_french(least)}", f"at least {least:.0%}")
    unread = column.illisibles + column.inconnues
    most = limits.taux_illisible_max
    if surely_above(unread, received, most, SOME):
        among = f"au plus {_french(most)} des valeurs reçues"
        return Finding(unread, received, most, among, f"limit {most:.0%} of the values received")
    if surely_above(column.conflits, received, CONFLICTS, SOME):
        among = f"au plus {_french(CONFLICTS)} des valeurs reçues en contradiction"
        return Finding(column.conflits, received, CONFLICTS, among, "contradicted by other columns")
    return _compare(missing, rows, last, limits.ecart_vide_max, both=LOWEST in field["siei"])


def _compare(
    missing: int, rows: int, last: tuple[float, str] | None, gap: float, *, both: bool
) -> Finding | None:
    """Compare with the last campaign; a column that is better filled alarms for exits alone."""
    if last is None:
        return None
    share, code = last
    below = both and surely_below(missing, rows, share - gap)
    if not (below or surely_above(missing, rows, share + gap)):
        return None
    return Finding(
        missing, rows, share, f"{_french(share)} en {code}", f"{share:.0%} in campaign {code}"
    )


def _say(file: FileTally, column: ColumnTally, found: Finding) -> Alarm:
    share = found.found / found.rows
    kinds = [
        (column.vides, "vides", "empty"),
        (column.illisibles, "illisibles", "unreadable"),
        (column.inconnues, "inconnues des nomenclatures", "in no nomenclature"),
        (column.conflits, "en contradiction", "contradicted"),
    ]
    french = ", ".join(f"{n} {word}" for n, word, _ in kinds if n) or "aucune vide"
    journal = ", ".join(f"{n} {word}" for n, _, word in kinds if n) or "none empty"
    return alarm(
        "colonnes",
        Said(
            f"{_french(share)} sans valeur utilisable, attendu {found.french} "
            f"({french} sur {file.lignes} lignes).",
            f"{share:.1%} unusable, {found.journal} ({journal} of {file.lignes} rows)",
        ),
        file.extrait,
        year=file.annee_scolaire,
        file=file.fichier,
        column=column.colonne,
        share=share,
        usual=found.usual,
    )


def _french(share: float) -> str:
    return french_percent(share, space=" ", minus="-")
