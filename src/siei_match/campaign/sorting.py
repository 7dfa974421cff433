"""Sort the rows of one file into valid and rejected ones, a slice in memory at a time, and count both."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from siei_match.campaign.results import BrokenRule, FileCount
from siei_match.reference.delivery import Campagne, Fichier
from siei_match.reference.errors import Notice
from siei_match.reference.vocabulary import REJET
from siei_match.stages.extract import RawSlice, read_slices
from siei_match.stages.validate import DateOrders, count_rules, validate
from siei_match.stages.validate.plausible import FileCounter
from siei_match.stages.validate.repairs import tell_texts
from siei_match.stages.validate.years import count_years

logger = logging.getLogger(__name__)

Keep = Callable[[str, pl.DataFrame, int], None]
"""Receives a table's name, its rows of one slice, and the slice's number."""


def sort_rows(
    dossier: Path,
    fichier: Fichier,
    campagne: Campagne,
    keep: Keep,
    counter: FileCounter | None = None,
    *,
    platforms: Collection[str] = (),
) -> FileCount:
    """Sort the rows of one file, slice by slice, hand both sorts to `keep`, and count them.

    `counter` counts what a delivery is judged by as a whole; `platforms` are the codes of those that
    exist, to which a transfer may go.
    """
    sorting = _Sorting(fichier, campagne, keep, counter, platforms)
    for raw in read_ahead(read_slices(dossier, fichier)):
        sorting.sort(raw)
    return sorting.count()


class _Sorting:
    """What was found in a file so far."""

    def __init__(
        self,
        fichier: Fichier,
        campagne: Campagne,
        keep: Keep,
        counter: FileCounter | None,
        platforms: Collection[str],
    ) -> None:
        self.fichier, self.campagne, self.platforms = fichier, campagne, platforms
        self.keep, self.counter = keep, counter
        self.rows_read = self.valides = self.rejetees = self.slices = 0
        self.rules: Counter[BrokenRule] = Counter()
        self.years: Counter[int] = Counter()
        self.notices: list[Notice] = []
        self.orders = DateOrders()

    def sort(self, raw: RawSlice) -> None:
        """Sort the rows of a slice."""
        self._tell(raw.avertissements)
        partition = validate(
            raw.frame, self.fichier, self.campagne, self.orders, platforms=self.platforms
        )
        rejets = pl.concat([raw.rejets, partition.rejets]).sort("ligne", "regle", "colonne")
        self.keep("valides", partition.valides, self.slices)
        self.keep("rejets", rejets, self.slices)
        self.keep("dates_recues", partition.dates_recues, self.slices)
        if self.counter is not None:
            self.counter.add(partition.valides)
        self.rows_read += raw.lignes
        self.valides += partition.valides.height
        self.rejetees += rejets.filter(pl.col("gravite") == REJET)["ligne"].n_unique()
        self.rules.update(count_rules(rejets))
        self.years.update(count_years(partition.valides, self.fichier.extrait))
        self.slices += 1

    def count(self) -> FileCount:
        """Return the counts of the whole file, and say them in the log."""
        name = self.fichier.nom
        self._tell(tell_texts(name, self.rules))
        logger.info(
            "%s: %d rows read, %d valid, %d rejected.",
            name, self.rows_read, self.valides, self.rejetees,
        )  # fmt: skip
        return FileCount(
            self.fichier.extrait,
            name,
            self.rows_read,
            self.valides,
            self.rejetees,
            self.slices,
            dict(self.rules),
            tuple(self.notices),
            dict(sorted(self.years.items())),
            self.fichier.annee_scolaire,
        )

    def _tell(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            logger.warning("%s", notice)
            self.notices.append(notice)


def read_ahead(slices: Iterator[RawSlice]) -> Iterator[RawSlice]:
    """Read a slice while the one before it is validated: reading a file takes one core only."""
    with ThreadPoolExecutor(1) as reader:
        upcoming = reader.submit(next, slices, None)
        while (slice_ := upcoming.result()) is not None:
            upcoming = reader.submit(next, slices, None)
            yield slice_
