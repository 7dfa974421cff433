"""Receive: the delivery as its campagne.toml announces it, before anything is written anywhere."""

import logging
from pathlib import Path

from siei_match.reference.delivery import Delivery
from siei_match.stages.extract import read_delivery

logger = logging.getLogger(__name__)


def receive(dossier: Path) -> Delivery:
    """Check the delivery against its campagne.toml, before anything is written anywhere."""
    delivery = read_delivery(dossier)
    for avertissement in delivery.avertissements:
        logger.warning("%s", avertissement)
    logger.info("Campaign %s: %d files.", delivery.campagne.code, len(delivery.fichiers))
    return delivery
