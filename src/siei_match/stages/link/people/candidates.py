"""Index, compare, classify: chunk by chunk of records, and only what may matter is kept.

A chunk's pairs are made, compared, weighed and forgotten, all but the few that a better model might
still find promising: what a campaign has of candidates is time, never memory.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.engines import DonePart, Parts
from siei_match.stages.link.blocks.blocking import PassCounts
from siei_match.stages.link.compare import comparator as comparison
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.people.settling import PROMISING_BITS
from siei_match.stages.link.toolkit import Classifier, Index, table_of, vectors_of

HOPELESS_CHANCE: Final = 2.0 ** (PROMISING_BITS - 15)
"""Learning from the candidates adds less than 15 bits to a pair: 12 at most, on FEBRL and two simulators."""

MET_AGAIN: Final = 3
"""How often passes meet a pair, about: what they make of a chunk before each is counted once."""
Bools = npt.NDArray[np.bool_]
Chunks = list[tuple[int, int]]
"""The first of some consecutive records, and the one after the last."""


@dataclass(frozen=True)
class Met:
    """What blocking met: how many pairs, each counted once, and the accounts of the passes."""

    pairs: int
    passes: tuple[PassCounts, ...]


@dataclass(frozen=True)
class Searched:
    """What every chunk needs: who is paired, what gives levels, what weighs them, which pairs stay."""

    index: Index
    comparator: Comparator
    classifier: Classifier
    least: float


def search(
    index: Index,
    comparator: Comparator,
    classifier: Classifier,
    least: float = HOPELESS_CHANCE,
    parts: Parts | None = None,
    chunks: Chunks | None = None,
) -> tuple[pl.DataFrame, Met]:
    """Make, compare and classify pairs of an index.

    Args:
        index: who is paired.
        comparator: of the records.
        classifier: what tells a pair's chance.
        least: the chance from which a pair stays.
        parts: where chunks are done; by default in threads of this process.
        chunks: the records whose pairs are made; by default all (`chunks_of`).

    Returns: the compared pairs whose chance is `least` or more, by `a`, `b`; what was met.
    """
    passes = tuple(passe.counts for passe in index.algorithms)
    fiches = comparator.fiches
    found = (parts or Parts()).each(
        "candidates",
        search_chunk,
        Searched(index, comparator, classifier, least),
        chunks_of(index, comparator) if chunks is None else chunks,
        # Of rows, where they come from and which record they are: no pair asks for it.
        without=(fiches.lignes, fiches.places),
    )
    kept = spelt(pl.concat([part.table for part in found]), comparator, classifier, least)
    return kept.sort("a", "b"), Met(sum(part.tally for part in found), passes)


def chunks_of(index: Index, comparator: Comparator) -> Chunks:
    """Return the bounds of consecutive records, each with about as many pairs as one core compares at a time."""
    pairs = sum(passe.counts.pairs for passe in index.algorithms)
    return chunks_of_records(len(comparator.records), pairs)


def draw(chunks: Chunks, enough: int) -> tuple[Chunks, Chunks]:
    """Return so many of the chunks or up to twice as many, evenly drawn from all, and the others.

    Records are numbered by the hash of their content, so that any of them are a sample.
    """
    step = max(1, len(chunks) // enough)
    return chunks[::step], [chunk for number, chunk in enumerate(chunks) if number % step]


def search_chunk(searched: Searched, bounds: tuple[int, int]) -> DonePart:
    """Make, compare and classify the pairs that some consecutive records own; keep those that may matter."""
    comparator, classifier, least = searched.comparator, searched.classifier, searched.least
    records, compare = comparator.records, comparator.comparison(spell=False)
    pairs = searched.index.index(records.iloc[slice(*bounds)], records)
    kept = []
    for start in range(0, max(1, len(pairs)), comparison.CHUNK):
        vectors = compare.compute(pairs[start : start + comparison.CHUNK], records)
        likely = classifier.prob(vectors).to_numpy() >= least
        table = comparator.in_order(table_of(vectors))
        likely |= perhaps(table, likely, comparator, classifier, least)
        kept.append(table.filter(pl.Series(likely)))
    return DonePart(len(pairs), pl.concat(kept))


def perhaps(
    table: pl.DataFrame, likely: Bools, comparator: Comparator, classifier: Classifier, least: float
) -> Bools:
    """Tell which pairs would reach `least` if an e-mail spelt a name; `likely` ones are not asked.

    What e-mails spell is dear to read: it is asked of all chunks together, of pairs that it may
    change and of no others.
    """
    found = np.zeros(table.height, dtype=np.bool_)
    if comparator.spelling is None:
        return found
    open_ = np.flatnonzero(~likely)
    for rows, guess in comparator.spelling.guesses(table[open_]):
        chances = classifier.prob(vectors_of(guess, comparator.fiches.count))
        found[open_[rows]] |= chances.to_numpy() >= least
    return found


def spelt(
    table: pl.DataFrame, comparator: Comparator, classifier: Classifier, least: float
) -> pl.DataFrame:
    """Hear what e-mails spell, and return the pairs that reach `least` all the same, or now."""
    if comparator.spelling is None:
        return table
    asked = pl.Series(comparator.spelling.asked_of(table))
    heard = comparator.spelling.told_of(table.filter(asked))
    chances = classifier.prob(vectors_of(heard, comparator.fiches.count))
    return pl.concat([table.filter(~asked), heard.filter(pl.Series(chances.to_numpy() >= least))])


def chunks_of_records(count: int, pairs: int) -> Chunks:
    """Cut records 0..count-1 where each part owns about as many pairs as one core compares at a time.

    A pair is its first record's, so the first of `count` records own the most: a share x of them,
    numbered by their content as if at random, owns 1 − (1 − x)² of the pairs.
    """
    parts = max(1, min(count, -(-pairs // (MET_AGAIN * comparison.CHUNK))))
    shares = 1 - np.sqrt(1 - np.arange(parts + 1) / parts)
    bounds = np.unique((shares * count).round().astype(int))
    return list(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)) or [(0, count)]
