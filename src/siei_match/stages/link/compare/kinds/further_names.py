"""Second and third first names."""

import numpy as np

from siei_match.stages.link.compare.kinds.base import Bools, Compared
from siei_match.stages.link.compare.kinds.first_names import FirstNames
from siei_match.stages.link.compare.kinds.names import crossings, same_word
from siei_match.stages.link.compare.likeness import FAR
from siei_match.stages.link.declared.names import ABSENT
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.records import Ids


class FurtherFirstNames:
    """Second and third first names: one agrees, or none; absent where one side has none.

    Where the first ones differ there is nothing to say: a disagreement would count twice.
    """

    def __init__(self, trait: Trait, prenoms: FirstNames) -> None:
        self.trait = trait
        self.prenoms = prenoms

    def compare(self, a: Ids, b: Ids) -> Compared:
        words = self.prenoms.words
        left, right = self.prenoms.sides(a, b)
        both = (left[:, 1:] > 0).any(axis=1) & (right[:, 1:] > 0).any(axis=1)
        agree = np.zeros(len(a), dtype=np.bool_)
        crossed = np.zeros((2, len(a)), dtype=np.bool_)
        shares = np.full(len(a), np.nan, dtype=np.float32)
        for i, j in crossings(left.shape[1]):
            if not i and not j:
                continue
            rows = np.flatnonzero(same_word(words, left[:, i], right[:, j]))
            shares[rows] = np.fmin(shares[rows], self.prenoms.share[left[rows, i]])
            if i and j:
                agree[rows] = True
            else:
                crossed[int(j > 0), rows] = True
        agree = both & (agree | crossed.all(axis=0))
        level = self.trait.code
        levels = np.where(both & self._same_first(left, right), level("different"), ABSENT)
        return np.where(agree, level("egal"), levels).astype(np.uint8), shares

    def _same_first(self, left: Ids, right: Ids) -> Bools:
        words = self.prenoms.words
        x, y = left[:, 0], right[:, 0]
        known = (x > 0) & (y > 0)
        same: Bools = known & (words.sound[x] == words.sound[y])
        open_ = np.flatnonzero(known & ~same)
        same[open_] = words.likeness(x[open_], y[open_]) <= FAR
        return same
