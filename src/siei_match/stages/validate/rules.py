"""The rules of an extract, made of its declaration: named expressions, true where broken.

They are evaluated over the received text (`brut:<column>`), cleaned, beside the values that were
read of it, under the columns' own names. Of a date, `brut:<column>` says whether it is unreadable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from siei_match.reference.contracts import Declaration
from siei_match.reference.delivery import Campagne, Fichier, former_years
from siei_match.stages.validate.dates import BIRTH, DATE

ANNEE_NAISSANCE_MIN: Final = 1900
RAW: Final = "brut:"
ELSEWHERE: Final = (
    "nombre_de_champs",
    "texte_repare",
    "lettres_perdues",
    "psad_destination_autre",
)
"""Rules that are applied before, by extraction, which cuts the rows, and as texts are repaired; or
later, where earlier lists are read."""
_LETTER: Final = r"\p{L}"


@dataclass(frozen=True)
class RowRule:
    """A rule by its name, its severity, the one column that it is about if it is one."""

    nom: str
    gravite: str
    colonne: str | None
    broken: pl.Expr


@dataclass(frozen=True)
class _Context:
    fichier: Fichier
    campagne: Campagne


def list_rules(declared: Declaration, fichier: Fichier, campagne: Campagne) -> list[RowRule]:
    """Make the rules of a file's extract, in the order of its declaration: rows, then fields."""
    context = _Context(fichier, campagne)
    rows = [
        _row_rule(rule, context)
        for rule in declared.siei["regles"]
        if rule["kind"] not in ELSEWHERE
    ]
    champs = [_field_rule(field) for field in declared.fields if "rule" in field["siei"]]
    return rows + champs


def _field_rule(field: Mapping[str, Any]) -> RowRule:
    name, said = field["name"], field["siei"]
    if said["kind"] in {DATE, BIRTH}:
        broken = pl.col(f"{RAW}{name}")
    else:
        broken = pl.col(RAW + name).is_not_null() & pl.col(name).is_null()
    return RowRule(said["rule"], said["gravite"], name, broken)


def _row_rule(rule: Mapping[str, Any], context: _Context) -> RowRule:
    columns = rule["colonnes"]
    broken = _ROWS[rule["kind"]](columns, context)
    return RowRule(
        rule["rule"],
        rule["gravite"],
        columns[0] if len(columns) == 1 else None,
        broken.fill_null(value=False),
    )


def _repeated_heading(columns: list[str], _: _Context) -> pl.Expr:
    return pl.all_horizontal(
        pl.col(RAW + c).str.to_uppercase().eq(c.upper()).fill_null(value=False) for c in columns
    )


def _one_name(columns: list[str], _: _Context) -> pl.Expr:
    # A dash or a figure names nobody.
    return ~pl.any_horizontal(
        pl.col(c).str.contains(_LETTER).fill_null(value=False) for c in columns
    )


def _one_value(columns: list[str], _: _Context) -> pl.Expr:
    return pl.all_horizontal(pl.col(c).is_null() for c in columns)


def _readable_year(_: list[str], __: _Context) -> pl.Expr:
    return pl.col("naissance_annee").is_null()


def _plausible_year(_: list[str], context: _Context) -> pl.Expr:
    return ~pl.col("naissance_annee").is_between(ANNEE_NAISSANCE_MIN, context.campagne.year)


def _possible_month(_: list[str], context: _Context) -> pl.Expr:
    return pl.col(f"{RAW}mois_impossible")


def _possible_day(_: list[str], context: _Context) -> pl.Expr:
    return pl.col(f"{RAW}jour_impossible")


def _order(columns: list[str], _: _Context) -> pl.Expr:
    before, after = columns
    return pl.col(before) > pl.col(after)


def _consistent_year(columns: list[str], context: _Context) -> pl.Expr:
    fichier = context.fichier
    # SIECLE's export tells the year before, too.
    own = [fichier.annee_scolaire, *former_years(fichier)]
    return ~pl.col(columns[0]).is_in(own)


_ROWS: Final[Mapping[str, Callable[[list[str], _Context], pl.Expr]]] = {
    "entete_repetee": _repeated_heading,
    "un_nom": _one_name,
    "un_code": _one_value,
    "une_valeur": _one_value,
    "annee_naissance_lisible": _readable_year,
    "annee_naissance_plausible": _plausible_year,
    "mois_naissance_possible": _possible_month,
    "jour_naissance_possible": _possible_day,
    "ordre": _order,
    "annee_scolaire_concordante": _consistent_year,
}
"""By kind of rule of a whole row."""
