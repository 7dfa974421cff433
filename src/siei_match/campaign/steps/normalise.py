"""Normalise: the valid rows become the tables that linkage and decision read."""

import logging
from collections import Counter

import polars as pl

from siei_match.campaign.results import Checked, Normalised, require_equal
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Delivery
from siei_match.reference.vocabulary import RETOURS
from siei_match.stages.normalise import normalise as normalise_rows
from siei_match.stages.normalise import normalise_retours

logger = logging.getLogger(__name__)


def normalise(worksite: Worksite, delivery: Delivery, checked: Checked) -> Normalised:
    """Take the valid rows to the tables that linkage and decision read, numbering them."""
    rows: Counter[str] = Counter()
    with worksite.progress.step("normalise", len(delivery.fichiers)) as bar:
        for rang, (fichier, counted_file) in enumerate(
            zip(delivery.fichiers, checked.fichiers, strict=True)
        ):
            # A whole file at once: a telephone that too many of its people share is nobody's.
            parts = [part_name(rang, slice_) for slice_ in range(counted_file.slices)]
            valides = worksite.read_parts("valides", parts)
            if fichier.extrait == RETOURS:
                tables = {"retours": normalise_retours(valides, fichier)}
            else:
                received = worksite.read_parts("dates_recues", parts)
                tables = vars(normalise_rows(valides, fichier, rows["traits"], received))
            for table, frame in tables.items():
                worksite.write(frame, table, part_name(rang))
                rows[table] += frame.height
            bar.advance()
    if not rows["retours"]:
        worksite.write(pl.DataFrame(schema=declaration("tables/retours").polars_schema), "retours")
    attendues = sum(c.valides for c in checked.fichiers if c.extrait != RETOURS)
    require_equal("rows of traits", rows["traits"], "valid rows", attendues)
    require_equal("rows of coordonnees", rows["coordonnees"], "valid rows", attendues)
    logger.info("%d rows normalised.", rows["traits"])
    return Normalised(rows["traits"], rows["parcours"], rows["titres"], rows["retours"])
