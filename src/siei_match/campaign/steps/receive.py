"""Receive: the delivery as its campagne.toml announces it, before anything is written anywhere."""

import logging
from pathlib import Path

from siei_match.reference.delivery import Livraison
from siei_match.stages.extract import read_delivery

logger = logging.getLogger(__name__)


def receive(dossier: Path) -> Livraison:
    """Check the delivery against its campagne.toml, before anything is written anywhere."""
    livraison = read_delivery(dossier)
    for avertissement in livraison.avertissements:
        logger.warning("%s", avertissement)
    logger.info("Campaign %s: %d files.", livraison.campagne.code, len(livraison.fichiers))
    return livraison
