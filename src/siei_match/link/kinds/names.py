"""Names: sets of surnames, and first names in their order."""

from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.arrays import TEXT
from siei_match.link.country import lean, share_in_country
from siei_match.link.fiches import Codes, Fiches, Ids
from siei_match.link.kinds.base import Bools, Compared, Levels, Shares
from siei_match.link.likeness import DIFFERENT, EQUAL, FAR, NEAR, PART, Vocabulary
from siei_match.link.spec import ABSENT, Trait
from siei_match.link.words import NameSets, core, joined, name_sets
from siei_match.nomenclatures import prenoms_courants

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

    def _sides(self, a: Ids, b: Ids) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
        return self.slots[self.sets.ids[a]], self.slots[self.sets.ids[b]]


class Noms(_NameSets):
    """Surnames of birth and of usage, crossed, with and without their particles."""

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
        self.whole = np.where(table.select(pl.all().is_null()).to_numpy(), np.uint64(0), bare)
        self._code = np.zeros(DIFFERENT + 1, dtype=np.uint8)
        for likeness, level in LIKENESSES.items():
            self._code[likeness] = trait.code(level)

    def compare(self, a: Ids, b: Ids) -> Compared:
        """Return the best level over the surnames of both sides, and the share of the rarest equal one."""
        left, right = self._sides(a, b)
        # No surname at all on one side: absent, whatever the other says.
        known = (left > 0).any(axis=1) & (right > 0).any(axis=1)
        levels = np.where(known, self._code[DIFFERENT], ABSENT).astype(np.uint8)
        shares = np.full(len(a), np.nan, dtype=np.float32)
        for i in range(left.shape[1]):
            for j in range(right.shape[1]):
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


class Prenoms(_NameSets):
    """First names: the first counts most, the others say that some other one agrees.

    Two names that are both common and look alike (LUCA, LUCAS) are `courants`: rather two people
    than a typing error.
    """

    def __init__(self, fiches: Fiches, trait: Trait) -> None:
        sets = name_sets(fiches, trait.columns)
        super().__init__(fiches, trait, sets, sets.table)
        self.common = np.concatenate(
            [[False], self.words.texts.is_in(prenoms_courants().implode()).to_numpy()]
        )

    def compare(self, a: Ids, b: Ids) -> Compared:
        left, right = self._sides(a, b)
        code = self.trait.code
        known = (left > 0).any(axis=1) & (right > 0).any(axis=1)
        levels = np.where(known, code("different"), ABSENT).astype(np.uint8)
        shares = np.full(len(a), np.nan, dtype=np.float32)
        rows = np.flatnonzero((left[:, 0] > 0) & (right[:, 0] > 0))
        x, y = left[rows, 0], right[rows, 0]
        alike = self.words.likeness(x, y)
        levels[rows] = self._first_level(alike, self.common[x] & self.common[y])
        equal = alike == EQUAL
        shares[rows[equal]] = self.share[x[equal]]
        other = self._another(left, right) & (levels > code("autre"))
        levels[other] = code("autre")
        return levels, shares

    def _first_level(self, alike: npt.NDArray[np.uint8], common: Bools) -> Levels:
        code = self.trait.code
        near, far = alike == NEAR, alike == FAR
        return np.select(
            [alike == EQUAL, alike == PART, near & ~common, far & ~common, near | far],
            [code("egal"), code("partie"), code("proche"), code("lointain"), code("courants")],
            code("different"),
        ).astype(np.uint8)

    def _another(self, left: Ids, right: Ids) -> Bools:
        """Tell whether any first name of one side is any of the other's."""
        x, y = (self.words.code[side] for side in (left, right))
        found = np.zeros(len(left), dtype=np.bool_)
        for i in range(left.shape[1]):
            for j in range(right.shape[1]):
                found |= (left[:, i] > 0) & (right[:, j] > 0) & (x[:, i] == y[:, j])
        return found

    def values(self) -> Codes:
        first = self.slots[:, 0]
        codes = np.where(first > 0, self.words.code[first], np.uint64(0))
        return np.asarray(codes[self.sets.ids])

    def shares(self) -> Shares:
        return self.share[self.slots[:, 0]][self.sets.ids]


def crossed(noms: Noms, prenoms: Prenoms, a: Ids, b: Ids) -> Bools:
    """Tell whether name and first name are inverted: each side's surname is the other's first name."""
    first = prenoms.values()

    def one_way(nom_side: Ids, prenom_side: Ids) -> Bools:
        surnames = noms.whole[noms.sets.ids[nom_side]]
        name = first[prenom_side]
        return np.asarray(((surnames == name[:, None]) & (surnames != 0)).any(axis=1))

    return np.asarray(one_way(a, b) & one_way(b, a))
