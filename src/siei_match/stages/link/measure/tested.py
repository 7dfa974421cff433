"""What the test showed of each person: who groups people (by sex, by age …) can say a group's errors.

The linkage knows of no group. It hands out weighed pairs per person tested, by one row of theirs.
"""

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.stages.link.measure.errors_expected import (
    Known,
    is_measured,
    read_cases,
    scale_to_links,
)
from siei_match.stages.link.people.trace import Trace


def tested_people(
    trace: Trace, person: npt.NDArray[np.int64], known: Known, counted: pl.DataFrame
) -> pl.DataFrame:
    """Return `tables/personnes_testees`: per person tested and pair of sources, pairs of rows.

    Args:
        trace: the run's linkage.
        person: the person that identifiers make of each fiche, -1 without.
        known: what the run knows of its links.
        counted: see `tally`.

    Each weighs what it stands for among the links really made, and the pairs of sources that cannot
    be measured are left out: sums over everybody are those of `errors_expected.describe`.
    """
    cases = read_cases(counted, known.couples)
    which = np.array([is_measured(known, cases, pair) for pair in range(known.couples.count)])
    factor = scale_to_links(known, cases, which)[cases.couple]
    rows = (
        trace.fiches.lignes.with_columns(personne=pl.Series(person)[trace.fiches.lignes["fiche"]])
        .filter(pl.col("personne") >= 0)
        .group_by("personne")
        .agg(pl.col("rid").min())
    )
    names = dict(enumerate(known.couples.sources))
    sides = (pl.col("couple") // len(names), pl.col("couple") % len(names))
    a, b = (side.replace_strict(names, return_dtype=pl.String) for side in sides)
    return (
        counted.select("personne", "couple", extrait_a=a, extrait_b=b)
        .with_columns(
            testees=pl.Series(cases.tested * factor),
            manquees=pl.Series(cases.missed * factor),
            fausses=pl.Series(cases.false * factor),
        )
        .filter(pl.Series(factor > 0))
        .join(rows, on="personne")
        .sort("rid", "couple")
        .select("rid", "extrait_a", "extrait_b", "testees", "manquees", "fausses")
    )
