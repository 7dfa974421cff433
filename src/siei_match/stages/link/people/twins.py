"""How often twins stand in the same sources: what one does, the other often does too.

Two people of one surname, one day and one home, with first names that differ, are twins. If twins stood
where they do independently of each other, two who stand in one source alone would be rare, and whoever
looks like that would seem to be one person written twice.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import mix, pairs_of_holders
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.declared.traits import TWINS

Labels = npt.NDArray[np.uint32]
Codes = npt.NDArray[np.int64]
ALIKE: Final = 0.3
"""The share of twins who go the same way, before any count: reasoned, no open source gives it."""
STRENGTH: Final = 50.0
"""What stands before any count is worth so many pairs of twins."""
MOST_OF_A_HOME: Final = 8
"""More people of one surname, day and home are no twins: a shelter, a name that stands for none."""
LOOKED_AT: Final = 2_000_000
"""Records among which twins are looked for; of more, those of a share of surnames."""


def count_alike(
    comparator: Comparator, persons: Labels, places: Codes, years: Codes, counts: pl.DataFrame
) -> float:
    """Return the share of twins who stand in the same sources because they are twins.

    That is, beyond the share that two people of their year do by chance. 0 where no class of twins is
    declared, or nothing that shows them.

    Args:
        comparator: of the records.
        persons: the person of each record.
        places: the sources of each person (`presence.py`).
        years: the year of birth of each person.
        counts: `year`, `places`, `n`, people.
    """
    if TWINS not in comparator.spec.classes:
        return 0.0
    a, b = pairs_of_twins(comparator, persons)
    same = float((places[a] == places[b]).sum())
    shares = counts.with_columns(share=pl.col("n") / pl.col("n").sum().over("year"))
    by_chance = shares.group_by("year").agg(chance=pl.col("share").pow(2).sum())
    born = pl.DataFrame({"year": np.maximum(years[a], years[b])})
    chance = float(born.join(by_chance, on="year")["chance"].sum())
    beyond = max(0.0, same - chance) + ALIKE * STRENGTH
    return beyond / (len(a) - chance + STRENGTH)


def pairs_of_twins(comparator: Comparator, persons: Labels) -> tuple[Labels, Labels]:
    """Return pairs of people of one surname, day and home (or birthplace) whose first names differ.

    Args:
        comparator: of the records.
        persons: the person of each record.
    """
    spec, fiches = comparator.spec, comparator.fiches
    nobody = np.empty(0, dtype=np.uint32)
    surname, first_name, date = (spec.of_kind(kind) for kind in ("noms", "prenoms", "date"))
    if surname is None or first_name is None or date is None:
        return nobody, nobody
    kinds: Any = comparator.kinds
    alike = [kinds[surname.name].values(), *(fiches.codes(column) for column in date.columns)]
    other = kinds[first_name.name].values()
    found = []
    for home in (spec.of_kind("adresse"), spec.of_kind("lieu")):
        if home is not None:
            told = [*alike, *(fiches.codes(column) for column in home.columns)]
            found.append(_pairs(persons, told, other))
    if not found:
        return nobody, nobody
    pairs = pl.concat(found).unique()
    return pairs["a"].to_numpy(), pairs["b"].to_numpy()


def _pairs(
    persons: Labels, told: list[npt.NDArray[Any]], other: npt.NDArray[np.uint64]
) -> pl.DataFrame:
    """Return `a` < `b`, people whose first records of one key (`told`) differ in `other`."""
    surname = told[0]
    some = surname % np.uint64(1 + len(surname) // LOOKED_AT) == 0
    held = np.flatnonzero(np.logical_and.reduce([some, *(c != 0 for c in (*told, other))]))
    key = np.zeros(len(held), dtype=np.uint64)
    for column in told:
        key = mix(key, column[held])
    a, b = pairs_of_holders(key, persons[held], MOST_OF_A_HOME)
    differ = other[held[a]] != other[held[b]]
    ends = persons[held[a[differ]]], persons[held[b[differ]]]
    return pl.DataFrame({"a": np.minimum(*ends), "b": np.maximum(*ends)}).cast(pl.UInt32)
