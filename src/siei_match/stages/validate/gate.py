"""The gate after validation: a file, or a source, with too many rejected rows stops the run."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from siei_match.reference.errors import DeliveryError
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import REJET

RuleCounts = Mapping[tuple[str, str, str | None], int]
"""How often each rule was broken, by (gravite, regle, colonne)."""


class CountedFile(Protocol):
    """The counts of one file."""

    @property
    def extrait(self) -> str: ...
    @property
    def annee_scolaire(self) -> str | None: ...
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


@dataclass(frozen=True)
class RejectionLimit:
    """What may be rejected: a share of a file's rows, and a few rows of any file (`rejets_toleres`)."""

    share: float
    few: int = 0

    @classmethod
    def of(cls, settings: Settings) -> "RejectionLimit":
        return cls(settings.taux_rejet_max, settings.rejets_toleres)

    def is_passed(self, counted: CountedFile) -> bool:
        """Tell whether too many rows of a file are rejected; all of them always are."""
        n = counted.rejetees
        if n <= self.share * counted.rows_read:
            return False
        return n > self.few or n == counted.rows_read


@dataclass(frozen=True)
class SourceCount:
    """The counts of all files of one extract and school year."""

    extrait: str
    annee_scolaire: str | None
    fichiers: int
    rows_read: int
    rejetees: int
    regles: RuleCounts

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.extrait, self.annee_scolaire)))


def gate_rejected(counted_file: CountedFile, limit: RejectionLimit) -> None:
    """Let a file through, unless more of its rows were rejected than may be.

    Raises:
        DeliveryError: it says how many rows each rule rejected, and shows no value.
    """
    if not limit.is_passed(counted_file):
        return
    raise DeliveryError(
        f"{counted_file.fichier}: {counted_file.rejetees} of {counted_file.rows_read} rows rejected "
        f"({_word_share(counted_file, limit)}): {_word_rules(counted_file.regles)}.",
        remedy="Ask its provider for a new file; `siei check` counts every rule. If these rows may be lost, raise "
        "taux_rejet_max; where a source comes in many small files, rejets_toleres lets a few rows of each pass.",
        code="taux_rejet",
        rejected=counted_file.rejetees,
        read=counted_file.rows_read,
    )


def gate_sources(counted_files: Iterable[CountedFile], limit: RejectionLimit) -> None:
    """Let a delivery through, unless a source has too many rejected rows in files that each had a few.

    Raises:
        DeliveryError: as `gate_rejected`, of the first source in the delivery's order.
    """
    for source in sources_above(counted_files, limit):
        raise refuse_source(source, limit)


def sources_above(
    counted_files: Iterable[CountedFile], limit: RejectionLimit
) -> tuple[SourceCount, ...]:
    """Return the sources whose share of rejected rows is above the limit, while none of their files is refused."""
    sources: dict[tuple[str, str | None], list[CountedFile]] = {}
    for counted in counted_files:
        sources.setdefault((counted.extrait, counted.annee_scolaire), []).append(counted)
    above = []
    for (extrait, year), files in sources.items():
        rules: Counter[tuple[str, str, str | None]] = Counter()
        for counted in files:
            rules.update(counted.regles)
        read, rejected = sum(f.rows_read for f in files), sum(f.rejetees for f in files)
        refused = any(limit.is_passed(counted) for counted in files)
        if rejected > limit.share * read and not refused:
            above.append(SourceCount(extrait, year, len(files), read, rejected, rules))
    return tuple(above)


def refuse_source(source: SourceCount, limit: RejectionLimit) -> DeliveryError:
    """Return the error that refuses a source."""
    return DeliveryError(
        f"{source.name}: {source.rejetees} of {source.rows_read} rows of its {source.fichiers} files rejected "
        f"({_word_share(source, limit)}): {_word_rules(source.regles)}.",
        remedy="Ask the providers of the files with rejected rows for new ones; `siei check` counts every rule. Each file keeps "
        "to rejets_toleres, but all of them together do not keep to taux_rejet_max.",
        code="taux_rejet",
        rejected=source.rejetees,
        read=source.rows_read,
    )


def _word_share(counted: CountedFile | SourceCount, limit: RejectionLimit) -> str:
    return f"{counted.rejetees / counted.rows_read:.1%}, limit {limit.share:.1%}"


def _word_rules(rules: RuleCounts) -> str:
    return ", ".join(
        f"{n} by rule {rule}" + (f" ({column})" if column else "")
        for (gravite, rule, column), n in sorted(
            rules.items(), key=lambda item: (-item[1], item[0][1])
        )
        if gravite == REJET
    )
