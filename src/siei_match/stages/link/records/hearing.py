"""What is heard of names: the sounds of their words, and the letters that they begin and end with."""

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

import numpy as np
import polars as pl

from siei_match.stages.link.records.records import Codes
from siei_match.stages.link.records.sounds import sound

PARTICLES: Final = frozenset(
    "DE DU DES D L LE LA LES EL AL BEN BENT BINT BOU AIT DA DOS DAS DI DEL DELLA VAN VON DEN DER "
    "ABD OULD MC MAC O".split()
)
"""Words that open a surname and that one source keeps and another drops (matchID, score.ts)."""

SLICE: Final = 1 << 19
"""Sets of names heard together: their words take some hundred bytes each."""


def core(name: pl.Expr) -> pl.Expr:
    """Return a surname without its particles, unless nothing but particles is there."""
    words = name.str.split(" ")
    bare = words.list.eval(pl.element().filter(~pl.element().is_in(list(PARTICLES))))
    return (
        pl.when(name.str.contains(" ", literal=True) & (bare.list.len() > 0))
        .then(bare.list.join(" "))
        .otherwise(name)
    )


def joined(name: pl.Expr) -> pl.Expr:
    """Return a surname of several words in one word, else null."""
    return pl.when(name.str.contains(" ", literal=True)).then(name.str.replace_all(" ", ""))


@dataclass(frozen=True)
class Heard:
    """What is heard of each set of names.

    sounds: distinct sounds of its words as hashes, 0 where there are no more. letters: their first
    letters, bit k for the k-th of the alphabet, and their last ones, from bit 32 on.
    """

    sounds: Codes
    letters: Codes


def hear(texts: pl.DataFrame) -> Heard:
    """Return what is heard of sets of names, one row each; a slice of them at a time."""
    starts = range(0, max(1, texts.height), SLICE)
    parts = [_hear(texts.slice(start, SLICE)) for start in starts]
    most = max(part.sounds.shape[1] for part in parts)
    sounds = np.zeros((texts.height, most), dtype=np.uint64, order="F")
    for start, part in zip(starts, parts, strict=True):
        sounds[start : start + len(part.sounds), : part.sounds.shape[1]] = part.sounds
    return Heard(sounds, np.concatenate([part.letters for part in parts]))


def _hear(texts: pl.DataFrame) -> Heard:
    columns = [
        texts.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("ensemble"), word=pl.col(c))
        for c in texts.columns
    ]
    words = (
        pl.concat(columns)
        .drop_nulls("word")
        # DA SILVA may be written DASILVA, so the whole in one word is heard too; DA alone says nothing.
        .with_columns(pl.concat_list(core(pl.col("word")).str.split(" "), joined(pl.col("word"))))
        .explode("word")
        .drop_nulls("word")
        .filter(pl.col("word") != "")
    )
    distinct = words.select("word").unique()
    known = distinct.with_columns(
        son=hash_of_sound(pl.col("word")),
        premiere=_letter(pl.col("word").str.head(1)),
        derniere=_letter(pl.col("word").str.tail(1)) + 32,
    )
    heard = words.join(known, on="word")
    letters = np.zeros(texts.height, dtype=np.uint64)
    for column in ("premiere", "derniere"):
        bits = np.uint64(1) << heard[column].to_numpy().astype(np.uint64)
        np.bitwise_or.at(letters, heard["ensemble"].to_numpy(), bits)
    heard = heard.select("ensemble", "son").unique().sort("ensemble", "son")
    sets, sons = heard["ensemble"].to_numpy(), heard["son"].to_numpy()
    place = np.arange(len(sets)) - np.searchsorted(sets, sets)
    table = np.zeros((texts.height, int(place.max(initial=0)) + 1), dtype=np.uint64)
    table[sets, place] = sons
    return Heard(table, letters)


def hash_of_sound(word: pl.Expr) -> pl.Expr:
    """Return how a word sounds, as a number."""
    return sound(word).hash(seed=5)


def _letter(letter: pl.Expr) -> pl.Expr:
    """Return the place of a letter in the alphabet, 31 for what is none."""
    return letter.replace_strict(
        list(ascii_uppercase), list(range(len(ascii_uppercase))), default=31, return_dtype=pl.UInt8
    )
