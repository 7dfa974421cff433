"""The rules of an extract, made of its declaration: named expressions, true where broken.

They are evaluated over the received text (`brut:<column>`), trimmed, beside the values that were
read of it, under the columns' own names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from siei_match.reference.contracts import Declaration
from siei_match.reference.delivery import Campagne, Fichier

ANNEE_NAISSANCE_MIN: Final = 1900
BRUT: Final = "brut:"
_LETTRE: Final = r"\p{L}"


@dataclass(frozen=True)
class RowRule:
    """A rule by its name, its severity, the one column that it is about if it is one."""

    nom: str
    gravite: str
    colonne: str | None
    enfreinte: pl.Expr


@dataclass(frozen=True)
class _Contexte:
    fichier: Fichier
    campagne: Campagne


def list_rules(declared: Declaration, fichier: Fichier, campagne: Campagne) -> list[RowRule]:
    """Make the rules of a file's extract, in the order of its declaration: rows, then fields."""
    contexte = _Contexte(fichier, campagne)
    rangees = [
        _row_rule(regle, contexte)
        for regle in declared.siei["regles"]
        # Extraction, which cuts the rows, has applied that one.
        if regle["kind"] != "nombre_de_champs"
    ]
    champs = [_field_rule(field) for field in declared.fields if "rule" in field["siei"]]
    return rangees + champs


def _field_rule(field: Mapping[str, Any]) -> RowRule:
    name, said = field["name"], field["siei"]
    if said["kind"] == "naissance":
        enfreinte = pl.col(f"{BRUT}illisible")
    else:
        enfreinte = pl.col(BRUT + name).is_not_null() & pl.col(name).is_null()
    return RowRule(said["rule"], said["gravite"], name, enfreinte)


def _row_rule(regle: Mapping[str, Any], contexte: _Contexte) -> RowRule:
    colonnes = regle["colonnes"]
    enfreinte = _RANGEES[regle["kind"]](colonnes, contexte)
    return RowRule(
        regle["rule"],
        regle["gravite"],
        colonnes[0] if len(colonnes) == 1 else None,
        enfreinte.fill_null(value=False),
    )


def _un_nom(colonnes: list[str], _: _Contexte) -> pl.Expr:
    # A dash or a figure names nobody.
    return ~pl.any_horizontal(
        pl.col(c).str.contains(_LETTRE).fill_null(value=False) for c in colonnes
    )


def _une_valeur(colonnes: list[str], _: _Contexte) -> pl.Expr:
    return pl.all_horizontal(pl.col(c).is_null() for c in colonnes)


def _annee_lisible(_: list[str], __: _Contexte) -> pl.Expr:
    return pl.col("naissance_annee").is_null()


def _annee_plausible(_: list[str], contexte: _Contexte) -> pl.Expr:
    return ~pl.col("naissance_annee").is_between(ANNEE_NAISSANCE_MIN, contexte.campagne.annee)


def _mois_possible(_: list[str], contexte: _Contexte) -> pl.Expr:
    return pl.col(f"{BRUT}mois_impossible")


def _jour_possible(_: list[str], contexte: _Contexte) -> pl.Expr:
    return pl.col(f"{BRUT}jour_impossible")


def _ordre(colonnes: list[str], _: _Contexte) -> pl.Expr:
    avant, apres = colonnes
    return pl.col(avant) > pl.col(apres)


def _annee_concordante(colonnes: list[str], contexte: _Contexte) -> pl.Expr:
    return pl.col(colonnes[0]) != pl.lit(contexte.fichier.annee_scolaire)


_RANGEES: Final[Mapping[str, Callable[[list[str], _Contexte], pl.Expr]]] = {
    "un_nom": _un_nom,
    "un_code": _une_valeur,
    "une_valeur": _une_valeur,
    "annee_naissance_lisible": _annee_lisible,
    "annee_naissance_plausible": _annee_plausible,
    "mois_naissance_possible": _mois_possible,
    "jour_naissance_possible": _jour_possible,
    "ordre": _ordre,
    "annee_scolaire_concordante": _annee_concordante,
}
"""By kind of rule of a whole row."""
