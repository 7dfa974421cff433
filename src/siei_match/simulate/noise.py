"""Errors of typing and hearing, on whole columns: each is drawn on a share of the rows only."""

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate.dice import Bools, Ints, draw_events, put

Alteration = Callable[[np.random.Generator, pl.Series], pl.Series]

# Neighbours on an AZERTY keyboard.
NEIGHBOURS: Final = {
    "a": "zqe", "b": "vn", "c": "xv", "d": "sf", "e": "zr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "km", "m": "lp", "n": "b", "o": "ip", "p": "om",
    "q": "sa", "r": "et", "s": "qd", "t": "ry", "u": "yi", "v": "cb", "w": "x", "x": "wc",
    "y": "tu", "z": "ea",
}  # fmt: skip
# What is heard alike in French; the first rule that changes the name is kept.
MISHEARING: Final = (
    ("ph", "f"), ("f", "ph"), ("ss", "s"), ("([aeiou])s([aeiou])", "${1}ss${2}"), ("ce", "se"),
    ("se", "ce"), ("ai", "e"), ("ei", "ai"), ("eau", "o"), ("au", "o"), ("o$", "ot"), ("ll", "l"),
    ("l", "ll"), ("nn", "n"), ("n", "nn"), ("tt", "t"), ("t$", ""), ("s$", ""), ("th", "t"),
    ("y", "i"), ("i", "y"), ("k", "c"), ("c([aou])", "k${1}"), ("qu", "k"), ("ch", "sh"),
    ("z", "s"), ("h", ""), ("an", "en"), ("en", "an"), ("ï", "i"), ("ou", "oo"), ("e$", ""),
    ("é", "ée"), ("w", "v"), ("$", "e"),
)  # fmt: skip
PARTICLES: Final = r"(?i)^(?:de la|de|du|des|d'|le|la|el|ben|ait|da|dos|van|von)[ ']+"


def alter(
    rng: np.random.Generator, series: pl.Series, rates: float | Bools, comment: Alteration
) -> pl.Series:
    """Return `series` with a share `rates` of its present values passed through `comment`."""
    masque = draw_events(rng, rates, len(series)) if isinstance(rates, float | int) else rates
    here = np.flatnonzero(masque & series.is_not_null().to_numpy())
    if not len(here):
        return series
    return put(series, here, comment(rng, series.gather(here)))


def strip_accents(series: pl.Series) -> pl.Series:
    return (
        series.str.replace_many(["œ", "Œ", "æ", "Æ"], ["oe", "OE", "ae", "AE"])
        .str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    )  # fmt: skip


def lose_accents(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    return strip_accents(series)


def mistype(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Insert, delete, replace or transpose one character; the first is mostly spared."""
    n = len(series)
    length = series.str.len_chars().to_numpy().astype(np.int64)
    debut = (rng.random(n) < 0.9).astype(np.int64)
    debut = np.minimum(debut, np.maximum(length - 1, 0))
    position = debut + (rng.random(n) * np.maximum(length - debut, 1)).astype(np.int64)
    operation = rng.integers(0, 4, n)
    # A transposition needs a next character.
    position = np.where(
        (operation == 3) & (position >= length - 1), np.maximum(length - 2, 0), position
    )
    p = pl.Series("p", position).cast(pl.UInt32)
    table = pl.DataFrame({"s": series, "p": p, "o": pl.Series(operation)}).with_columns(
        avant=pl.col("s").str.slice(0, pl.col("p")),
        here=pl.col("s").str.slice(pl.col("p"), 1),
        following=pl.col("s").str.slice(pl.col("p") + 1, 1),
        after=pl.col("s").str.slice(pl.col("p") + 1),
    )
    touche = _neighbour(rng, table["here"])
    table = table.with_columns(touche=touche)
    typo = table.select(
        pl.when(pl.col("o") == 0)
        .then(pl.col("avant") + pl.col("here") + pl.col("touche") + pl.col("after"))
        .when((pl.col("o") == 1) & (pl.col("s").str.len_chars() > 2))
        .then(pl.col("avant") + pl.col("after"))
        .when(pl.col("o") == 3)
        .then(pl.col("avant") + pl.col("following") + pl.col("here") + pl.col("after").str.slice(1))
        .otherwise(pl.col("avant") + pl.col("touche") + pl.col("after"))
    ).to_series()
    return typo.str.strip_chars().replace("", None).fill_null(series)


def _neighbour(rng: np.random.Generator, letters: pl.Series) -> pl.Series:
    minuscule = strip_accents(letters).str.to_lowercase()
    two = rng.random(len(letters)) < 0.5
    keys = list(NEIGHBOURS)
    one = minuscule.replace_strict(keys, [NEIGHBOURS[c][0] for c in keys], default="e")
    other = minuscule.replace_strict(keys, [NEIGHBOURS[c][-1] for c in keys], default="a")
    neighbour = one.zip_with(pl.Series(two), other)
    capital = letters.str.contains(r"\p{Lu}")
    return neighbour.str.to_uppercase().zip_with(capital, neighbour)


def mishear(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Write a name as it is heard: one phonetic rule, drawn among those that change it."""
    rule = rng.integers(0, len(MISHEARING), len(series))
    for _ in range(4):
        attempt = series
        for rang, (motif, replaces) in enumerate(MISHEARING):
            here = np.flatnonzero(rule == rang)
            if len(here):
                heard = series.gather(here).str.to_lowercase().str.replace(motif, replaces)
                attempt = put(attempt, here, _titlecase(heard))
        unchanged = (attempt.str.to_lowercase() == series.str.to_lowercase()).to_numpy()
        if not unchanged.any():
            break
        rule = np.where(unchanged, rng.integers(0, len(MISHEARING), len(series)), rule)
    return attempt


def _titlecase(series: pl.Series) -> pl.Series:
    return series.str.to_titlecase()


def cut_compound(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Keep one part of a compound name, the first more often."""
    parts = series.str.replace_all("-", " ").str.split(" ")
    last = pl.Series(draw_events(rng, 0.3, len(series)))
    coupe = parts.list.last().zip_with(last, parts.list.first())
    # LE GALL cut to LE would be no name; neither would a particle alone.
    return coupe.zip_with(coupe.str.len_chars() > 2, series)


def change_punctuation(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Turn hyphens and apostrophes into spaces, spaces into hyphens, or join the parts."""
    joined = series.str.replace_all(r"[ \-']", "")
    space = series.str.replace_all(r"[\-']", " ")
    swapped = space.zip_with(series.str.contains(r"[\-']"), series.str.replace_all(" ", "-"))
    return joined.zip_with(pl.Series(draw_events(rng, 0.15, len(series))), swapped)


def change_particle(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Drop a particle, or join it to the name."""
    sans = series.str.replace(PARTICLES, "")
    joint = series.str.replace(r"(?i)^(de la|de|du|des|le|la|el|ben|ait|da|dos)[ ']+", "$1")
    return sans.zip_with(pl.Series(draw_events(rng, 0.5, len(series))), joint)


def misdial(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Change one digit of a text, never its length."""
    n = len(series)
    length = series.str.len_chars().to_numpy().astype(np.int64)
    position = (rng.random(n) * np.maximum(length, 1)).astype(np.int64)
    p = pl.Series("p", position).cast(pl.UInt32)
    gap = pl.Series("e", rng.integers(1, 10, n))
    table = pl.DataFrame({"s": series, "p": p, "e": gap})
    digit = pl.col("s").str.slice(pl.col("p"), 1)
    new = ((digit.cast(pl.Int64, strict=False) + pl.col("e")) % 10).cast(pl.String)
    return table.select(
        pl.col("s").str.slice(0, pl.col("p"))
        + pl.coalesce(new, digit)
        + pl.col("s").str.slice(pl.col("p") + 1)
    ).to_series()


def abbreviate_street(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    """Abbreviate the kind of street, or mistype the address."""
    court = series.str.replace_many(
        ["avenue", "boulevard", "chemin", "place", "impasse", "Saint", "Général"],
        ["AV", "BD", "CHE", "PL", "IMP", "ST", "GAL"],
    )
    typo = mistype(rng, series)
    return court.zip_with(pl.Series(draw_events(rng, 0.6, len(series))), typo)


def drop_zeros(rng: np.random.Generator, series: pl.Series) -> pl.Series:
    return series.str.strip_chars_start("0")


def constant(value: str) -> Alteration:
    return lambda rng, series: pl.Series([value]).new_from_index(0, len(series))


def distort_dates(
    rng: np.random.Generator,
    naissance: pl.Series,
    foreign: Bools,
    rates: dict[str, float],
) -> tuple[Ints, Ints, Ints]:
    """Return year, month and day of birth as typed; 0 for an unknown month or day."""
    n = len(naissance)
    shifted = draw_events(rng, rates["decalage_utc"], n)
    naissance = (naissance.to_physical() - pl.Series(shifted).cast(pl.Int32)).cast(pl.Date)
    year = naissance.dt.year().to_numpy().astype(np.int64)
    month = naissance.dt.month().to_numpy().astype(np.int64)
    day = naissance.dt.day().to_numpy().astype(np.int64)
    swapped = draw_events(rng, rates["jour_mois"], n) & (day <= 12)
    month, day = np.where(swapped, day, month), np.where(swapped, month, day)
    faux = draw_events(rng, rates["chiffre_date"], n)
    where = rng.random(n)
    unite = day // 10 * 10 + (day % 10 + rng.integers(1, 10, n)) % 10
    unite = np.where((unite > 31) | (unite < 1), np.maximum(1, day - 1), unite)
    day = np.where(faux & (where < 0.5), unite, day)
    month = np.where(
        faux & (where >= 0.5) & (where < 0.8), (month + rng.integers(0, 11, n)) % 12 + 1, month
    )
    pas = np.where(rng.random(n) < 0.5, 1, -1) * np.where(rng.random(n) < 0.8, 1, 10)
    # A birth year outside the school ages would be seen when it is typed.
    possible = (year + pas >= 1996) & (year + pas <= 2016)
    year = np.where(faux & (where >= 0.8) & possible, year + pas, year)
    january = foreign & draw_events(rng, rates["premier_janvier"], n)
    month, day = np.where(january, 1, month), np.where(january, 1, day)
    without_month = draw_events(rng, rates["mois_inconnu"], n)
    without_day = without_month | draw_events(rng, rates["jour_inconnu"], n)
    return year, np.where(without_month, 0, month), np.where(without_day, 0, day)
