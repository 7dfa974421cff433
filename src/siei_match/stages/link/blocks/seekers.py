"""Who seeks a partner in the passes of each sort."""

import numpy as np
import numpy.typing as npt

from siei_match.stages.link.declared.names import EVERYBODY, PARTIAL_DATE, WITHOUT_IDENTIFIER
from siei_match.stages.link.records.own_numbers import own_numbers
from siei_match.stages.link.records.records import Fiches

Labels = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]


def seekers_of(fiches: Fiches, groups: Labels, own: Bools | None = None) -> dict[str, Bools]:
    """Tell which fiches seek a partner in the passes of each sort.

    `own`: by source, whether it numbers people in its own way too.
    """
    everybody = np.ones(fiches.count, dtype=np.bool_)
    found = {EVERYBODY: everybody, WITHOUT_IDENTIFIER: everybody, PARTIAL_DATE: everybody}
    identifier, date = fiches.spec.identifier, fiches.spec.of_kind("date")
    if identifier is not None:
        placed = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.bool_)
        told = (fiches.codes(identifier.columns[0]) != 0) & ~own_numbers(fiches)
        placed[groups[told]] = True
        # A source's own number places nobody elsewhere.
        if own is not None and own.any():
            placed &= in_several_sources(fiches, groups) | ~standing_in(fiches, groups, own)
        found[WITHOUT_IDENTIFIER] = ~placed[groups]
    if date is not None:
        month, day = (fiches.codes(c) for c in date.columns[1:])
        # 1 January often means that the day is unknown.
        found[PARTIAL_DATE] = (month == 0) | (day == 0) | ((month == 1) & (day == 1))
    return found


def in_several_sources(fiches: Fiches, groups: Labels) -> Bools:
    """Tell which groups stand in more than one source."""
    source = fiches.codes("source")
    count = int(groups.max(initial=0)) + 1
    first = np.full(count, 255, dtype=np.uint8)
    last = np.zeros(count, dtype=np.uint8)
    np.minimum.at(first, groups, source)
    np.maximum.at(last, groups, source)
    return np.asarray(first < last)


def standing_in(fiches: Fiches, groups: Labels, sources: Bools) -> Bools:
    """Tell which groups stand in one of these sources."""
    found = np.zeros(int(groups.max(initial=0)) + 1, dtype=np.bool_)
    found[groups[sources[fiches.codes("source")]]] = True
    return found
