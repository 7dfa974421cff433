"""Surname and first name inverted: whether the one is, or nearly is, the other of the other side."""

import numpy as np
import polars as pl

from siei_match.reference.nomenclatures import common_first_names
from siei_match.stages.link.compare.kinds.base import Bools
from siei_match.stages.link.compare.kinds.first_names import FirstNames
from siei_match.stages.link.compare.kinds.names import Surnames
from siei_match.stages.link.compare.likeness import NEAR, Vocabulary
from siei_match.stages.link.records.records import Ids


def has_surname(names: Surnames, prenoms: FirstNames, a: Ids, b: Ids) -> Bools:
    """Tell whether a surname of `a`, whole, is the first name of `b`."""
    surnames = names.wholes[names.sets.ids[a]]
    name = prenoms.main[prenoms.sets.ids[b]]
    return np.asarray(((surnames == name[:, None]) & (surnames != 0)).any(axis=1))


def nearly_has_surname(names: Surnames, prenoms: FirstNames, a: Ids, b: Ids) -> Bools:
    """Tell whether a surname of `a` is nearly the first name of `b`.

    Not two common first names: LUCA and LUCAS may be twins, inverted or not.
    """
    found = np.zeros(len(a), dtype=np.bool_)
    if not len(a):
        return found
    first = prenoms.sets.table.to_series(0).gather(prenoms.sets.ids[b])
    for column in names.sets.table.columns:
        surname = names.sets.table[column].gather(names.sets.ids[a])
        rows = np.flatnonzero((surname.is_not_null() & first.is_not_null()).to_numpy())
        x, y = surname.gather(rows), first.gather(rows)
        texts = pl.concat([x.alias("mot"), y.alias("mot")]).unique().sort()
        words = Vocabulary(texts)
        numbers = dict(zip(texts.to_list(), range(1, len(texts) + 1), strict=True))
        u, v = (np.array([numbers[t] for t in side.to_list()], np.uint32) for side in (x, y))
        common = np.concatenate([[False], texts.is_in(common_first_names().implode()).to_numpy()])
        found[rows] |= (words.likeness(u, v) <= NEAR) & ~(common[u] & common[v])
    return found
