"""The words of names: distinct sets of names, their sounds, and one record's pairs of sounds."""

from dataclasses import dataclass
from functools import cached_property
from string import ascii_uppercase
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.arrays import mix, runs, spread
from siei_match.link.fiches import Codes, Fiches, Ids
from siei_match.link.parallel import each
from siei_match.link.sounds import sound

PARTICULES: Final = frozenset(
    "DE DU DES D L LE LA LES EL AL BEN BENT BINT BOU AIT DA DOS DAS DI DEL DELLA VAN VON DEN DER "
    "ABD OULD MC MAC O".split()
)
"""Words that open a surname and that one source keeps and another drops (matchID, score.ts)."""


def joined(nom: pl.Expr) -> pl.Expr:
    """Return a surname of several words in one word, else null."""
    return pl.when(nom.str.contains(" ", literal=True)).then(nom.str.replace_all(" ", ""))


def core(nom: pl.Expr) -> pl.Expr:
    """Return a surname without its particles, unless nothing but particles is there."""
    words = nom.str.split(" ")
    bare = words.list.eval(pl.element().filter(~pl.element().is_in(list(PARTICULES))))
    return (
        pl.when(nom.str.contains(" ", literal=True) & (bare.list.len() > 0))
        .then(bare.list.join(" "))
        .otherwise(nom)
    )


@dataclass(frozen=True)
class Keys:
    """Keys of fiches: `fiches[k]` has `keys[k]`; a fiche may have several, or none.

    initials: for the sound of a word, the first letters of the words of the other name, surname for
    a first name and the reverse; bit k for the k-th of the alphabet.
    """

    fiches: Ids
    keys: Codes
    initials: npt.NDArray[np.uint32] | None = None

    def where(self, kept: npt.NDArray[Any]) -> "Keys":
        initials = None if self.initials is None else self.initials[kept]
        return Keys(self.fiches[kept], self.keys[kept], initials)


def concat_keys(parts: list[Keys]) -> Keys:
    initials = [p.initials for p in parts if p.initials is not None]
    return Keys(
        np.concatenate([p.fiches for p in parts]),
        np.concatenate([p.keys for p in parts]),
        np.concatenate(initials) if len(initials) == len(parts) else None,
    )


@dataclass(frozen=True)
class NameSets:
    """The distinct sets of values of some text columns.

    ids: the set of each fiche. table: one row per set, the columns as text.
    """

    ids: Ids
    table: pl.DataFrame

    @cached_property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many fiches hold each set."""
        return np.bincount(self.ids, minlength=self.table.height)


def name_sets(fiches: Fiches, columns: tuple[str, ...]) -> NameSets:
    """Number the distinct sets of names, in the order of their hashes: rows leave no trace."""
    keys = np.zeros(fiches.count, dtype=np.uint64)
    for column in columns:
        keys = mix(keys, fiches.codes(column))
    found = runs(keys)
    rows = fiches.premiere[found.first]
    texts = [fiches.rows[c].gather(rows).alias(c) for c in columns]
    return NameSets(found.numbers(), pl.DataFrame(texts))


@dataclass(frozen=True)
class Heard:
    """What is heard of each set of names.

    sounds: distinct sounds of its words as hashes, 0 where there are no more. initials: their first
    letters, bit k for the k-th of the alphabet.
    """

    sounds: Codes
    initials: npt.NDArray[np.uint32]


def hear(texts: pl.DataFrame) -> Heard:
    """Return what is heard of sets of names, one row each."""
    columns = [
        texts.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("ensemble"), mot=pl.col(c))
        for c in texts.columns
    ]
    words = (
        pl.concat(columns)
        .drop_nulls("mot")
        .with_columns(pl.col("mot").str.split(" "))
        .explode("mot")
        .filter(pl.col("mot") != "")
    )
    distinct = words.select("mot").unique()
    letters = (
        pl.col("mot")
        .str.head(1)
        .replace_strict(
            list(ascii_uppercase),
            list(range(len(ascii_uppercase))),
            default=31,
            return_dtype=pl.UInt8,
        )
    )
    known = distinct.with_columns(son=sound(pl.col("mot")).hash(seed=5), lettre=letters)
    heard = words.join(known, on="mot")
    initials = np.zeros(texts.height, dtype=np.uint32)
    bits = np.uint32(1) << heard["lettre"].to_numpy().astype(np.uint32)
    np.bitwise_or.at(initials, heard["ensemble"].to_numpy(), bits)
    heard = heard.select("ensemble", "son").unique().sort("ensemble", "son")
    sets, sons = heard["ensemble"].to_numpy(), heard["son"].to_numpy()
    place = np.arange(len(sets)) - np.searchsorted(sets, sets)
    table = np.zeros((texts.height, int(place.max(initial=0)) + 1), dtype=np.uint64)
    table[sets, place] = sons
    return Heard(table, initials)


@dataclass(frozen=True)
class Words:
    """The words of the names of each fiche, by sound: each of them, and pairs."""

    each: Keys
    pairs: Keys


def sounding_words(noms: NameSets, prenoms: NameSets) -> Words:
    """Return the sounds of the words of each fiche's names, alone and in pairs.

    A pair is a word of the surnames with one of the first names, in no order, so that name and
    first name may be inverted.
    """
    of_names, of_first = each(hear, (noms.table, prenoms.table))
    surnames, first = of_names.sounds, of_first.sounds
    by_name = [_keys_of(noms.ids, sounds, of_first.initials[prenoms.ids]) for sounds in surnames.T]
    by_first = [_keys_of(prenoms.ids, sounds, of_names.initials[noms.ids]) for sounds in first.T]
    pairs = []
    for name in by_name:
        sets = prenoms.ids[name.fiches]
        for place in range(first.shape[1]):
            sons = first[sets, place]
            kept = np.flatnonzero(sons)
            # A sum does not know the order; the sounds are hashes already.
            pairs.append(Keys(name.fiches[kept], spread(name.keys[kept] + sons[kept])))
    return Words(concat_keys([*by_name, *by_first]), concat_keys(pairs))


def _keys_of(ids: Ids, sounds: Codes, initials: npt.NDArray[np.uint32]) -> Keys:
    heard = sounds[ids]
    fiches = np.flatnonzero(heard)
    return Keys(fiches.astype(np.uint32), heard[fiches], initials[fiches])
