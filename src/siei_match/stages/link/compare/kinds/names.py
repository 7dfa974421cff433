"""Names in sets, and surnames: of birth and of usage, crossed."""

from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import TEXT
from siei_match.stages.link.compare.kinds.base import (
    Bools,
    Compared,
    Levels,
    Shares,
)
from siei_match.stages.link.compare.kinds.mails import letter_pairs
from siei_match.stages.link.compare.likeness import (
    DIFFERENT,
    EQUAL,
    FAR,
    NEAR,
    PART,
    SLIP,
    Vocabulary,
)
from siei_match.stages.link.compare.parts import NameParts
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.coding import numbers_of
from siei_match.stages.link.records.country import lean, share_in_country
from siei_match.stages.link.records.hearing import PARTICLES, core, joined
from siei_match.stages.link.records.records import Codes, Fiches, Ids
from siei_match.stages.link.records.words import (
    NameSets,
    ends_of_compound,
    name_sets,
)

LIKENESSES: Final = {
    EQUAL: "egal", PART: "partie", NEAR: "proche", FAR: "lointain", SLIP: "ecorche",
    DIFFERENT: "different",
}  # fmt: skip


class NamesInSets:
    """Sets of names in numbers: `slots`, the values of each set, numbered in `words`, 0 for none."""

    def __init__(self, fiches: Fiches, trait: Trait, sets: NameSets, values: pl.DataFrame) -> None:
        self.trait = trait
        self.sets = sets
        texts = pl.concat([values[c].alias("valeur") for c in values.columns]).drop_nulls()
        distinct = texts.unique().sort()
        self.words = Vocabulary(distinct)
        self.slots = numbers_of(values, distinct)
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


class Surnames(NamesInSets):
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
            self._code[likeness] = trait.code(level if level in trait.levels else "different")
        self.parts = NameParts(self.words.texts)
        self._particle = table.select(
            pl.all().is_in(list(PARTICLES)).fill_null(value=False)
        ).to_numpy()

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
        if self._code[PART] in self.trait.frequent:
            self._count_parts(left, right, levels, shares)
        self._hear_parts(left, right, levels)
        self._hear_particles(a, b, levels)
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

    def _count_parts(self, left: Ids, right: Ids, levels: Levels, shares: Shares) -> None:
        """Put the share of strangers of whom one bears a compound surname and the other what it has in common.

        MARTIN and MARTIN LEGOFF: a stranger is called MARTIN as often as anybody, and the other's surname
        is compound as often as any. What is common of the rarest part counts.
        """
        parts = np.flatnonzero(levels == self._code[PART])
        x, y = left[parts], right[parts]
        for i, j in crossings(left.shape[1]):
            rows = np.flatnonzero((x[:, i] > 0) & (y[:, j] > 0))
            one, other = x[rows, i], y[rows, j]
            held = self.words.likeness(one, other) == PART
            rows, one, other = rows[held], one[held], other[held]
            short = np.where(self.words.length[one] < self.words.length[other], one, other)
            places = parts[rows]
            shares[places] = np.fmin(shares[places], self.share[short] * self._compound)

    @cached_property
    def _compound(self) -> np.float32:
        """The share of surnames, written at all, that are compound."""
        sizes, main = self.sets.sizes, self.slots[:, 0]
        several = self.parts.several[main]
        return np.float32(max(1.0, sizes[several].sum()) / max(1.0, sizes[main > 0].sum()))

    def _hear_parts(self, left: Ids, right: Ids, levels: Levels) -> None:
        """A word of a compound surname, mistyped, or another compound with it (BASSET, BRIENNE BSASET)."""
        if self._code[SLIP] == self._code[DIFFERENT]:
            return
        # Beside these stands each name in one word.
        for i, j in crossings(left.shape[1] // 2):
            rows = np.flatnonzero(
                (levels == self._code[DIFFERENT]) & (left[:, i] > 0) & (right[:, j] > 0)
            )
            near = self.parts.near(left[rows, i], right[rows, j])
            levels[rows[near]] = self._code[SLIP]

    def _hear_particles(self, a: Ids, b: Ids, levels: Levels) -> None:
        """Of a surname cut at its first space a particle may be all that is left (DOS, DOS SANTOS LOPES)."""
        one, other = self.sets.ids[a], self.sets.ids[b]
        for x, y in ((one, other), (other, one)):
            for i, j in crossings(self._particle.shape[1]):
                rows = np.flatnonzero(self._particle[x, i] & (levels > self._code[PART]))
                sides = [self.sets.table.to_series(c).gather(s[rows]) for c, s in ((i, x), (j, y))]
                begins = pl.DataFrame(sides, ["cut", "whole"]).select(
                    pl.col("whole").str.starts_with(pl.col("cut") + " ").fill_null(value=False)
                )
                levels[rows[begins.to_series().to_numpy()]] = self._code[PART]

    def values(self) -> Codes:
        """Return the hash of the first surname without particles, 0 without any."""
        return self._first()[1]

    def shares(self) -> Shares:
        return self._first()[0]

    def _first(self) -> tuple[Shares, Codes]:
        main = np.where(self.slots[:, 0] > 0, self.slots[:, 0], self.slots[:, 1])
        codes = np.where(main > 0, self.words.code[main], np.uint64(0))
        return self.share[main][self.sets.ids], codes[self.sets.ids]


def crossings(width: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(width) for j in range(width)]


def same_word(words: Vocabulary, x: Ids, y: Ids) -> Bools:
    return np.asarray((x > 0) & (y > 0) & (words.code[x] == words.code[y]))
