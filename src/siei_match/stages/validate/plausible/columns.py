"""Columns that decide, and are emptied, unreadable or contradicted far more often than usual."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from siei_match.reference.delivery import Campagne
from siei_match.reference.french import plain_percent
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

MISSING: Final = Said("des lignes sans valeur utilisable", "of the rows without a usable value")
UNREAD: Final = Said("des valeurs reçues sans emploi", "of the values received of no use")
CONTRADICTED: Final = Said(
    "des valeurs reçues en contradiction", "of the values received contradict their row"
)


@dataclass(frozen=True)
class Limits:
    """The settings of the same names."""

    taux_vide_max: Mapping[str, float]
    taux_illisible_max: float
    ecart_vide_max: float


@dataclass(frozen=True)
class Departure:
    """A share that is far from what is usual."""

    found: int
    rows: int
    usual: float
    said: Said
    """What the share is of, and what was expected."""


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
) -> Departure | None:
    rows, missing, received = file.lignes, column.missing, file.lignes - column.vides
    if rows < FEW:
        return None
    key = f"{file.extrait}.{column.colonne}"
    most = limits.taux_vide_max.get(key, usual_share(field, LIMIT, position, 1.0))
    least = usual_share(field, LOWEST, position, 0.0)
    if surely_above(missing, rows, most):
        return Departure(
            missing, rows, most, _expected(MISSING, f"au plus {plain_percent(most)}", most)
        )
    if surely_below(missing, rows, least):
        return Departure(
            missing, rows, least, _expected(MISSING, f"au moins {plain_percent(least)}", least)
        )
    unread, most = column.illisibles + column.inconnues, limits.taux_illisible_max
    if surely_above(unread, received, most, SOME):
        return Departure(
            unread, received, most, _expected(UNREAD, f"au plus {plain_percent(most)}", most)
        )
    conflicts, most = column.conflits, CONFLICTS
    if surely_above(conflicts, received, most, SOME):
        said = _expected(CONTRADICTED, f"au plus {plain_percent(most)}", most)
        return Departure(conflicts, received, most, said)
    exits = LOWEST in field["siei"]
    # Of a year under way people leave month after month: spring is no measure of autumn.
    if last is None or (exits and position == "N"):
        return None
    return _compare(missing, rows, last, limits.ecart_vide_max, both=exits)


def _compare(
    missing: int, rows: int, last: tuple[float, str], gap: float, *, both: bool
) -> Departure | None:
    """Compare with the last campaign; a column that is better filled alarms for exits alone."""
    share, code = last
    below = both and surely_below(missing, rows, share - gap)
    if not (below or surely_above(missing, rows, share + gap)):
        return None
    said = Said(
        f"{MISSING.rapport}, {plain_percent(share)} en {code}",
        f"{MISSING.journal}, {share:.0%} in campaign {code}",
    )
    return Departure(missing, rows, share, said)


def _expected(what: Said, french: str, usual: float) -> Said:
    return Said(f"{what.rapport}, attendu {french}", f"{what.journal}, limit {usual:.0%}")


def _say(file: FileTally, column: ColumnTally, found: Departure) -> Alarm:
    share = found.found / found.rows
    kinds = [
        (column.vides, "vides", "empty"),
        (column.illisibles, "illisibles", "unreadable"),
        (column.inconnues, "inconnues des nomenclatures", "in no nomenclature"),
        (column.conflits, "en contradiction", "contradicted"),
    ]
    counted = [(f"{n} {french}", f"{n} {other}") for n, french, other in kinds if n]
    french = ", ".join(words[0] for words in counted) or "aucune vide"
    journal = ", ".join(words[1] for words in counted) or "none empty"
    rows = file.lignes
    return alarm(
        "colonnes",
        Said(
            f"{plain_percent(share)} {found.said.rapport} ({french} sur {rows} lignes).",
            f"{share:.1%} {found.said.journal} ({journal} of {rows} rows)",
        ),
        file.extrait,
        year=file.annee_scolaire,
        file=file.fichier,
        column=column.colonne,
        share=share,
        usual=found.usual,
    )
