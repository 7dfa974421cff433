"""Validate: every row of every file, valid or rejected, one slice of one file in memory at a time."""

import logging
from datetime import date
from pathlib import Path

import polars as pl

from siei_match.campaign.earlier import read_previous_tallies
from siei_match.campaign.places import BrokenPlaces
from siei_match.campaign.progress import Progress
from siei_match.campaign.repeated import find_repeated, read_manifests
from siei_match.campaign.results import Checked, Examined, RefusedFile
from siei_match.campaign.sorting import Keep, sort_rows
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.delivery import Delivery, Fichier
from siei_match.reference.errors import SieiError
from siei_match.reference.failures import shield
from siei_match.reference.nomenclatures import load_psad
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import RETOURS
from siei_match.stages.extract import require_unchanged
from siei_match.stages.validate import (
    RejectionLimit,
    gate_rejected,
    gate_sources,
    valid_declaration,
)
from siei_match.stages.validate.plausible import (
    FileCounter,
    Plausibility,
    judge,
    require_plausible,
)
from siei_match.stages.validate.years import refuse_years

logger = logging.getLogger(__name__)


def validate(worksite: Worksite, delivery: Delivery) -> Checked:
    """Sort every row into valid and rejected, write both, and judge the delivery as a whole.

    Raises:
        DeliveryError: a file cannot be read; it, or its source, has more rejected rows than the settings allow; it is of
            another school year than announced, is last campaign's, or changed meanwhile; or the delivery is
            implausible, and its campagne.toml does not say to go on.
    """
    counts, counters = [], []
    limit = RejectionLimit.of(worksite.reglages)
    earlier = read_manifests(worksite.staging.sortie, delivery.campagne.code)
    with worksite.progress.step("validate", len(delivery.fichiers)) as bar:
        for rang, fichier in enumerate(delivery.fichiers):
            keep = writer(worksite, rang, fichier.extrait)
            counter = FileCounter(fichier, delivery.campagne)
            counted_file = sort_rows(
                worksite.dossier,
                fichier,
                delivery.campagne,
                keep,
                counter,
                platforms=name_platforms(
                    fichier, worksite.reglages, delivery.campagne.date_observation
                ),
            )
            gate_rejected(counted_file, limit)
            if (swapped := refuse_years(fichier, counted_file.years)) is not None:
                raise swapped
            repeated = find_repeated(
                earlier, worksite.dossier, delivery.campagne, fichier, counted_file
            )
            counts.append(counted_file.told(repeated))
            counters.append((counter, counted_file.regles))
            bar.advance()
    gate_sources(counts, limit)
    require_unchanged(worksite.dossier, delivery.states, delivery.states)
    previous = read_previous_tallies(worksite.staging.sortie, delivery.campagne.code)
    plausibility = judge(counters, delivery.campagne, worksite.reglages, previous)
    tell_implausible(plausibility)
    require_plausible(plausibility)
    return Checked(tuple(counts), plausibility)


def check(dossier: Path, delivery: Delivery, progress: Progress, settings: Settings) -> Examined:
    """Sort every row of every file that is there into valid and rejected; write nothing, count all.

    A file that cannot be read is told among the others (`Examined.refused`), and stops nothing; the
    school years are then not compared, which that file would have had a part in.
    """
    counts, counters, refused, places = [], [], [], BrokenPlaces()
    with progress.step("check", len(delivery.fichiers)) as bar:
        for fichier in {f.nom: f for f in delivery.fichiers}.values():
            try:
                if (dossier / fichier.nom).is_file():
                    counter = FileCounter(fichier, delivery.campagne)
                    keep = places.keep
                    known = name_platforms(fichier, settings, delivery.campagne.date_observation)
                    found = _sort_shielded(
                        dossier, fichier, delivery.campagne, keep, counter, platforms=known
                    )
                    counts.append(found)
                    counters.append((counter, found.regles))
                    if (swapped := refuse_years(fichier, found.years)) is not None:
                        raise swapped
            except SieiError as error:
                refused.append(RefusedFile(fichier.extrait, fichier.nom, error))
            bar.advance()
    whole = len(counters) == len(delivery.fichiers)
    plausibility = judge(counters, delivery.campagne, settings, whole=whole)
    tell_implausible(plausibility)
    code = delivery.campagne.code
    return Examined(tuple(counts), plausibility, code, tuple(refused), places.all())


def name_platforms(fichier: Fichier, settings: Settings, day: date) -> tuple[str, ...]:
    """Return the codes of the platforms that exist, for the one extract that names any."""
    if fichier.extrait != RETOURS:
        return ()
    return tuple(load_psad(settings.psad, day).zones["code"])


def tell_implausible(plausibility: Plausibility) -> None:
    """Log what is implausible: a run that goes on all the same has said so."""
    for notice in plausibility.notices:
        logger.warning("%s", notice)
    for alarm in plausibility.alarms:
        logger.warning("Implausible: %s", alarm.journal)


def writer(worksite: Worksite, rang: int, extrait: str) -> Keep:
    """Return what writes the slices of a file; a valid row looks as its extract says."""
    declared = {"valides": valid_declaration(extrait)}

    def write(table: str, frame: pl.DataFrame, slice_: int) -> None:
        worksite.write(frame, table, part_name(rang, slice_), declared=declared.get(table))

    return write


_sort_shielded = shield(sort_rows)
