"""Receive: the delivery as its campagne.toml announces it, before anything is written anywhere."""

import logging
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from siei_match.campaign.results import RefusedFile
from siei_match.reference.delivery import Delivery
from siei_match.stages.extract import Fault, guess_extract, read_delivery, survey_delivery

logger = logging.getLogger(__name__)


def receive(dossier: Path) -> Delivery:
    """Check the delivery against its campagne.toml, before anything is written anywhere."""
    delivery = read_delivery(dossier)
    _log(delivery)
    return delivery


def survey(dossier: Path) -> tuple[Delivery, tuple[RefusedFile, ...]]:
    """Do as `receive`, for a check: go on after what is wrong, and return all of it.

    Raises:
        DeliveryError: campagne.toml cannot be read: there is nothing to go on with.
    """
    delivery, faults = survey_delivery(dossier)
    _log(delivery)
    return delivery, tuple(chain.from_iterable(_spread(fault, delivery) for fault in faults))


def _spread(fault: Fault, delivery: Delivery) -> Iterator[RefusedFile]:
    """Tell a fault to whom it concerns: each extract, or each file, that it names."""
    fichier, error = fault
    known = {listed.nom: listed.extrait for listed in delivery.fichiers}
    if fichier is not None:
        yield RefusedFile(fichier.extrait, fichier.nom, error)
    elif extracts := str(error.found.get("extraits", "")):
        yield from (RefusedFile(extrait, None, error) for extrait in extracts.split(", "))
    elif names := str(error.found.get("fichiers", "")):
        for name in names.split(", "):
            yield RefusedFile(known.get(name) or guess_extract(name), name, error)
    else:
        yield RefusedFile(None, None, error)


def _log(delivery: Delivery) -> None:
    for avertissement in delivery.avertissements:
        logger.warning("%s", avertissement)
    logger.info("Campaign %s: %d files.", delivery.campagne.code, len(delivery.fichiers))
