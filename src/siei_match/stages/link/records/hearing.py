"""What is heard of names: the sounds of their words, and the letters that they begin and end with."""

from dataclasses import dataclass
from string import ascii_uppercase
from typing import Final

import numpy as np
import polars as pl

from siei_match.reference.arrays import distinct, packed, spans, unpacked
from siei_match.stages.link.records.coding import numbers_of
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


class HeardNames:
    """Distinct names, each heard once: sets of names repeat them by the hundred.

    Args:
        texts: columns of names, or null.
    """

    def __init__(self, texts: pl.DataFrame) -> None:
        self.names = pl.concat([c.alias("name") for c in texts]).drop_nulls().unique().sort()
        words = (
            self.names.to_frame("word")
            .with_row_index("number", offset=1)
            # DA SILVA may be written DASILVA, so the whole in one word is heard too; DA alone says nothing.
            .with_columns(
                pl.concat_list(core(pl.col("word")).str.split(" "), joined(pl.col("word")))
            )
            .explode("word")
            .filter(pl.col("word") != "")
        )
        # Lazily: what several parts of an expression share is then computed once.
        known = (
            words.lazy()
            .select(pl.col("word").unique())
            .with_columns(
                sound=hash_of_sound(pl.col("word")),
                first=_letter(pl.col("word").str.head(1)),
                last=_letter(pl.col("word").str.tail(1)) + 32,
            )
            .collect()
        )
        heard = words.join(known, on="word", how="left", maintain_order="left")
        number, sounds = heard["number"].to_numpy(), heard["sound"].to_numpy()
        self._begins = np.searchsorted(number, np.arange(len(self.names) + 2))
        self._hashes = distinct(sounds)
        self._sounds = np.searchsorted(self._hashes, sounds).astype(np.uint32)
        self._letters = np.zeros(len(self.names) + 1, dtype=np.uint64)
        for column in ("first", "last"):
            bits = np.uint64(1) << heard[column].to_numpy().astype(np.uint64)
            np.bitwise_or.at(self._letters, number, bits)

    def sets(self, texts: pl.DataFrame) -> Heard:
        """Return what is heard of sets of these names, one row each; a slice of them at a time."""
        starts = range(0, max(1, texts.height), SLICE)
        parts = [self._sets(texts.slice(start, SLICE)) for start in starts]
        most = max(part.sounds.shape[1] for part in parts)
        sounds = np.zeros((texts.height, most), dtype=np.uint64, order="F")
        for start, part in zip(starts, parts, strict=True):
            sounds[start : start + len(part.sounds), : part.sounds.shape[1]] = part.sounds
        return Heard(sounds, np.concatenate([part.letters for part in parts]))

    def _sets(self, texts: pl.DataFrame) -> Heard:
        numbers = numbers_of(texts, self.names)
        named = numbers.ravel()
        place, found = spans(self._begins[named], self._begins[named + 1])
        once = distinct(packed(place // numbers.shape[1], self._sounds[found]))
        sets, sounds = unpacked(once)
        rank = np.arange(len(sets)) - np.searchsorted(sets, sets)
        table = np.zeros((texts.height, int(rank.max(initial=0)) + 1), dtype=np.uint64)
        table[sets, rank] = self._hashes[sounds]
        return Heard(table, np.bitwise_or.reduce(self._letters[numbers], axis=1))


def hear(texts: pl.DataFrame) -> Heard:
    """Return what is heard of sets of names, one row each."""
    return HeardNames(texts).sets(texts)


def hash_of_sound(word: pl.Expr) -> pl.Expr:
    """Return how a word sounds, as a number."""
    return sound(word).hash(seed=5)


def _letter(letter: pl.Expr) -> pl.Expr:
    """Return the place of a letter in the alphabet, 31 for what is none."""
    return letter.replace_strict(
        list(ascii_uppercase), list(range(len(ascii_uppercase))), default=31, return_dtype=pl.UInt8
    )
