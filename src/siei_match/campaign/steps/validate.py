"""Validate: every row of every file, valid or rejected, one slice of one file in memory at a time."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from siei_match.campaign.places import BrokenPlaces
from siei_match.campaign.progress import Progress
from siei_match.campaign.results import BrokenRule, Checked, Examined, FileCount, RefusedFile
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.delivery import Campagne, Delivery, Fichier
from siei_match.reference.errors import Notice, SieiError
from siei_match.reference.failures import shield
from siei_match.reference.vocabulary import REJET
from siei_match.stages.extract import RawSlice, read_slices
from siei_match.stages.validate import count_rules, gate_rejected, valid_declaration
from siei_match.stages.validate import validate as validate_rows

logger = logging.getLogger(__name__)

Keep = Callable[[str, pl.DataFrame, int], None]
"""Receives a table's name, its rows of one slice, and the slice's number."""


def validate(worksite: Worksite, delivery: Delivery) -> Checked:
    """Sort every row into valid and rejected, and write both.

    Raises:
        DeliveryError: a file cannot be read, or has more rejected rows than the settings allow.
    """
    counts = []
    with worksite.progress.step("validate", len(delivery.fichiers)) as bar:
        for rang, fichier in enumerate(delivery.fichiers):
            keep = writer(worksite, rang, fichier.extrait)
            counted_file = sort_rows(worksite.dossier, fichier, delivery.campagne, keep)
            gate_rejected(counted_file, worksite.reglages.taux_rejet_max)
            counts.append(counted_file)
            bar.advance()
    return Checked(tuple(counts))


def check(dossier: Path, delivery: Delivery, progress: Progress) -> Examined:
    """Sort every row of every file that is there into valid and rejected; write nothing, count all.

    A file that cannot be read is told among the others (`Examined.refused`), and stops nothing.
    """
    counts, refused, places = [], [], BrokenPlaces()
    with progress.step("check", len(delivery.fichiers)) as bar:
        for fichier in {f.nom: f for f in delivery.fichiers}.values():
            try:
                if (dossier / fichier.nom).is_file():
                    counts.append(_sort_shielded(dossier, fichier, delivery.campagne, places.keep))
            except SieiError as error:
                refused.append(RefusedFile(fichier.extrait, fichier.nom, error))
            bar.advance()
    return Examined(tuple(counts), delivery.campagne.code, tuple(refused), places.all())


def sort_rows(dossier: Path, fichier: Fichier, campagne: Campagne, keep: Keep) -> FileCount:
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


_sort_shielded = shield(sort_rows)
