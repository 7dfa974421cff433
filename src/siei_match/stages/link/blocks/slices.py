"""Slices of records: whom a pass brings together has one value of each column of its key.

So the keys of a pass may be made a slice of one column's values at a time, one birth year or several:
what stands at once is as large as a slice, however many records there are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from siei_match.reference.arrays import distinct
from siei_match.stages.link.declared.names import PassSpec
from siei_match.stages.link.records.records import Fiches, Ids

RECORDS: Final = 4_000_000
"""Records in a slice, about: keys of their words take some hundred megabytes a thread."""


def alike_cut(
    passes: Sequence[PassSpec], fiches: Fiches
) -> list[tuple[str | None, list[PassSpec]]]:
    """Return the passes by the column whose values may cut them: that which most of them ask for first.

    None: passes of keys of which a record may have several values, such as words or telephones.
    """
    left, found = list(passes), list[tuple[str | None, list[PassSpec]]]()
    while left:
        asked = Counter(
            part for passe in left for part in passe.cle if part in fiches.table.columns
        )
        column = max(asked, key=lambda part: asked[part]) if asked else None
        those = [passe for passe in left if column is None or column in passe.cle]
        left = [passe for passe in left if passe not in those]
        found.append((column, those))
    return found


def slices(
    fiches: Fiches, column: str | None, among: Ids | None = None, most: int | None = None
) -> Iterator[Ids | None]:
    """Return records a slice of a column's values at a time, those without a value in none.

    One slice where they are few, or no column is given; None: all records. More stand in one slice where more
    have the same value.

    Args:
        fiches: the records.
        column: of `fiches.table`, 0 where absent.
        among: the records to cut, ascending; by default all.
        most: records in a slice, about.
    """
    most = most or RECORDS
    if column is None or (fiches.count if among is None else len(among)) <= most:
        yield among
        return
    values = fiches.codes(column) if among is None else fiches.codes(column)[among]
    starts = distinct(np.sort(values[values != 0])[::most])
    if not len(starts):
        yield np.empty(0, dtype=np.uint32)
    for number, start in enumerate(starts):
        within = (values >= start) & (values != 0)
        if number + 1 < len(starts):
            within &= values < starts[number + 1]
        found = np.flatnonzero(within).astype(np.uint32)
        yield found if among is None else among[found]
