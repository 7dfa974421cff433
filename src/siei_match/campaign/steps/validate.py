"""Validate: every row of every file, valid or rejected, one slice of one file in memory at a time."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from siei_match.campaign.progress import Progress
from siei_match.campaign.results import BrokenRule, Controle, FileCount
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.delivery import Campagne, Fichier, Livraison
from siei_match.reference.errors import Avertissement
from siei_match.reference.vocabulary import REJET
from siei_match.stages.extract import Brut, read_slices
from siei_match.stages.validate import count_rules, gate_rejets, valid_declaration
from siei_match.stages.validate import validate as validate_rows

logger = logging.getLogger(__name__)

Keep = Callable[[str, pl.DataFrame, int], None]
"""Receives a table's name, its rows of one slice, and the slice's number."""


def validate(chantier: Worksite, livraison: Livraison) -> Controle:
    """Sort every row into valid and rejected, and write both.

    Raises:
        DeliveryError: a file cannot be read, or has more rejected rows than the settings allow.
    """
    comptes = []
    with chantier.suivi.step("validate", len(livraison.fichiers)) as avancee:
        for rang, fichier in enumerate(livraison.fichiers):
            keep = writer(chantier, rang, fichier.extrait)
            compte = sort_rows(chantier.dossier, fichier, livraison.campagne, keep)
            gate_rejets(compte, chantier.reglages.taux_rejet_max)
            comptes.append(compte)
            avancee.advance()
    return Controle(tuple(comptes))


def check(dossier: Path, livraison: Livraison, suivi: Progress) -> Controle:
    """Sort every row of every file into valid and rejected; write nothing, count all."""
    comptes = []
    with suivi.step("check", len(livraison.fichiers)) as avancee:
        for fichier in livraison.fichiers:
            comptes.append(sort_rows(dossier, fichier, livraison.campagne, forget))
            avancee.advance()
    return Controle(tuple(comptes))


def sort_rows(dossier: Path, fichier: Fichier, campagne: Campagne, keep: Keep) -> FileCount:
    """Sort the rows of one file, slice by slice, hand both sorts to `keep`, and count them."""
    lues = valides = rejetees = tranches = 0
    regles: Counter[BrokenRule] = Counter()
    avertissements: list[Avertissement] = []
    for brut in read_ahead(read_slices(dossier, fichier)):
        for avertissement in brut.avertissements:
            logger.warning("%s", avertissement)
        avertissements += brut.avertissements
        partition = validate_rows(brut.frame, fichier, campagne)
        rejets = pl.concat([brut.rejets, partition.rejets]).sort("ligne", "regle", "colonne")
        keep("valides", partition.valides, tranches)
        keep("rejets", rejets, tranches)
        lues += brut.lignes
        valides += partition.valides.height
        rejetees += rejets.filter(pl.col("gravite") == REJET)["ligne"].n_unique()
        regles.update(count_rules(rejets))
        tranches += 1
    logger.info("%s: %d rows read, %d valid, %d rejected.", fichier.nom, lues, valides, rejetees)
    return FileCount(
        fichier.extrait,
        fichier.nom,
        lues,
        valides,
        rejetees,
        tranches,
        dict(regles),
        tuple(avertissements),
    )


def read_ahead(tranches: Iterator[Brut]) -> Iterator[Brut]:
    """Read a slice while the one before it is validated: reading a file takes one core only."""
    with ThreadPoolExecutor(1) as lecteur:
        prochaine = lecteur.submit(next, tranches, None)
        while (tranche := prochaine.result()) is not None:
            prochaine = lecteur.submit(next, tranches, None)
            yield tranche


def writer(chantier: Worksite, rang: int, extrait: str) -> Keep:
    """Return what writes the slices of a file; a valid row looks as its extract says."""
    declared = {"valides": valid_declaration(extrait)}

    def write(table: str, frame: pl.DataFrame, tranche: int) -> None:
        chantier.write(frame, table, part_name(rang, tranche), declared=declared.get(table))

    return write


def forget(table: str, frame: pl.DataFrame, tranche: int) -> None:
    """Keep nothing."""
