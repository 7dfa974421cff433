"""Names: sets of surnames, and first names in their order."""

from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import TEXT
from siei_match.reference.nomenclatures import common_first_names
from siei_match.stages.link.compare.kinds.base import (
    Bools,
    Compared,
    Levels,
    Shares,
    first_that_holds,
)
from siei_match.stages.link.compare.kinds.mails import letter_pairs
from siei_match.stages.link.compare.kinds.nicknames import Nicknames
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
    Vocabulary,
)
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.country import lean, share_in_country
from siei_match.stages.link.records.hearing import core, joined
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import (
    NameSets,
    ends_of_compound,
    name_sets,
)

LIKENESSES: Final = {
    EQUAL: "egal", PART: "partie", NEAR: "proche", FAR: "lointain", DIFFERENT: "different",
}  # fmt: skip


class _NameSets:
    """Sets of names in numbers: `slots`, the values of each set, numbered in `words`, 0 for none."""

    def __init__(self, fiches: Fiches, trait: Trait, sets: NameSets, values: pl.DataFrame) -> None:
        self.trait = trait
        self.sets = sets
        texts = pl.concat([values[c].alias("valeur") for c in values.columns]).drop_nulls()
        distinct = texts.unique().sort()
        self.words = Vocabulary(distinct)
        numbers = distinct.to_frame().with_row_index("numero", offset=1)
        self.slots = np.column_stack(
            [
                values.select(valeur=pl.col(c))
                .join(numbers, on="valeur", how="left", maintain_order="left")["numero"]
                .fill_null(0)
                .to_numpy()
                for c in values.columns
            ]
        ).astype(np.uint32)
        self.share = self._shares(fiches, distinct)

    def _shares(self, fiches: Fiches, distinct: pl.Series) -> Shares:
        """Return the share of fiches that bear each value in any place, leaning on the country's."""
        borne = np.zeros(len(distinct) + 1)
        for place in range(self.slots.shape[1]):
            borne += np.bincount(
                self.slots[:, place], weights=self.sets.sizes, minlength=len(borne)
            )
        counts = pl.DataFrame({"valeur": distinct, "len": borne[1:]})
        country = share_in_country(self.trait.declared.frequences)
        shares = counts.select("valeur").join(
            lean(counts, fiches.count, country), on="valeur", how="left", maintain_order="left"
        )["part"]
        return np.concatenate([[np.nan], shares.to_numpy()]).astype(np.float32)

    def sides(self, a: Ids, b: Ids) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
        return self.slots[self.sets.ids[a]], self.slots[self.sets.ids[b]]


class Surnames(_NameSets):
    """Surnames of birth and of usage, crossed, with and without their particles.

    wholes: the hash of each whole surname of each set, without spaces, 0 without.
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        sets = name_sets(fiches, trait.columns)
        table = sets.table
        # DE LA CRUZ may be written DELACRUZ, so the whole in one word stands beside the core.
        values = table.select(
            *(core(pl.col(c)).alias(c) for c in table.columns),
            *(joined(pl.col(c)).alias(f"{c}_joint") for c in table.columns),
        )
        super().__init__(fiches, trait, sets, values)
        bare = table.select(pl.all().str.replace_all(" ", "").hash(seed=TEXT)).to_numpy()
        self.wholes = np.where(table.select(pl.all().is_null()).to_numpy(), np.uint64(0), bare)
        self._code = np.zeros(DIFFERENT + 1, dtype=np.uint8)
        for likeness, level in LIKENESSES.items():
            self._code[likeness] = trait.code(level)

    @cached_property
    def spelt(self) -> tuple[Codes, Codes]:
        """What an e-mail may spell of each set: the hashes of whole surnames and of the first and last word
        of compound ones, 0 for none, and the pairs of letters (`letter_pairs`) of each.
        """
        table = self.sets.table
        words = table.select(
            ends_of_compound(pl.col(c), last=last).alias(f"{c}_{last}")
            for c in table.columns
            for last in (False, True)
        )
        hashes = words.select(pl.all().hash(seed=TEXT)).to_numpy()
        ends = np.where(words.select(pl.all().is_null()).to_numpy(), np.uint64(0), hashes)
        letters = [letter_pairs(names) for names in (*table, *words)]
        return np.column_stack([self.wholes, ends]), np.column_stack(letters)

    def compare(self, a: Ids, b: Ids) -> Compared:
        """Return the best level over the surnames of both sides, and the share of the rarest equal one."""
        left, right = self.sides(a, b)
        # No surname at all on one side: absent, whatever the other says.
        known = (left > 0).any(axis=1) & (right > 0).any(axis=1)
        levels = np.where(known, self._code[DIFFERENT], ABSENT).astype(np.uint8)
        shares = np.full(len(a), np.nan, dtype=np.float32)
        for i, j in crossings(left.shape[1]):
            rows = np.flatnonzero((left[:, i] > 0) & (right[:, j] > 0))
            if len(rows):
                self._cross(rows, left[rows, i], right[rows, j], levels, shares)
        return levels, shares

    def _cross(
        self, rows: npt.NDArray[np.intp], x: Ids, y: Ids, levels: Levels, shares: Shares
    ) -> None:
        same = self.words.code[x] == self.words.code[y]
        levels[rows[same]] = self._code[EQUAL]
        shares[rows[same]] = np.fmin(shares[rows[same]], self.share[x[same]])
        open_ = np.flatnonzero(~same & (levels[rows] > self._code[PART]))
        alike = self._code[self.words.likeness(x[open_], y[open_])]
        levels[rows[open_]] = np.minimum(levels[rows[open_]], alike)

    def values(self) -> Codes:
        """Return the hash of the first surname without particles, 0 without any."""
        return self._first()[1]

    def shares(self) -> Shares:
        return self._first()[0]

    def _first(self) -> tuple[Shares, Codes]:
        main = np.where(self.slots[:, 0] > 0, self.slots[:, 0], self.slots[:, 1])
        codes = np.where(main > 0, self.words.code[main], np.uint64(0))
        return self.share[main][self.sets.ids], codes[self.sets.ids]


class FirstNames(_NameSets):
    """First names: the first counts most; `autre` says that it is another one of the other side.

    `entendu`: two spellings of one sound (MATHIS, MATHYS). Two common names that look alike (LUCA,
    LUCAS), or of one root (MAXIMIN, MAXIMILIEN), are `courants`: rather two people than a slip. Of
    compound ones the words that differ are compared (MOHAMED AMINE, MOHAMED ALI: `different`).
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        sets = name_sets(fiches, trait.columns)
        super().__init__(fiches, trait, sets, sets.table)
        common = self.words.texts.is_in(common_first_names().implode()).to_numpy()
        self.common = np.concatenate([[False], common])
        self.nicknames = Nicknames(self.words.texts, trait.declared.surnoms)
        learnt = learnt_variants(fiches, self.slots[sets.ids], self.words.code)
        self.variants = Variants(np.concatenate([listed_variants(self.words.texts), learnt]))

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
        unlike[asked] = self.words.likeness_of_the_rest(x[asked], y[asked]) == DIFFERENT
        # J may be JAMES, or any other one that begins so.
        far |= (alike == DIFFERENT) & self.words.initial_of(x, y)
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
        ]
        return first_that_holds(self.trait, alike == 0, tests, "different")

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
        return self.share[self.slots[:, 0]][self.sets.ids]


def crossings(width: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(width) for j in range(width)]


def same_word(words: Vocabulary, x: Ids, y: Ids) -> Bools:
    return np.asarray((x > 0) & (y > 0) & (words.code[x] == words.code[y]))
