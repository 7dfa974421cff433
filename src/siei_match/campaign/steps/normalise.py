"""Normalise: the valid rows become the tables that linkage and decision read, some slices of a file at a time."""

import logging
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import polars as pl

from siei_match.campaign.results import Checked, FileCount, Normalised, require_equal
from siei_match.campaign.worksite import Worksite, part_name
from siei_match.reference.contracts import declaration
from siei_match.reference.delivery import Delivery, Fichier
from siei_match.reference.parallel import each
from siei_match.reference.vocabulary import RETOURS
from siei_match.stages.normalise import (
    normalise_part,
    normalise_retours,
    phone_holders,
    shared_phones,
    without_phones,
)

logger = logging.getLogger(__name__)

AT_ONCE: Final = 2
"""Slices of a file that are normalised together: half a million rows, in each thread."""
UNSETTLED: Final = "traits_a_revoir"
"""Traits whose telephones may be nobody's: it takes the whole file to know."""


def normalise(worksite: Worksite, delivery: Delivery, checked: Checked) -> Normalised:
    """Take the valid rows to the tables that linkage and decision read, numbering them."""
    rows: Counter[str] = Counter()
    with worksite.progress.step("normalise", len(delivery.fichiers)) as bar:
        for rang, (fichier, counted) in enumerate(
            zip(delivery.fichiers, checked.fichiers, strict=True)
        ):
            slices = [part_name(rang, slice_) for slice_ in range(counted.slices)]
            if fichier.extrait == RETOURS:
                answers = normalise_retours(worksite.read_parts("valides", slices), fichier)
                worksite.write(answers, "retours", part_name(rang))
                rows["retours"] += answers.height
            else:
                rows += _normalise_file(worksite, fichier, counted, slices, rows["traits"])
            bar.advance()
    if not rows["retours"]:
        worksite.write(pl.DataFrame(schema=declaration("tables/retours").polars_schema), "retours")
    attendues = sum(c.valides for c in checked.fichiers if c.extrait != RETOURS)
    require_equal("rows of traits", rows["traits"], "valid rows", attendues)
    require_equal("rows of coordonnees", rows["coordonnees"], "valid rows", attendues)
    logger.info("%d rows normalised.", rows["traits"])
    return Normalised(rows["traits"], rows["parcours"], rows["titres"], rows["retours"])


def _normalise_file(
    worksite: Worksite, fichier: Fichier, counted: FileCount, slices: Sequence[str], first: int
) -> Counter[str]:
    """Write the tables of a file of people, numbering its rows from `first`; return their rows."""
    groups = [slices[at : at + AT_ONCE] for at in range(0, len(slices), AT_ONCE)]
    heights = [sum(worksite.height("valides", part) for part in group) for group in groups]
    require_equal(f"{counted.fichier}: rows kept", sum(heights), "valid rows", counted.valides)

    def one(work: tuple[Sequence[str], int]) -> tuple[Counter[str], pl.DataFrame]:
        group, start = work
        valides = worksite.read_parts("valides", group)
        received = worksite.read_parts("dates_recues", group)
        made = normalise_part(valides, fichier, start, received)
        tables = vars(made)
        for table, frame in tables.items():
            name, declared = (UNSETTLED, "traits") if table == "traits" else (table, table)
            worksite.write(frame, name, group[0], declared=declaration(f"tables/{declared}"))
        return Counter({table: frame.height for table, frame in tables.items()}), phone_holders(
            made.traits
        )

    starts = accumulate(heights[:-1], initial=first)
    done = each(one, zip(groups, starts, strict=True))
    shared = shared_phones(pl.concat([given for _, given in done]))

    def settle(group: Sequence[str]) -> None:
        traits = worksite.take_part(UNSETTLED, group[0])
        worksite.write(without_phones(traits, shared), "traits", group[0])

    each(settle, groups)
    return sum((rows for rows, _ in done), Counter[str]())
