"""First names, in their order."""

from functools import cached_property

import numpy as np
import numpy.typing as npt

from siei_match.reference.nomenclatures import common_first_names
from siei_match.stages.link.compare.kinds.base import (
    Bools,
    Compared,
    Levels,
    Shares,
    first_that_holds,
)
from siei_match.stages.link.compare.kinds.mails import letter_pairs
from siei_match.stages.link.compare.kinds.names import NamesInSets, crossings, same_word
from siei_match.stages.link.compare.kinds.nicknames import Nicknames
from siei_match.stages.link.compare.kinds.together import Together
from siei_match.stages.link.compare.kinds.variants import (
    Variants,
    learnt_variants,
    listed_variants,
)
from siei_match.stages.link.compare.likeness import (
    DIFFERENT,
    EQUAL,
    FAR,
    NEAR,
    PART,
    SLIP,
    objects,
)
from siei_match.stages.link.compare.parts import NameParts, initials
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import name_sets


class FirstNames(NamesInSets):
    """First names: the first counts most; `autre` says that it is another one of the other side.

    `entendu`: two spellings of one sound (MATHIS, MATHYS). Two common names that look alike (LUCA,
    LUCAS), or of one root (MAXIMIN, MAXIMILIEN), are `courants`: rather two people than a slip. Of
    compound ones the words that differ are compared (MOHAMED AMINE, MOHAMED ALI: `different`). What
    is left of a spoilt name is `ecorche` (ZOE, ZE), where a declaration names it.
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        sets = name_sets(fiches, trait.columns)
        super().__init__(fiches, trait, sets, sets.table)
        common = self.words.texts.is_in(common_first_names().implode()).to_numpy()
        self.common = np.concatenate([[False], common])
        self.nicknames = Nicknames(self.words.texts, trait.declared.surnoms)
        learnt = learnt_variants(fiches, self.slots[sets.ids], self.words.code)
        self.variants = Variants(np.concatenate([listed_variants(self.words.texts), learnt]))
        self.parts = NameParts(self.words.texts)
        self.together: Together | None = None
        """Shares among those who bear one surname, where a declaration names it (`frequences_avec`)."""

    def compare(self, a: Ids, b: Ids) -> Compared:
        left, right = self.sides(a, b)
        code = self.trait.code
        known = (left > 0).any(axis=1) & (right > 0).any(axis=1)
        levels = np.where(known, code("different"), ABSENT).astype(np.uint8)
        shares = np.full(len(a), np.nan, dtype=np.float32)
        rows = np.flatnonzero((left[:, 0] > 0) & (right[:, 0] > 0))
        x, y = left[rows, 0], right[rows, 0]
        alike = self.words.likeness(x, y)
        levels[rows] = self._first_level(x, y, alike)
        equal = alike == EQUAL
        shares[rows[equal]] = self.share[x[equal]]
        self._others(left, right, levels, shares)
        return levels, shares

    def _first_level(self, x: Ids, y: Ids, alike: npt.NDArray[np.uint8]) -> Levels:
        near, far = alike == NEAR, alike == FAR
        common = self.common[x] & self.common[y]
        # Parents who give two names give their children one in common (MOHAMED AMINE, MOHAMED ALI).
        unlike = np.zeros(len(x), dtype=np.bool_)
        asked = np.flatnonzero(near | far)
        unlike[asked] = self.words.likeness_of_the_rest(x[asked], y[asked]) >= SLIP
        # J may be JAMES, or any other one that begins so.
        far |= (alike >= SLIP) & self.words.initial_of(x, y)
        slip = self._slips(x, y, alike) & ~common
        rows = np.flatnonzero(far & ~common)
        common[rows] = self.words.end_otherwise(x[rows], y[rows])
        tests = [
            (alike == EQUAL, "egal"),
            (self.words.sound[x] == self.words.sound[y], "entendu"),
            (self.nicknames.hold(x, y), "surnom"),
            ((alike == PART) | self._abbreviated(x, y, alike), "partie"),
            (self._variants(x, y, alike, common), "variante"),
            (unlike, "different"),
            (near & ~common, "proche"),
            (far & ~common, "lointain"),
            (near | far, "courants"),
            (slip, "ecorche"),
        ]
        return first_that_holds(self.trait, alike == 0, tests, "different")

    def _slips(self, x: Ids, y: Ids, alike: npt.NDArray[np.uint8]) -> Bools:
        """Tell which unlike names may be one, spoilt: short ones by slips, compound ones cut and mistyped, or cut to an
        initial and another word (LILY, LIILY ROSE; MARIE, M LAURENCE).
        """
        found: Bools = np.equal(alike, SLIP)
        if "ecorche" not in self.trait.levels:
            return found
        open_ = np.flatnonzero(alike == DIFFERENT)
        # Two compound names that share a word are two people's as often as not.
        one = open_[self.parts.several[x[open_]] != self.parts.several[y[open_]]]
        found[one] = self.parts.near(x[one], y[one])
        several = open_[self.parts.several[x[open_]] | self.parts.several[y[open_]]]
        sides = (objects(self.words.texts.gather(side[several] - 1)) for side in (x, y))
        found[several] |= initials(*sides)
        return found

    def _abbreviated(self, x: Ids, y: Ids, alike: npt.NDArray[np.uint8]) -> Bools:
        """Tell which compound names differ by an initial alone: all that is written is part of the other."""
        found = np.zeros(len(x), dtype=np.bool_)
        open_ = np.flatnonzero(alike > PART)
        found[open_] = self.words.abbreviated(x[open_], y[open_])
        return found

    def _variants(self, x: Ids, y: Ids, alike: npt.NDArray[np.uint8], common: Bools) -> Bools:
        """Tell which names are two forms of one: listed, learnt, or the other's beginning.

        Of two common names the one may begin as the other does (EVA, EVAN): these are two.
        """
        found = np.zeros(len(x), dtype=np.bool_)
        open_ = np.flatnonzero(alike > PART)
        found[open_] = self.variants.hold(x[open_], y[open_])
        cut = np.flatnonzero((alike > NEAR) & ~found & ~common)
        found[cut] = self.words.begin(x[cut], y[cut])
        return found

    def _others(self, left: Ids, right: Ids, levels: Levels, shares: Shares) -> None:
        """Where the first name of one side is another one of the other's: `autre`, and how rare."""
        code = self.trait.code("autre")
        for i, j in crossings(left.shape[1]):
            if i and j:
                continue
            rows = np.flatnonzero(same_word(self.words, left[:, i], right[:, j]))
            other = rows[levels[rows] >= code]
            levels[other] = code
            shares[other] = np.fmin(shares[other], self.share[left[other, i]])
        self._others_mistyped(left, right, levels)

    def _others_mistyped(self, left: Ids, right: Ids, levels: Levels) -> None:
        """So too, with a slip (JOSEPPH, ACHILLE JOSEPH); not between two common names, ANNE and ANNA."""
        if "ecorche" not in self.trait.levels:
            return
        for i, j in crossings(left.shape[1]):
            if (i == 0) == (j == 0):
                continue
            x, y = left[:, i], right[:, j]
            rows = np.flatnonzero((levels == self.trait.code("different")) & (x > 0) & (y > 0))
            rows = rows[~(self.common[x[rows]] & self.common[y[rows]])]
            near = self.words.likeness(x[rows], y[rows]) <= NEAR
            levels[rows[near]] = self.trait.code("ecorche")

    def values(self) -> Codes:
        return np.asarray(self.main[self.sets.ids])

    @cached_property
    def wholes(self) -> Codes:
        """The hash of the first first name of each set, 0 without: one column."""
        return self.main[:, None]

    @cached_property
    def spelt(self) -> tuple[Codes, Codes]:
        """What an e-mail may spell of each set: `wholes`, and the pairs of letters (`letter_pairs`) of each."""
        return self.wholes, letter_pairs(self.sets.table.to_series(0))[:, None]

    @cached_property
    def main(self) -> Codes:
        """The hash of the first first name of each set, 0 without."""
        first = self.slots[:, 0]
        return np.asarray(np.where(first > 0, self.words.code[first], np.uint64(0)))

    def shares(self) -> Shares:
        """Return how rare the first name of each fiche is, among the bearers of its surname where it is commoner there."""
        everybody = self.share[self.slots[:, 0]][self.sets.ids]
        return everybody if self.together is None else np.fmax(everybody, self.together.part)
