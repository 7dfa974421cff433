"""Normalise: the valid rows become the tables that linkage and decision read."""

import logging
from collections import Counter

import polars as pl

from siei_match.campaign.results import Controle, Normalisation, require_equal
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Livraison
from siei_match.reference.vocabulary import RETOURS
from siei_match.stages.normalise import normalise as normalise_rows
from siei_match.stages.normalise import normalise_retours

logger = logging.getLogger(__name__)


def normalise(chantier: Worksite, livraison: Livraison, controle: Controle) -> Normalisation:
    """Take the valid rows to the tables that linkage and decision read, numbering them."""
    lignes: Counter[str] = Counter()
    with chantier.suivi.step("normalise", len(livraison.fichiers)) as avancee:
        for rang, (fichier, compte) in enumerate(
            zip(livraison.fichiers, controle.fichiers, strict=True)
        ):
            # A whole file at once: a telephone that too many of its people share is nobody's.
            parts = [part_name(rang, tranche) for tranche in range(compte.tranches)]
            valides = chantier.read_parts("valides", parts)
            if fichier.extrait == RETOURS:
                tables = {"retours": normalise_retours(valides, fichier)}
            else:
                tables = vars(normalise_rows(valides, fichier, premier_rid=lignes["traits"]))
            for table, frame in tables.items():
                chantier.write(frame, table, part_name(rang))
                lignes[table] += frame.height
            avancee.advance()
    if not lignes["retours"]:
        chantier.write(pl.DataFrame(schema=declaration("tables/retours").polars_schema), "retours")
    attendues = sum(c.valides for c in controle.fichiers if c.extrait != RETOURS)
    require_equal("rows of traits", lignes["traits"], "valid rows", attendues)
    require_equal("rows of coordonnees", lignes["coordonnees"], "valid rows", attendues)
    logger.info("%d rows normalised.", lignes["traits"])
    return Normalisation(lignes["traits"], lignes["parcours"], lignes["titres"], lignes["retours"])
