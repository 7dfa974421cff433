"""What e-mails spell of a name: sara.le.goff2@ says SARA, LE, GOFF and LEGOFF."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import ODD, TEXT, distinct, mix
from siei_match.reference.parallel import each
from siei_match.stages.link.records.hearing import hash_of_sound
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import Keys

MOST_PARTS: Final = 4
"""Parts of an e-mail's name that are read: first name and surname, two words each."""
FEWEST_LETTERS: Final = 3
SLICE: Final = 50_000
"""Texts whose letters are looked at together: what fits in a cache."""
BIT_OF_PAIR: Final = np.uint64(1) << (np.arange(1 << 12, dtype=np.uint64) * ODD >> np.uint64(58))
"""One of 64 bits for each pair of letters, numbered as 26 times the one and the other."""
Bools = npt.NDArray[np.bool_]


class Spelt:
    """The names that the e-mails of some fiches spell.

    Not what the fiche's own columns `others` explain: in mohamed.assani@, MOHAMED may be half a
    surname.

    Args:
        fiches: the records.
        column: of their e-mails.
        wanted: the fiches that are asked about.
        others: columns of the fiche's other names.
    """

    def __init__(self, fiches: Fiches, column: str, wanted: Ids, others: tuple[str, ...]) -> None:
        told = [fiches.letters(other, wanted).alias(other) for other in others]
        rows = pl.DataFrame([fiches.mails[column].gather(wanted), *told])
        rows = rows.with_columns(fiche=pl.Series(wanted))
        held = rows.filter(pl.col(column).list.len() > 0)
        self.keys = distinct(_keys(spelt_in(held, column)))
        own = [
            held.select("fiche", word=pl.col(c).str.split(" ")).explode("word").drop_nulls()
            for c in others
        ]
        explained = _keys(pl.concat(own)) if own else self.keys[:0]
        self.keys = np.setdiff1d(self.keys, explained, assume_unique=False)

    def holds(self, fiches: Ids, names: Codes) -> Bools:
        """Tell whether an e-mail of each fiche spells a name (its hash without spaces, 0 for none)."""
        asked = mix(fiches.astype(np.uint64), names)
        place = np.searchsorted(self.keys, asked)
        place[place == len(self.keys)] = 0
        found = (
            self.keys[place] == asked if len(self.keys) else np.zeros(len(asked), dtype=np.bool_)
        )
        return np.asarray(found & (names != 0))


def letter_pairs(texts: pl.Series) -> Codes:
    """Return which neighbouring letters each text holds before any @, as 64 bits, letters alone read.

    A text holds another only if it has all of its bits: a quick first look, which lets one in a
    thousand pass that does not. Null holds nothing.
    """
    slices = [texts.slice(start, SLICE) for start in range(0, max(1, len(texts)), SLICE)]
    return np.concatenate(each(_letter_pairs, slices))


def _letter_pairs(texts: pl.Series) -> Codes:
    upper = texts.fill_null("").str.to_uppercase()
    content = np.frombuffer(upper.str.join("").item().encode(), dtype=np.uint8)
    text = np.repeat(np.arange(len(texts), dtype=np.int32), upper.str.len_bytes().to_numpy())
    ends = np.flatnonzero(content == ord("@")).astype(np.int32)
    # The first @ of each text, or else the end of all.
    end = np.full(len(texts), len(content), dtype=np.int32)
    end[text[ends[::-1]]] = ends[::-1]
    named = np.arange(len(content), dtype=np.int32) < end[text]
    kept = np.flatnonzero((content >= ord("A")) & (content <= ord("Z")) & named)
    text, letters = text[kept], content[kept].astype(np.uint16)
    inside = text[1:] == text[:-1]
    pair = letters[:-1][inside] * np.uint16(26) + letters[1:][inside]
    return _united(text[1:][inside], BIT_OF_PAIR[pair], len(texts))


def mail_pairs(mails: pl.Series) -> Codes:
    """Return `letter_pairs` of each list of e-mails."""
    count = mails.list.len().fill_null(0).to_numpy()
    pairs = letter_pairs(mails.filter(pl.Series(count > 0)).explode())
    return _united(np.repeat(np.arange(len(mails)), count), pairs, len(mails))


def _united(places: npt.NDArray[Any], bits: Codes, count: int) -> Codes:
    """Return the bits of each of `count` places; `places` ascends."""
    united = np.zeros(count, dtype=np.uint64)
    if len(places):
        starts = np.flatnonzero(np.diff(places, prepend=-1))
        united[places[starts]] = np.bitwise_or.reduceat(bits, starts)
    return united


def sounds_in(fiches: Fiches, column: str, wanted: Ids) -> Keys:
    """Return how each part of the e-mails of some fiches sounds."""
    held = fiches.mails.select(column)[wanted]
    words = (
        _parts(held.with_columns(fiche=pl.Series(wanted, dtype=pl.UInt32)), column)
        .explode("partie")
        .filter(pl.col("partie").str.len_chars() >= FEWEST_LETTERS)
        .select("fiche", son=hash_of_sound(pl.col("partie")))
        .unique()
        .sort("fiche", "son")
    )
    return Keys(words["fiche"].to_numpy(), words["son"].to_numpy())


def _parts(held: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return `fiche`, `partie`: the words that stand before the @ of each e-mail, in capitals."""
    return (
        held.select("fiche", adresse=pl.col(column))
        .explode("adresse")
        .select(
            "fiche",
            partie=pl.col("adresse")
            .str.split("@")
            .list.first()
            .str.to_uppercase()
            .str.extract_all("[A-Z]+")
            .list.head(MOST_PARTS),
        )
    )


def spelt_in(held: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return `fiche`, `word`: every run of neighbouring parts of each e-mail's name, in one word."""
    parts = _parts(held, column)
    runs: list[Any] = [
        parts.filter(pl.col("partie").list.len() >= start + length).select(
            "fiche", word=pl.col("partie").list.slice(start, length).list.join("")
        )
        for start in range(MOST_PARTS)
        for length in range(1, MOST_PARTS + 1 - start)
    ]
    every: pl.DataFrame = pl.concat(runs)
    return every.filter(pl.col("word").str.len_chars() >= FEWEST_LETTERS)


def _keys(words: pl.DataFrame) -> Codes:
    return mix(
        words["fiche"].to_numpy().astype(np.uint64), words["word"].hash(seed=TEXT).to_numpy()
    )
