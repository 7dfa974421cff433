"""Validate: every row of every file, valid or rejected, one slice of one file in memory at a time."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from siei_match.campaign.earlier import read_previous_tallies
from siei_match.campaign.progress import Progress
from siei_match.campaign.results import BrokenRule, Checked, FileCount
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.delivery import Campagne, Delivery, Fichier
from siei_match.reference.errors import Notice
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import REJET
from siei_match.stages.extract import RawSlice, read_slices
from siei_match.stages.validate import count_rules, gate_rejected, valid_declaration
from siei_match.stages.validate import validate as validate_rows
from siei_match.stages.validate.plausible import (
    FileCounter,
    Plausibility,
    judge,
    require_plausible,
)

logger = logging.getLogger(__name__)

Keep = Callable[[str, pl.DataFrame, int], None]
"""Receives a table's name, its rows of one slice, and the slice's number."""


def validate(worksite: Worksite, delivery: Delivery) -> Checked:
    """Sort every row into valid and rejected, write both, and judge the delivery as a whole.

    Raises:
        DeliveryError: a file cannot be read, or has more rejected rows than the settings allow; or
            the delivery is implausible, and its campagne.toml does not say to go on.
    """
    counts, counters = [], []
    with worksite.progress.step("validate", len(delivery.fichiers)) as bar:
        for rang, fichier in enumerate(delivery.fichiers):
            keep = writer(worksite, rang, fichier.extrait)
            counter = FileCounter(fichier, delivery.campagne)
            counted_file = sort_rows(worksite.dossier, fichier, delivery.campagne, keep, counter)
            gate_rejected(counted_file, worksite.reglages.taux_rejet_max)
            counts.append(counted_file)
            counters.append((counter, counted_file.regles))
            bar.advance()
    previous = read_previous_tallies(worksite.staging.sortie, delivery.campagne.code)
    plausibility = judge(counters, delivery.campagne, worksite.reglages, previous)
    tell_implausible(plausibility)
    require_plausible(plausibility)
    return Checked(tuple(counts), plausibility)


def check(dossier: Path, delivery: Delivery, progress: Progress, settings: Settings) -> Checked:
    """Sort every row of every file into valid and rejected; write nothing, count and judge all."""
    counts, counters = [], []
    with progress.step("check", len(delivery.fichiers)) as bar:
        for fichier in delivery.fichiers:
            counter = FileCounter(fichier, delivery.campagne)
            counted_file = sort_rows(dossier, fichier, delivery.campagne, forget, counter)
            counts.append(counted_file)
            counters.append((counter, counted_file.regles))
            bar.advance()
    plausibility = judge(counters, delivery.campagne, settings)
    tell_implausible(plausibility)
    return Checked(tuple(counts), plausibility)


def tell_implausible(plausibility: Plausibility) -> None:
    """Log what is implausible: a run that goes on all the same has said so."""
    for notice in plausibility.notices:
        logger.warning("%s", notice)
    for alarm in plausibility.alarms:
        logger.warning("Implausible: %s", alarm.journal)


def sort_rows(
    dossier: Path,
    fichier: Fichier,
    campagne: Campagne,
    keep: Keep,
    counter: FileCounter | None = None,
) -> FileCount:
    """Sort the rows of one file, slice by slice, hand both sorts to `keep`, and count them."""
    rows_read = valides = rejetees = slices = 0
    rules: Counter[BrokenRule] = Counter()
    avertissements: list[Notice] = []
    for raw in read_ahead(read_slices(dossier, fichier)):
        for avertissement in raw.avertissements:
            logger.warning("%s", avertissement)
        avertissements += raw.avertissements
        partition = validate_rows(raw.frame, fichier, campagne)
        rejets = pl.concat([raw.rejets, partition.rejets]).sort("ligne", "regle", "colonne")
        keep("valides", partition.valides, slices)
        keep("rejets", rejets, slices)
        if counter is not None:
            counter.add(partition.valides)
        rows_read += raw.lignes
        valides += partition.valides.height
        rejetees += rejets.filter(pl.col("gravite") == REJET)["ligne"].n_unique()
        rules.update(count_rules(rejets))
        slices += 1
    logger.info(
        "%s: %d rows read, %d valid, %d rejected.", fichier.nom, rows_read, valides, rejetees
    )
    return FileCount(
        fichier.extrait,
        fichier.nom,
        rows_read,
        valides,
        rejetees,
        slices,
        dict(rules),
        tuple(avertissements),
    )


def read_ahead(slices: Iterator[RawSlice]) -> Iterator[RawSlice]:
    """Read a slice while the one before it is validated: reading a file takes one core only."""
    with ThreadPoolExecutor(1) as reader:
        upcoming = reader.submit(next, slices, None)
        while (slice_ := upcoming.result()) is not None:
            upcoming = reader.submit(next, slices, None)
            yield slice_


def writer(worksite: Worksite, rang: int, extrait: str) -> Keep:
    """Return what writes the slices of a file; a valid row looks as its extract says."""
    declared = {"valides": valid_declaration(extrait)}

    def write(table: str, frame: pl.DataFrame, slice_: int) -> None:
        worksite.write(frame, table, part_name(rang, slice_), declared=declared.get(table))

    return write


def forget(table: str, frame: pl.DataFrame, slice_: int) -> None:
    """Keep nothing."""
