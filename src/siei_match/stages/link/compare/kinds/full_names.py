"""Full names in one column: the words of both sides, matched in whatever order they stand."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import TEXT, spread
from siei_match.stages.link.compare.kinds.base import Bools, Compared, Shares, first_that_holds
from siei_match.stages.link.compare.likeness import (
    NEAR,
    Vocabulary,
    words_in_places,
)
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.coding import numbers_of
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import NameSets, name_sets

MOST_WORDS: Final = 8
"""Words of a full name that are read."""
NAMES_A_PERSON_HAS: Final = 2
"""Words in common that make a part of a name: one alone is a family's, or a first name's."""


class FullNames:
    """A full name: its words as a set, each like one word of the other side at most.

    `egal`: the same words, or the same letters cut into words otherwise. `partie`: two words or more,
    all those of one side, are among the other's. `initiales`: so, where an initial stands for its
    word. `proche`: so, with slips. `un_mot`: one word agrees, or nearly, and others differ.
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        self.trait = trait
        self.sets: NameSets = name_sets(fiches, trait.columns)
        whole = self.sets.table.select(
            pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)
        ).to_series()
        words = whole.str.split(" ").list.eval(pl.element().filter(pl.element() != ""))
        words = words.list.unique(maintain_order=True).list.head(MOST_WORDS)
        distinct = words.explode().drop_nulls().unique().sort()
        self.words = Vocabulary(distinct)
        self.slots = numbers_of(words_in_places(words), distinct)
        self.count = (self.slots > 0).sum(axis=1)
        bare = whole.str.replace_all(" ", "")
        self.bare = np.where(self.count > 0, bare.hash(seed=TEXT).to_numpy(), np.uint64(0))
        self.share_of_word = self._shares_of_words(fiches)

    def _shares_of_words(self, fiches: Fiches) -> npt.NDArray[np.float64]:
        held = np.zeros(len(self.words.texts) + 1)
        for place in range(self.slots.shape[1]):
            held += np.bincount(self.slots[:, place], weights=self.sets.sizes, minlength=len(held))
        held[0] = 1
        return np.asarray(held / max(1, fiches.count))

    def compare(self, a: Ids, b: Ids) -> Compared:
        left, right = (self.slots[self.sets.ids[side]] for side in (a, b))
        equal = (left[:, :, None] == right[:, None, :]) & (left > 0)[:, :, None]
        open_left = (left > 0) & ~equal.any(axis=2)
        open_right = (right > 0) & ~equal.any(axis=1)
        initial, near = self._alike(left, right, open_left, open_right)
        in_common = equal.any(axis=2).sum(axis=1)
        # An initial is met before a slip, and a word meets one word of the other side at most.
        initials = np.minimum(initial.any(axis=2).sum(axis=1), initial.any(axis=1).sum(axis=1))
        slips = np.minimum(near.any(axis=2).sum(axis=1), near.any(axis=1).sum(axis=1))
        fewest = np.minimum((left > 0).sum(axis=1), (right > 0).sum(axis=1))
        whole = ~open_left.any(axis=1) & ~open_right.any(axis=1)
        bare = self.bare[self.sets.ids]
        levels = first_that_holds(
            self.trait,
            fewest == 0,
            [
                (whole | (bare[a] == bare[b]), "egal"),
                ((in_common == fewest) & (in_common >= NAMES_A_PERSON_HAS), "partie"),
                ((in_common + initials >= fewest) & (in_common > 0) & (initials > 0), "initiales"),
                (
                    (in_common + initials + slips >= fewest)
                    & (in_common + slips >= np.minimum(fewest, NAMES_A_PERSON_HAS))
                    & (slips > 0)
                    & (fewest > 1),
                    "proche",
                ),
                ((in_common > 0) | (slips > 0), "un_mot"),
            ],
            "different",
        )
        return levels, self._shares(left, equal)

    def _alike(
        self, left: Ids, right: Ids, open_left: Bools, open_right: Bools
    ) -> tuple[Bools, Bools]:
        """Tell which words left over on both sides are each other's initial, and which nearly equal."""
        both = open_left[:, :, None] & open_right[:, None, :]
        rows, i, j = np.nonzero(both)
        x, y = left[rows, i], right[rows, j]
        initial, near = np.zeros_like(both), np.zeros_like(both)
        begins = self.words.initial_of(x, y)
        initial[rows, i, j] = begins
        rest = np.flatnonzero(~begins)
        same_sound = self.words.sound[x[rest]] == self.words.sound[y[rest]]
        alike = self.words.likeness(x[rest], y[rest]) <= NEAR
        near[rows[rest], i[rest], j[rest]] = alike | same_sound
        return initial, near

    def _shares(self, left: Ids, equal: Bools) -> Shares:
        """Return how rare the words in common are together, NaN where there are none."""
        common: Bools = np.asarray(equal.any(axis=2))
        logs = np.where(common, np.log(self.share_of_word[left]), 0.0).sum(axis=1)
        return np.where(common.any(axis=1), np.exp(logs), np.nan).astype(np.float32)

    def values(self) -> Codes:
        """Return one number for the words of each fiche's name, in any order, 0 without any."""
        codes = np.where(self.slots > 0, spread(self.words.code[self.slots]), np.uint64(0))
        return np.asarray(codes.sum(axis=1, dtype=np.uint64)[self.sets.ids])

    def shares(self) -> Shares:
        logs = np.where(self.slots > 0, np.log(self.share_of_word[self.slots]), 0.0).sum(axis=1)
        held = np.where(self.count > 0, np.exp(logs), np.nan).astype(np.float32)
        return held[self.sets.ids]
