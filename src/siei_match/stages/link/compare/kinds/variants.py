"""Variants of a first name: short forms and spellings, listed or learnt from people of one identifier."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import mix, packed, pairs_in_runs, runs
from siei_match.reference.nomenclatures import first_name_variants
from siei_match.stages.link.records.records import MOST_FICHES, Codes, Fiches, Ids

PEOPLE: Final = 3
"""From so many people on, two names that one identifier bears are variants."""
SHARE: Final = 0.25
"""And so much of all that the rarer of both names is exchanged with: MARIE is many a second first name."""

Bools = npt.NDArray[np.bool_]


class Variants:
    """Pairs of numbers of a vocabulary, in no order."""

    def __init__(self, pairs: Codes) -> None:
        """Take pairs as `packed` gives them, the lesser number first."""
        self.pairs = np.unique(pairs)

    def hold(self, a: Ids, b: Ids) -> Bools:
        """Tell which texts `a` and `b` are variants."""
        if not len(self.pairs):
            return np.zeros(len(a), dtype=np.bool_)
        asked = packed(np.minimum(a, b), np.maximum(a, b))
        place = np.searchsorted(self.pairs, asked)
        return np.asarray(self.pairs[np.minimum(place, len(self.pairs) - 1)] == asked)


def listed_variants(texts: pl.Series) -> Codes:
    """Return the pairs of texts (number k + 1 is that of `texts[k]`) that the nomenclature lists."""
    numbers = pl.DataFrame({"texte": texts}).with_row_index("numero", offset=1)
    found = (
        first_name_variants()
        .join(numbers.rename({"numero": "a"}), left_on="prenom", right_on="texte")
        .join(numbers.rename({"numero": "b"}), left_on="variante", right_on="texte")
    )
    return _in_order(found["a"].to_numpy(), found["b"].to_numpy())


def learnt_variants(fiches: Fiches, slots: Ids, codes: Codes) -> Codes:
    """Return the pairs of first names that several people bear under one identifier.

    A second first name in use is none: of two rows, the first name of the one is not among the
    other's.

    Args:
        fiches: the records.
        slots: the numbers of the first names of each fiche, 0 for none.
        codes: by number, the hash of the text.
    """
    identifier, date = fiches.spec.identifier, fiches.spec.of_kind("date")
    if identifier is None:
        return np.empty(0, dtype=np.uint64)
    key = fiches.keys(identifier.columns[0])
    held = np.flatnonzero((key != 0) & (slots[:, 0] > 0))
    key = key[held]
    # One identifier typed for two people tells no variant: the day of birth must be the same.
    for column in date.columns if date is not None else ():
        key = mix(key, fiches.codes(column)[held])
    found = runs(key)
    first = codes[slots[held, 0]]
    several = (found.least(first) != found.most(first)) & (found.lengths <= MOST_FICHES)
    mixed = np.zeros(len(held), dtype=np.bool_)
    mixed[found.order] = np.repeat(several, found.lengths)
    kept = held[mixed]
    left, right = pairs_in_runs(runs(key[mixed]), np.ones(len(kept), dtype=np.bool_))
    x, y, whose = slots[kept[left]], slots[kept[right]], key[mixed][left]
    apart = ~_among(x[:, 0], y) & ~_among(y[:, 0], x)
    pairs = _in_order(x[apart, 0], y[apart, 0])
    once = np.unique(np.column_stack([pairs, whose[apart]]), axis=0)
    return _often(once[:, 0])


def _often(pairs: Codes) -> Codes:
    """Return the pairs that come often enough, and are no small part of what both names go with."""
    distinct, count = np.unique(pairs, return_counts=True)
    a, b = distinct >> np.uint64(32), distinct & np.uint64(0xFFFFFFFF)
    names, place = np.unique(np.concatenate([a, b]), return_inverse=True)
    borne = np.bincount(place, weights=np.tile(count, 2), minlength=len(names))
    rarer = np.minimum(borne[place[: len(a)]], borne[place[len(a) :]])
    return np.asarray(distinct[(count >= PEOPLE) & (count >= SHARE * rarer)])


def _among(name: Ids, others: Ids) -> Bools:
    return np.asarray((name[:, None] == others).any(axis=1))


def _in_order(a: Ids, b: Ids) -> Codes:
    return packed(np.minimum(a, b).astype(np.uint32), np.maximum(a, b).astype(np.uint32))
