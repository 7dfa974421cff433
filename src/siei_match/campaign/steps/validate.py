"""Validate: every row of every file, valid or rejected, one slice of one file in memory at a time."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from siei_match.campaign.progress import Progress
from siei_match.campaign.repeated import find_repeated, read_manifests
from siei_match.campaign.results import BrokenRule, Checked, FileCount
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.delivery import Campagne, Delivery, Fichier
from siei_match.reference.errors import Notice
from siei_match.reference.vocabulary import REJET
from siei_match.stages.extract import RawSlice, read_slices
from siei_match.stages.validate import count_rules, gate_rejected, valid_declaration
from siei_match.stages.validate import validate as validate_rows
from siei_match.stages.validate.repairs import tell_texts
from siei_match.stages.validate.years import count_years, refuse_years

logger = logging.getLogger(__name__)

Keep = Callable[[str, pl.DataFrame, int], None]
"""Receives a table's name, its rows of one slice, and the slice's number."""


def validate(worksite: Worksite, delivery: Delivery) -> Checked:
    """Sort every row into valid and rejected, and write both.

    Raises:
        DeliveryError: a file cannot be read, has more rejected rows than the settings allow, is of
            another school year than announced, or is last campaign's.
    """
    counts = []
    earlier = read_manifests(worksite.staging.sortie, delivery.campagne.code)
    with worksite.progress.step("validate", len(delivery.fichiers)) as bar:
        for rang, fichier in enumerate(delivery.fichiers):
            keep = writer(worksite, rang, fichier.extrait)
            counted_file = sort_rows(worksite.dossier, fichier, delivery.campagne, keep)
            gate_rejected(counted_file, worksite.reglages.taux_rejet_max)
            if (swapped := refuse_years(fichier, counted_file.years)) is not None:
                raise swapped
            repeated = find_repeated(
                earlier, worksite.dossier, delivery.campagne, fichier, counted_file
            )
            counts.append(counted_file.told(repeated))
            bar.advance()
    return Checked(tuple(counts))


def check(dossier: Path, delivery: Delivery, progress: Progress) -> Checked:
    """Sort every row of every file into valid and rejected; write nothing, count all.

    Raises:
        DeliveryError: a file cannot be read; or, once all are, one is of another school year.
    """
    counts = []
    with progress.step("check", len(delivery.fichiers)) as bar:
        for fichier in delivery.fichiers:
            counts.append(sort_rows(dossier, fichier, delivery.campagne, forget))
            bar.advance()
    for fichier, counted_file in zip(delivery.fichiers, counts, strict=True):
        if (swapped := refuse_years(fichier, counted_file.years)) is not None:
            raise swapped
    return Checked(tuple(counts))


def sort_rows(dossier: Path, fichier: Fichier, campagne: Campagne, keep: Keep) -> FileCount:
    """Sort the rows of one file, slice by slice, hand both sorts to `keep`, and count them."""
    rows_read = valides = rejetees = slices = 0
    rules: Counter[BrokenRule] = Counter()
    years: Counter[int] = Counter()
    avertissements: list[Notice] = []
    for raw in read_ahead(read_slices(dossier, fichier)):
        for avertissement in raw.avertissements:
            logger.warning("%s", avertissement)
        avertissements += raw.avertissements
        partition = validate_rows(raw.frame, fichier, campagne)
        rejets = pl.concat([raw.rejets, partition.rejets]).sort("ligne", "regle", "colonne")
        keep("valides", partition.valides, slices)
        keep("rejets", rejets, slices)
        rows_read += raw.lignes
        valides += partition.valides.height
        rejetees += rejets.filter(pl.col("gravite") == REJET)["ligne"].n_unique()
        rules.update(count_rules(rejets))
        years.update(count_years(partition.valides, fichier.extrait))
        slices += 1
    for told in tell_texts(fichier.nom, rules):
        logger.warning("%s", told)
        avertissements.append(told)
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
        dict(sorted(years.items())),
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
