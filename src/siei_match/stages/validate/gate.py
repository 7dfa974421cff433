"""The gate after validation: a file with too many rejected rows stops the run."""

from collections.abc import Mapping
from typing import Protocol

import polars as pl

from siei_match.reference.errors import DeliveryError
from siei_match.reference.vocabulary import REJET

RuleCounts = Mapping[tuple[str, str, str | None], int]
"""How often each rule was broken, by (gravite, regle, colonne)."""


class CountedFile(Protocol):
    """The counts of one file."""

    @property
    def fichier(self) -> str: ...
    @property
    def rows_read(self) -> int: ...
    @property
    def rejetees(self) -> int: ...
    @property
    def regles(self) -> RuleCounts: ...


def count_rules(rejets: pl.DataFrame) -> dict[tuple[str, str, str | None], int]:
    """Count the lines of a table of rejets by (gravite, regle, colonne), in that order."""
    keys = ["gravite", "regle", "colonne"]
    counted = rejets.group_by(keys).len().sort(keys, descending=[True, False, False])
    return {(gravite, rule, column): n for gravite, rule, column, n in counted.iter_rows()}


def gate_rejected(counted_file: CountedFile, taux_rejet_max: float) -> None:
    """Let a file through, unless more than `taux_rejet_max` of its rows were rejected.

    Raises:
        DeliveryError: it says how many rows each rule rejected, and shows no value.
    """
    if counted_file.rejetees <= taux_rejet_max * counted_file.rows_read:
        return
    by_rule = ", ".join(
        f"{n} by rule {rule}" + (f" ({column})" if column else "")
        for (gravite, rule, column), n in sorted(
            counted_file.regles.items(), key=lambda item: (-item[1], item[0][1])
        )
        if gravite == REJET
    )
    raise DeliveryError(
        f"{counted_file.fichier}: {counted_file.rejetees} of {counted_file.rows_read} rows rejected "
        f"({counted_file.rejetees / counted_file.rows_read:.1%}, limit {taux_rejet_max:.1%}): {by_rule}.",
        remedy="Ask its provider for a new file; `siei check` counts every rule. If these rows "
        "may be lost, raise taux_rejet_max.",
        code="taux_rejet",
        rejected=counted_file.rejetees,
        read=counted_file.rows_read,
    )
