"""How frequent names and birthplaces are in the country, and which first names are one: what a small
delivery cannot tell.

Sources: INSEE, fichier des noms (ranks only) and fichier des prénoms (births 1995–2012);
population of communes, INSEE. Every function returns a cached frame `valeur`, `part`.
"""

from functools import cache
from typing import Final

import numpy as np
import polars as pl

from siei_match.reference.nomenclatures.places import communes, nomenclature_path, pays, read_csv

COMMON_FROM_SHARE: Final = 1e-4
"""A first name that one child in ten thousand bears is a name of its own, not a typing error."""
MARTIN: Final = 0.0035
EXPONENT: Final = 0.85
OFFSET: Final = 16.0
"""The list has ranks and no counts. These give rank 1 the 0.35 % that MARTIN is known for, rank
1,000 about one person in 9,000, rank 10,000 one in 65,000, and all names together about 1."""
BORN_ABROAD: Final = 0.08


def plain(text: pl.Expr, keep: str = "A-Z") -> pl.Expr:
    """Return A–Z capitals and single spaces, as `normalise` writes names of the INSEE lists.

    `keep`: the characters that stay, as a regular expression writes them between brackets.
    """
    return (
        text.str.to_uppercase()
        .str.replace_many(["Œ", "Æ"], ["OE", "AE"])
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all(f"[^{keep}]+", " ")
        .str.strip_chars()
    )


@cache
def surname_shares() -> pl.DataFrame:
    """Return the share of each surname, by a Zipf–Mandelbrot law over its rank."""
    ranked = pl.read_parquet(nomenclature_path("patronymes_rangs.parquet"), glob=False).sort("rang")
    weights = (np.arange(1, ranked.height + 1) + OFFSET) ** -EXPONENT
    shares = pl.Series("part", weights * (MARTIN / weights[0]))
    return (
        ranked.with_columns(shares)
        .group_by(valeur=plain(pl.col("nom")))
        .agg(pl.col("part").sum())
        .filter(pl.col("valeur") != "")
        .sort("valeur")
    )


@cache
def first_name_shares() -> pl.DataFrame:
    """Return the share of each first name among the births of 1995–2012."""
    births = pl.read_parquet(nomenclature_path("prenoms_naissances_1995_2012.parquet"), glob=False)
    return (
        births.group_by(valeur=plain(pl.col("prenom")))
        .agg(part=pl.col("effectif").sum())
        .filter(pl.col("valeur") != "")
        .with_columns(pl.col("part") / pl.col("part").sum())
        .sort("valeur")
    )


@cache
def common_first_names() -> pl.Series:
    """Return the first names of at least `COMMON_FROM_SHARE` of the children."""
    return first_name_shares().filter(pl.col("part") >= COMMON_FROM_SHARE)["valeur"]


@cache
def first_name_variants() -> pl.DataFrame:
    """Return `prenom`, `variante`: short forms and other spellings of one first name, each pair once."""
    return read_csv("prenoms_variantes.csv").select("prenom", "variante")


@cache
def place_shares() -> pl.DataFrame:
    """Return the share of each commune of today, by population, and of each country of birth."""
    here = communes().select(valeur="code", part=pl.col("population") / pl.col("population").sum())
    abroad = pays().select(valeur="code", part=pl.lit(BORN_ABROAD) / pl.len())
    return pl.concat([here.with_columns(pl.col("part") * (1 - BORN_ABROAD)), abroad]).sort("valeur")
