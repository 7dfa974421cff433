"""From the provider's files to normalised tables, one file in memory at a time."""

import logging
from collections import Counter
from pathlib import Path

import polars as pl

from siei_match.extract import Brut, Fichier, Livraison, read_delivery, read_file
from siei_match.normalise import normalise as normalise_file
from siei_match.normalise import normalise_retours
from siei_match.steps.results import Compte, Controle, Normalisation, require_equal
from siei_match.validate import Partition, gate_rejets
from siei_match.validate import validate as validate_file
from siei_match.vocabulary import REJET, RETOURS
from siei_match.worksite import Worksite

logger = logging.getLogger(__name__)

TABLES = ("traits", "parcours", "titres", "coordonnees")


def receive(dossier: Path) -> Livraison:
    """Check the delivery against its campagne.toml, before anything is written anywhere."""
    livraison = read_delivery(dossier)
    for avertissement in livraison.avertissements:
        logger.warning("%s", avertissement)
    logger.info("%s: %s files", livraison.campagne.code, len(livraison.fichiers))
    return livraison


def validate(chantier: Worksite, livraison: Livraison) -> Controle:
    """Sort every row of every file into valid and rejected, and write both."""
    comptes = []
    regles: Counter[tuple[str, str, str]] = Counter()
    with chantier.suivi.step("validate", len(livraison.fichiers)) as avancee:
        for part, fichier in enumerate(livraison.fichiers):
            brut = read_file(chantier.dossier, fichier)
            partition = partition_rows(brut, fichier, livraison)
            comptes.append(count_rows(brut, partition, fichier))
            regles.update(count_rules(partition.rejets))
            gate_rejets(comptes[-1], chantier.reglages.taux_rejet_max)
            chantier.write(partition.valides, "valides", part)
            chantier.write(partition.rejets, "rejets", part)
            avancee.advance()
    return Controle(tuple(comptes), dict(sorted(regles.items())))
