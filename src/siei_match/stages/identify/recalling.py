"""Whose a row was last time, as far as keyed fingerprints tell: no row of last time is kept.

The register says by which fingerprints each identifier is known. A row of today that bears one of them
was, or is just like, a row of that person. Nothing more is held for it, and a purge that removes a
fingerprint removes this memory with it.
"""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from siei_match.stages.identify.fingerprints import fingerprints

ALONE: Final = "nom"
"""Names and birth date alone: homonyms share them, and they say nothing of who somebody was."""


Known = Callable[[pl.Series], pl.DataFrame]
"""Gives `id_personne`, `empreinte` of the register of last time, of these fingerprints alone: whole it is the largest
table there is, and few rows ask."""


def recall(traits: pl.DataFrame, known: Known, keys: Sequence[bytes]) -> pl.DataFrame:
    """Return `rid`, `before`: the one person of last time whose fingerprints a row bears.

    Args:
        traits: `tables/traits`, `rid` and `fingerprints.TRAITS` at least: the rows asked for.
        known: asks `tables/registre` of last time.
        keys: the secret key, then those that it replaced.

    A row that bears fingerprints of two people is nobody's.
    """
    # Each row speaks for itself: it is a person of its own here.
    own = traits.select("rid").with_row_index("personne")
    prints = pl.concat(fingerprints(traits, own, key) for key in keys)
    said = prints.filter(pl.col("genre").cast(pl.String) != ALONE)
    return (
        said.join(known(said["empreinte"].unique()), on="empreinte")
        .group_by("personne")
        .agg(before=pl.col("id_personne").first(), several=pl.col("id_personne").n_unique())
        .filter(pl.col("several") == 1)
        .join(own, on="personne")
        .select("rid", "before")
        .sort("rid")
    )
