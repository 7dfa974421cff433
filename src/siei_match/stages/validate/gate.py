"""The gate after validation: a file with too many rejected rows stops the run."""

from collections.abc import Mapping
from typing import Protocol

import polars as pl

from siei_match.reference.errors import DeliveryError
from siei_match.reference.vocabulary import REJET

Comptes = Mapping[tuple[str, str, str | None], int]
"""How often each rule was broken, by (gravite, regle, colonne)."""


class CompteFichier(Protocol):
    """The counts of one file."""

    @property
    def fichier(self) -> str: ...
    @property
    def lues(self) -> int: ...
    @property
    def rejetees(self) -> int: ...
    @property
    def regles(self) -> Comptes: ...


def count_rules(rejets: pl.DataFrame) -> dict[tuple[str, str, str | None], int]:
    """Count the lines of a table of rejets by (gravite, regle, colonne), in that order."""
    cles = ["gravite", "regle", "colonne"]
    counted = rejets.group_by(cles).len().sort(cles, descending=[True, False, False])
    return {(gravite, regle, colonne): n for gravite, regle, colonne, n in counted.iter_rows()}


def gate_rejets(compte: CompteFichier, taux_rejet_max: float) -> None:
    """Let a file through, unless more than `taux_rejet_max` of its rows were rejected.

    Raises:
        DeliveryError: it says how many rows each rule rejected, and shows no value.
    """
    if compte.rejetees <= taux_rejet_max * compte.lues:
        return
    par_regle = ", ".join(
        f"{n} by rule {regle}" + (f" ({colonne})" if colonne else "")
        for (gravite, regle, colonne), n in sorted(
            compte.regles.items(), key=lambda item: (-item[1], item[0][1])
        )
        if gravite == REJET
    )
    raise DeliveryError(
        f"{compte.fichier}: {compte.rejetees} of {compte.lues} rows rejected "
        f"({compte.rejetees / compte.lues:.1%}, limit {taux_rejet_max:.1%}): {par_regle}.",
        remedy="Ask its provider for a new file; `siei check` counts every rule. If these rows "
        "may be lost, raise taux_rejet_max.",
    )
