"""The sure tiers: rows joined before any candidate is searched.

The identifier agrees and the other traits make it believable; or surname, first name, full birth
date and birthplace are the same, and homonyms of that name, day and place are not expected. Which
traits these are is declared (`certitude` of the spec).
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from siei_match.reference.arrays import Runs, mix, packed, pairs_in_runs, runs, unpacked
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.records.records import Fiches

HOMONYMS_EXPECTED: Final = 1e-3
"""A name, day and place are unique when fewer homonyms than this are expected in the population."""


def pairs_by_identifier(fiches: Fiches) -> pl.DataFrame:
    """Return the pairs `a` < `b` of fiches with the same identifier."""
    if fiches.spec.identifier is None:
        return pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})
    codes = fiches.codes(fiches.spec.identifier.columns[0])
    held = np.flatnonzero(codes)
    found = runs(codes[held])
    left, right = pairs_in_runs(found, np.ones(len(held), dtype=np.bool_))
    a, b = held[left], held[right]
    return in_order(np.minimum(a, b), np.maximum(a, b))


def pairs_by_traits(fiches: Fiches, comparator: Comparator, population: int) -> pl.DataFrame:
    """Return pairs (a star per key) that agree on every identity trait, where that is unique.

    A key borne by two identifiers is left to the likeness tier: its fiches may be two people.
    """
    certain = fiches.spec.file.certitude
    if not certain.memes:
        return pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})
    keys = np.zeros(fiches.count, dtype=np.uint64)
    expected = np.full(fiches.count, float(population))
    known = np.ones(fiches.count, dtype=np.bool_)
    for name in certain.memes:
        kind: Any = comparator.kinds[name]
        values = kind.values()
        known &= values != 0
        keys = mix(keys, values)
        expected *= kind.shares()
    unique = np.flatnonzero(known & (expected < HOMONYMS_EXPECTED))
    found = runs(keys[unique])
    once = found.lengths > 1
    for name in certain.contredit:
        once &= agree(found, fiches.codes(fiches.spec.by_name[name].columns[0])[unique])
    lengths = found.lengths
    first = found.least(unique)
    a, b = np.repeat(first, lengths), unique[found.order]
    star = np.repeat(once, lengths) & (a != b)
    return in_order(a[star], b[star])


def in_order(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> pl.DataFrame:
    """Return pairs `a`, `b` sorted."""
    left, right = unpacked(np.sort(packed(a, b)))
    return pl.DataFrame({"a": left, "b": right})


def agree(found: Runs, codes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell in which runs all the values that are not absent (0) are the same."""
    most = found.most(codes)
    highest = np.iinfo(codes.dtype).max
    least = found.least(np.where(codes == 0, highest, codes))
    return np.asarray((most == 0) | (least == most))


def components(count: int, edges: pl.DataFrame) -> npt.NDArray[np.uint32]:
    """Number the connected components of fiches 0..count-1, in the order of their first fiche."""
    a, b = edges["a"].to_numpy(), edges["b"].to_numpy()
    graph = coo_matrix((np.ones(len(a), dtype=np.int8), (a, b)), shape=(count, count))
    parts, labels = connected_components(graph, directed=False)
    first = np.full(parts, count, dtype=np.int64)
    np.minimum.at(first, labels, np.arange(count))
    order = np.empty(parts, dtype=np.uint32)
    order[np.argsort(first)] = np.arange(parts, dtype=np.uint32)
    return np.asarray(order[labels])
