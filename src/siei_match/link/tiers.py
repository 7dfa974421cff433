"""The sure tiers: rows joined before any candidate is searched.

`ine`: the INE agrees and the other traits make it believable. `traits`: surname, first name, full
birth date and birthplace are the same, and homonyms of that name, day and place are not expected.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from siei_match.link.codes import DATE
from siei_match.link.comparison import Comparator
from siei_match.link.fiches import Fiches

HOMONYMS_EXPECTED: Final = 1e-3
"""A name, day and place are unique when fewer homonyms than this are expected in the population."""


def pairs_by_ine(fiches: Fiches) -> pl.DataFrame:
    """Return the pairs `a` < `b` of fiches with the same INE."""
    held = fiches.table.select("fiche", "ine").drop_nulls("ine")
    return (
        held.join(held, on="ine", suffix="_b")
        .filter(pl.col("fiche") < pl.col("fiche_b"))
        .select(pl.col("fiche").alias("a"), pl.col("fiche_b").alias("b"))
        .sort("a", "b")
    )


def pairs_by_traits(fiches: Fiches, comparator: Comparator, population: int) -> pl.DataFrame:
    """Return pairs (a star per key) that agree on every identity trait, where that is unique.

    A key borne by two INE is left to the likeness tier: its fiches may be two people.
    """
    key = ["nom", "prenom1", *DATE, "naissance_lieu"]
    nom_part, prenom_part = (
        comparator.parts[t].rename({"part": f"part_{t}"}) for t in ("nom", "prenom")
    )
    shares = comparator.coded.select("part_naissance", "part_lieu")
    keyed = (
        pl.concat([fiches.table, shares], how="horizontal")
        .join(fiches.noms, on="noms", suffix="_core")
        .with_columns(nom=pl.coalesce("nom_naissance_core", "nom_usage_core"))
        .drop_nulls(key)
        .join(nom_part, left_on="nom", right_on="valeur")
        .join(prenom_part, left_on="prenom1", right_on="valeur")
        .filter(
            population
            * pl.col("part_nom")
            * pl.col("part_prenom")
            * pl.col("part_lieu")
            * pl.col("part_naissance")
            < HOMONYMS_EXPECTED
        )
    )
    stars = (
        keyed.group_by(key)
        .agg(
            pl.col("fiche").sort(),
            pl.col("ine").drop_nulls().n_unique().alias("ines"),
            pl.col("sexe").drop_nulls().n_unique().alias("sexes"),
        )
        .filter((pl.col("fiche").list.len() > 1) & (pl.col("ines") <= 1) & (pl.col("sexes") <= 1))
    )
    return (
        stars.select(pl.col("fiche").list.first().alias("a"), pl.col("fiche").alias("b"))
        .explode("b")
        .filter(pl.col("a") != pl.col("b"))
        .select("a", "b")
        .sort("a", "b")
    )


def components(count: int, edges: pl.DataFrame) -> npt.NDArray[np.uint32]:
    """Number the connected components of fiches 0..count-1, in the order of their first fiche."""
    a, b = edges["a"].to_numpy(), edges["b"].to_numpy()
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(count, count))
    _, labels = connected_components(graph, directed=False)
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse].astype(np.uint32)
