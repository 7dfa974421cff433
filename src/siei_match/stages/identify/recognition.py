"""Who is known already: people of a campaign and identifiers of earlier ones, matched one to one."""

from typing import Final

import polars as pl

from siei_match.stages.identify.fingerprints import GENRES, WEIGHTS

AT_ONCE: Final = 1 << 22
"""Fingerprints that are looked for together: what joins them, and what counts their votes, is ten times as large."""
ALONE: Final = 2
"""Votes without the INE from which an identifier that nobody else claims is the same person's:
names, birth date and one more trait."""


def count_votes(
    prints: pl.DataFrame,
    known: pl.DataFrame,
    at_once: int | None = None,
    *,
    twice: bool = False,
) -> pl.DataFrame:
    """Return how well people fit identifiers.

    Each fingerprint that both hold votes with its weight; name and date alone never count where
    somebody else holds them too.

    Args:
        prints: `personne`, `genre`, `empreinte` of this campaign (see `fingerprints`).
        known: `rang` (of an identifier), `empreinte`, `campagne` (see `registre.ranked`).
        at_once: fingerprints that are looked for together, and votes that are counted together; by default `AT_ONCE`.
        twice: whether one identifier may be known twice by one fingerprint, from two registers: it votes once.

    Returns: `personne`, `rang`, `poids`, `sans_ine` (what no INE gave), `campagne` (since when the
        identifier is known by what they share), `empreinte` (one of those).
    """
    if known.is_empty():
        # The first campaign of a folder: nobody is known.
        prints = prints.clear()
    most = at_once or AT_ONCE
    asked = known.select("rang", "empreinte", "campagne")
    # As good as drawn, so that ranges of equal width hold as many; equal ones are of one range.
    width = -(-(1 << 64) // (1 + prints.height // most))
    ranges = [_within("empreinte", first, width) for first in range(0, 1 << 64, width)]
    shared = pl.concat(
        _shared(
            prints.filter(within), _once(asked.filter(within)) if twice else asked.filter(within)
        )
        for within in ranges
    )
    people = int(shared["personne"].max() or 0) + 1  # type: ignore[arg-type]
    step = -(-people // (1 + shared.height // most))
    return pl.concat(
        _counted(shared.filter(_within("personne", first, step)))
        for first in range(0, people, step)
    )


def _within(column: str, first: int, width: int) -> pl.Expr:
    """Tell which whole numbers are `first` to `first + width`, excluded."""
    dtype, most = (pl.UInt64, 2**64 - 1) if column == "empreinte" else (pl.UInt32, 2**32 - 1)
    last = min(first + width - 1, most)
    return pl.col(column).is_between(pl.lit(first, dtype), pl.lit(last, dtype))


def _once(known: pl.DataFrame) -> pl.DataFrame:
    return known.group_by("rang", "empreinte").agg(pl.col("campagne").min())


def _shared(prints: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each fingerprint that both hold, with what it weighs."""
    named = pl.col("genre") == "nom"
    alone = prints.filter(named).filter(pl.col("empreinte").is_unique())
    voting = pl.concat([prints.filter(~named), alone])
    weights = pl.col("genre").cast(GENRES).replace_strict(WEIGHTS, return_dtype=pl.Int16)
    # The text under a fingerprint begins with its kind: one fingerprint is of one kind.
    return voting.join(known, on="empreinte").select(
        "personne", "rang", "campagne", "empreinte", poids=weights, ine=pl.col("genre") == "ine"
    )


def _counted(shared: pl.DataFrame) -> pl.DataFrame:
    return shared.group_by("personne", "rang").agg(
        pl.col("poids").sum(),
        pl.col("campagne").min(),
        pl.col("empreinte").min(),
        sans_ine=pl.col("poids").filter(~pl.col("ine")).sum(),
    )


def recognise(votes: pl.DataFrame) -> pl.DataFrame:
    """Match people and identifiers, one to one, by rounds of mutual best, until none is left.

    Best first, the older identifier first among equals.

    Args:
        votes: see `count_votes`.

    Returns: `personne`, `rang`.
    """
    found = []
    order = ["poids", "campagne", "rang", "empreinte"]
    left = votes.sort(order, descending=[True, False, False, False]).with_row_index("place")
    while left.height:
        best = left.filter(
            (pl.col("place") == pl.col("place").min().over("personne"))
            & (pl.col("place") == pl.col("place").min().over("rang"))
        )
        found.append(best.select("personne", "rang"))
        left = left.join(best, on="personne", how="anti").join(best, on="rang", how="anti")
    empty = votes.select("personne", "rang").clear()
    return pl.concat([empty, *found])


def merge_known(votes: pl.DataFrame, recognised: pl.DataFrame) -> pl.DataFrame:
    """Return the identifiers that turn out to be one person's: `ancien`, `personne`, `rang`.

    One that was matched with nobody, and that one person alone can claim by names, date and one
    more trait, was theirs too. Of all of theirs the oldest stays (`rang`).

    Args:
        votes: see `count_votes`.
        recognised: see `recognise`.
    """
    claims = votes.filter(pl.col("sans_ine") >= ALONE).join(
        recognised.select("rang"), on="rang", how="anti"
    )
    claims = claims.filter(pl.col("rang").is_unique())
    own = votes.join(recognised, on=["personne", "rang"]).join(claims, on="personne", how="semi")
    several = pl.concat([claims, own.select(claims.columns)])
    oldest = several.sort("campagne", pl.col("poids").cast(pl.Int64).neg(), "rang").unique(
        "personne", keep="first", maintain_order=True
    )
    return (
        several.join(oldest.select("personne", garde="rang"), on="personne")
        .filter(pl.col("rang") != pl.col("garde"))
        .select(ancien="rang", personne="personne", rang="garde")
        .sort("ancien")
    )
