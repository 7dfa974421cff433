"""First names of the births of 1995–2012 (INSEE, fichier des prénoms)."""

from functools import cache
from typing import Final

import polars as pl

from siei_match.nomenclatures.lieux import nomenclature_path

COMMON_FROM_BIRTHS: Final = 1500
"""About two births in ten thousand over the eighteen years."""


@cache
def prenoms_courants() -> pl.Series:
    """Return the first names, A–Z in capitals, given to at least `COMMON_FROM_BIRTHS` children."""
    births = pl.read_parquet(nomenclature_path("prenoms_naissances_1995_2012.parquet"))
    plain = (
        pl.col("prenom")
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.to_uppercase()
        .str.replace_all("[^A-Z]+", " ")
        .str.strip_chars()
    )
    return (
        births.group_by(plain.alias("prenom"))
        .agg(pl.col("effectif").sum())
        .filter(pl.col("effectif") >= COMMON_FROM_BIRTHS)
        .sort("prenom")["prenom"]
    )
