"""What platforms answered on earlier lists."""

import polars as pl

from siei_match.reference.contracts import conform, declaration
from siei_match.reference.delivery import Fichier


def normalise_retours(valides: pl.DataFrame, fichier: Fichier) -> pl.DataFrame:
    """Take a file of `retours` to its table; the comment stays behind, never republished.

    Raises:
        ContractError: a value that validation should have stopped.
    """
    retours = valides.sort("ligne").select(
        pl.col("ligne").cast(pl.UInt32),
        pl.col("id_signalement").str.to_lowercase(),
        "date_retour",
        "retour",
        "psad_destination",
        fichier=pl.lit(fichier.nom),
    )
    return conform(retours.select(declaration("tables/retours").columns), "tables/retours")
