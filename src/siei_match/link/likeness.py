"""Likeness of words, over distinct pairs of values."""

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

from siei_match.link.levels import NOM, PRENOM
from siei_match.nomenclatures import prenoms_courants

Levels = npt.NDArray[np.uint8]

MIN_LETTERS_FOR_A_TYPO = 4
NEAR = 0.93
FAR = 0.86


def _strings(values: pl.Series) -> list[str]:
    return values.fill_null("").to_list()


def jaro_winkler(a: pl.Series, b: pl.Series) -> npt.NDArray[np.float32]:
    return np.asarray(
        cpdist(
            _strings(a), _strings(b), scorer=JaroWinkler.similarity, dtype=np.float32, workers=-1
        )
    )


def edits(a: pl.Series, b: pl.Series) -> npt.NDArray[np.uint8]:
    """Count insertions, deletions, substitutions and transpositions, up to 3 (then 4)."""
    return np.asarray(
        cpdist(
            _strings(a),
            _strings(b),
            scorer=OSA.distance,
            score_cutoff=3,
            dtype=np.uint8,
            workers=-1,
        )
    )


def word_likeness(pairs: pl.DataFrame) -> pl.DataFrame:
    """Compare columns `a` and `b` (text, not null): add `egal`, `partie`, `proche`, `lointain`.

    `egal` ignores spaces (DE LA CRUZ, DELACRUZ); `partie`: the words of one are among the
    other's; `proche`: one typing error or nearly so; `lointain`: some likeness.
    """
    a, b = pl.col("a"), pl.col("b")
    words = pairs.with_columns(
        a.str.replace_all(" ", "").alias("_a"),
        b.str.replace_all(" ", "").alias("_b"),
        a.str.split(" ").alias("_mots_a"),
        b.str.split(" ").alias("_mots_b"),
    )
    common = pl.col("_mots_a").list.set_intersection("_mots_b").list.len()
    fewest = pl.min_horizontal(pl.col("_mots_a").list.n_unique(), pl.col("_mots_b").list.n_unique())
    similarity = jaro_winkler(words["_a"], words["_b"])
    distance = edits(words["_a"], words["_b"])
    length = pl.min_horizontal(pl.col("_a").str.len_chars(), pl.col("_b").str.len_chars())
    return (
        words.with_columns(
            pl.Series("_jw", similarity, dtype=pl.Float32),
            pl.Series("_osa", distance, dtype=pl.UInt8),
        )
        .with_columns(
            egal=pl.col("_a") == pl.col("_b"),
            partie=(common == fewest) & (common > 0),
            proche=((pl.col("_osa") <= 1) & (length >= MIN_LETTERS_FOR_A_TYPO))
            | ((pl.col("_osa") <= 2) & (length >= 2 * MIN_LETTERS_FOR_A_TYPO))
            | (pl.col("_jw") >= NEAR),
            lointain=(pl.col("_jw") >= FAR) | ((pl.col("_osa") <= 2) & (length >= 5)),
        )
        .drop("_a", "_b", "_mots_a", "_mots_b", "_jw", "_osa")
    )


def _variants(ids: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Cross the values of both sides: columns id_a, id_b, a, rang_a, b, rang_b."""
    return (
        ids.join(left, left_on="id_a", right_on="id")
        .rename({"valeur": "a", "rang": "rang_a"})
        .join(right, left_on="id_b", right_on="id")
        .rename({"valeur": "b", "rang": "rang_b"})
    )


def values_long(table: pl.DataFrame, key: str) -> pl.DataFrame:
    """Unpivot a table of values: columns `id`, `rang` (place of the column, from 0), `valeur`."""
    columns = [c for c in table.columns if c != key]
    return (
        table.unpivot(on=columns, index=key, variable_name="colonne", value_name="valeur")
        .drop_nulls("valeur")
        .select(
            pl.col(key).alias("id"),
            pl.col("colonne")
            .replace_strict(columns, range(len(columns)), return_dtype=pl.UInt8)
            .alias("rang"),
            "valeur",
        )
    )


def compare_noms(ids: pl.DataFrame, values: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Give the level of `nom` to pairs of surname sets, names of birth and usage crossed.

    Args:
        ids: distinct `id_a`, `id_b`.
        values: `id`, `rang`, `valeur` (see `values_long`).
        shares: `valeur`, `part` (share of people who bear it).

    Returns:
        `id_a`, `id_b`, `niveau` (UInt8), `part` of the rarest surname that agrees (or null).
    """
    crossed = _variants(ids, values, values)
    distinct = word_likeness(crossed.select("a", "b").unique())
    level = (
        pl.when("egal")
        .then(NOM.code("egal"))
        .when("partie")
        .then(NOM.code("partie"))
        .when("proche")
        .then(NOM.code("proche"))
        .when("lointain")
        .then(NOM.code("lointain"))
        .otherwise(NOM.code("different"))
        .cast(pl.UInt8)
    )
    scored = (
        crossed.join(distinct.with_columns(niveau=level), on=["a", "b"])
        .join(shares, left_on="a", right_on="valeur", how="left")
        .group_by("id_a", "id_b")
        .agg(
            pl.col("niveau").min(),
            pl.col("part").filter(pl.col("egal")).min(),
        )
    )
    return scored


def compare_prenoms(ids: pl.DataFrame, values: pl.DataFrame, shares: pl.DataFrame) -> pl.DataFrame:
    """Give the level of `prenom` to pairs of first-name sets.

    The first first name counts most: `egal`, `partie` (JEAN, JEAN PIERRE) and `proche` are about
    it; `autre` says that some other first name agrees (usage of the second, another order).
    Two names that are both *common* and look alike (LUCA, LUCAS) are `courants`: rather two
    people than a typing error.

    Returns: as `compare_noms`.
    """
    crossed = _variants(ids, values, values)
    distinct = word_likeness(crossed.select("a", "b").unique())
    both_first = (pl.col("rang_a") == 0) & (pl.col("rang_b") == 0)
    both_common = pl.all_horizontal(
        pl.col(side).is_in(prenoms_courants().implode()) for side in ("a", "b")
    )
    alike = both_first & pl.col("proche")
    level = (
        pl.when(both_first & pl.col("egal"))
        .then(PRENOM.code("egal"))
        .when(both_first & pl.col("partie"))
        .then(PRENOM.code("partie"))
        .when(pl.col("egal"))
        .then(PRENOM.code("autre"))
        .when(alike & ~both_common)
        .then(PRENOM.code("proche"))
        .when(both_first & pl.col("lointain") & ~both_common)
        .then(PRENOM.code("lointain"))
        .when(alike | (both_first & pl.col("lointain")))
        .then(PRENOM.code("courants"))
        .otherwise(PRENOM.code("different"))
        .cast(pl.UInt8)
    )
    return (
        crossed.join(distinct, on=["a", "b"])
        .with_columns(niveau=level)
        .join(shares, left_on="a", right_on="valeur", how="left")
        .group_by("id_a", "id_b")
        .agg(
            pl.col("niveau").min(),
            pl.col("part").filter(both_first & pl.col("egal")).min(),
        )
    )
