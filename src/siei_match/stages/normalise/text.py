"""Text in capitals A-Z and single spaces: the alphabet in which names and places are compared."""

from collections.abc import Callable

import polars as pl
from anyascii import anyascii

# NFKD leaves these Latin letters whole: they have no decomposition in Unicode.
LATIN_LETTERS = {
    "Æ": "AE",
    "Œ": "OE",
    "ẞ": "SS",
    "Ø": "O",
    "Ł": "L",
    "Đ": "D",
    "Ð": "D",
    "Þ": "TH",
    "Ħ": "H",
    "Ŋ": "NG",
    "Ŧ": "T",
    "İ": "I",
}


def _fold(text: pl.Expr) -> pl.Expr:
    """Decompose, drop accents and invisible characters, put in capitals, expand ligatures.

    Capitals come between two decompositions: some capitals decompose further (ŉ, ΐ).
    """
    decomposed = text.str.normalize("NFKD").str.to_uppercase().str.normalize("NFKD")
    # Any apostrophe (curly, modifier letter), hyphen or sign separates words, as does white
    # space, tabs and line breaks included, which \p{Cc} below would otherwise take.
    spaced = decomposed.str.replace_all(r"[\s\p{P}\p{S}\p{Z}\x{02B0}-\x{02FF}]", " ")
    # A name typed with decomposed or stray accents: \p{M} holds every combining mark.
    bare = spaced.str.replace_all(r"[\p{M}\p{Cc}\p{Cf}]", "")
    return bare.str.replace_many(LATIN_LETTERS)


def _transliterate(value: str) -> str:
    # Cyrillic signs and the like come out as apostrophes, which would cut a word in two.
    return anyascii(value).replace("'", "").replace("`", "").upper()


def fold_letters(values: pl.Series) -> pl.Series:
    """Return each value in ASCII capitals, whatever its script; other characters are kept.

    Latin values go by columns; only the few that still hold another script's letters pass one
    by one through anyascii (ISC licence), which is why callers give distinct values.
    """
    frame = values.to_frame("valeur").with_columns(folded=_fold(pl.col("valeur")))
    foreign = pl.col("folded").str.contains(r"[^\x00-\x7F]").fill_null(False)
    rare = frame.filter(foreign)["folded"].unique()
    if rare.is_empty():
        return frame["folded"]
    latin = pl.Series("latin", [_transliterate(value) for value in rare], pl.String)
    return frame.select(
        pl.when(foreign)
        .then(pl.col("folded").replace_strict(rare, latin, default=None, return_dtype=pl.String))
        .otherwise(pl.col("folded"))
    )["folded"]


def squeeze(text: pl.Expr) -> pl.Expr:
    """Single spaces, none at the ends; empty becomes absent."""
    return text.str.replace_all(" +", " ").str.strip_chars(" ").replace("", None)


def over_distinct(
    frame: pl.DataFrame, columns: list[str], rewrite: Callable[[pl.Series], pl.Series]
) -> pl.DataFrame:
    """Replace `columns` by what `rewrite` makes of them, computed once per distinct value.

    Names repeat: a million rows hold some tens of thousands of first names.
    """
    present = [column for column in columns if frame.schema[column] == pl.String]
    if not present:
        return frame
    distinct = pl.concat([frame[column].rename("valeur") for column in present])
    distinct = distinct.drop_nulls().unique()
    table = pl.DataFrame({"valeur": distinct, "norme": rewrite(distinct)})
    return frame.with_columns(
        frame.select(column)
        .join(table.rename({"valeur": column}), on=column, how="left", maintain_order="left")
        .select(pl.col("norme").alias(column))[column]
        for column in present
    )


def each(frame: pl.DataFrame, rewrite: Callable[[pl.Series], pl.Series]) -> pl.DataFrame:
    """Replace every column by what `rewrite` makes of it: for values that hardly repeat."""
    return frame.with_columns(rewrite(frame[column]).alias(column) for column in frame.columns)


def mend(
    values: pl.Series,
    usual: pl.Series,
    quick: pl.Series,
    rewrite: Callable[[pl.Series], pl.Series],
) -> pl.Series:
    """Return `quick` where the values are `usual`, what the slower `rewrite` makes of the others."""
    others = (~usual).fill_null(value=False).arg_true()
    if others.is_empty():
        return quick.alias(values.name)
    slow = rewrite(values.gather(others))
    after = pl.int_range(len(values), len(values) + len(others), dtype=pl.UInt32, eager=True)
    places = pl.int_range(len(values), dtype=pl.UInt32, eager=True).scatter(others, after)
    both = pl.concat([quick.alias("valeur"), slow.alias("valeur")])
    return both.gather(places).alias(values.name)
