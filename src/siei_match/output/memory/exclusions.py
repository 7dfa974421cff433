"""What an exclusion does to a campaign's tables.

The rows of an excluded person are rejected under a rule of their own: rows read = valid +
rejected still holds, and nothing else tells that the person was there.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from siei_match.reference.vocabulary import REJET

EXCLUDED_PERSON: Final = "personne_exclue"
"""The rule's name, in `rejets`."""
LIGNE: Final = ("extrait", "fichier", "ligne")


def excluded_on(exclusions: pl.DataFrame, day: date) -> pl.Series:
    """Return the `id_personne` that a campaign which observes on `day` leaves out."""
    return exclusions.filter(pl.col("fin") >= day)["id_personne"]


def reject_rows(rejets: pl.DataFrame, rows: pl.DataFrame, fichiers: Sequence[str]) -> pl.DataFrame:
    """Add the rows of excluded people to `rejets`, in the order of the delivery.

    Args:
        rejets: tables/rejets.
        rows: extrait, fichier, ligne of the rows to reject.
        fichiers: the names of the delivery's files, in its order.
    """
    refused = rows.select(
        *LIGNE,
        gravite=pl.lit(REJET),
        regle=pl.lit(EXCLUDED_PERSON),
        colonne=pl.lit(None, pl.String),
    )
    return sort_rejets(pl.concat([rejets, refused.cast(rejets.schema)]), fichiers)


def sort_rejets(rejets: pl.DataFrame, fichiers: Sequence[str]) -> pl.DataFrame:
    """Sort tables/rejets in the order of the delivery, whose files `fichiers` names."""
    rank = pl.col("fichier").replace_strict(
        {name: rang for rang, name in enumerate(fichiers)}, return_dtype=pl.UInt32
    )
    return rejets.sort(rank, "ligne", "regle", "colonne", maintain_order=True)


def without_rows(liens: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the pairs of rows (tables/liens) of which none is among `rows`."""
    for side in ("a", "b"):
        liens = liens.join(
            rows.select(*LIGNE),
            left_on=[f"{name}_{side}" for name in LIGNE],
            right_on=list(LIGNE),
            how="anti",
            maintain_order="left",
        )
    return liens
