"""Who each row would be of at a stricter and at a wider threshold, from the linkage at hand.

Strict: people fall into the pieces that links sure enough to decide hold together (`seuil_decision`). Wide:
people whom a pair in doubt may join (`seuil_doute`) are one. Pieces nest in people, people in what is wide.
"""

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from siei_match.reference.keyed import keyed, lettered

TOLD = pl.Schema(
    {"rid": pl.UInt32, "id_personne": pl.String, "id_strict": pl.String, "id_large": pl.String}
)


def name_thresholds(
    people: pl.DataFrame, cores: pl.DataFrame, pairs: pl.DataFrame, key: bytes
) -> pl.DataFrame:
    """Name the rows of the people whom another threshold would part, or join to others.

    Args:
        people: tables/personnes.
        cores: tables/noyaux.
        pairs: tables/paires_groupes of these people.
        key: the secret key.

    Returns: rid, id_personne, id_strict, id_large, sorted by rid. The largest piece keeps `id_personne`; no
        other name is anybody's `id_personne`. Who is in neither case is left out: all three are the same.
    """
    pieces = _name_pieces(people.join(cores, on="rid"), key)
    wide = _name_wide(people, pairs, key)
    return (
        people.select("rid", "id_personne")
        .join(pieces, on="rid", how="left")
        .join(wide, on="id_personne", how="left")
        .filter(pl.col("id_strict").is_not_null() | pl.col("id_large").is_not_null())
        .with_columns(pl.col("id_strict", "id_large").fill_null(pl.col("id_personne")))
        .select([*TOLD])
        .cast(TOLD)
        .sort("rid")
    )


def _name_pieces(rows: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return rid, id_strict of the people in several pieces."""
    ranked = (
        rows.group_by("id_personne", "noyau")
        .agg(n=pl.len(), first=pl.col("rid").min())
        .sort("id_personne", "n", "first", descending=[False, True, False])
        .with_columns(rank=pl.int_range(pl.len()).over("id_personne"))
    )
    # Of whom an exclusion or a clerk left one piece, nothing is parted.
    several = ranked.filter(pl.len().over("id_personne") > 1)
    others = several.filter(pl.col("rank") > 0)
    text = others.select(pl.format("strict|{}|{}", "id_personne", "rank")).to_series()
    named = others.select("noyau", id_strict=lettered("p", keyed(text, key)))
    kept = several.filter(rank=0).select("noyau", id_strict="id_personne")
    return rows.select("rid", "noyau").join(pl.concat([kept, named]), on="noyau").drop("noyau")


def _name_wide(people: pl.DataFrame, pairs: pl.DataFrame, key: bytes) -> pl.DataFrame:
    """Return id_personne, id_large of the people whom pairs in doubt join, followed on."""
    ends = pl.concat([pairs["personne_a"], pairs["personne_b"]]).unique().sort()
    names = (
        ends.alias("personne").to_frame()
        .join(people.select("personne", "id_personne").unique(), on="personne", maintain_order="left")
    )  # fmt: skip
    a, b = (ends.search_sorted(pairs[side]).to_numpy() for side in ("personne_a", "personne_b"))
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(ends), len(ends)))
    whole = connected_components(graph, directed=False)[1] if len(ends) else np.zeros(0)
    told = names.with_columns(
        whole=pl.Series(whole, dtype=pl.Int64), least=pl.lit(None, dtype=pl.String)
    ).with_columns(least=pl.col("id_personne").min().over("whole"))
    label = lettered("p", keyed("large|" + told["least"], key))
    return told.select("id_personne", id_large=label)
