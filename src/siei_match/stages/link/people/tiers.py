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

from siei_match.reference.arrays import (
    Runs,
    first_places,
    mix,
    packed,
    pairs_in_runs,
    runs,
    unpacked,
)
from siei_match.reference.parallel import each
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.records.country import DAYS_OF_BIRTH
from siei_match.stages.link.records.records import MOST_FICHES, Fiches, Ids

HOMONYMS_EXPECTED: Final = 1e-3
"""A name, day and place are unique when fewer homonyms than this are expected in the population."""

YEARS_OF_BIRTH: Final = DAYS_OF_BIRTH / 365.25
LOCAL: Final = 200.0
"""What the whole country's share is worth beside births counted in one place."""


def pairs_by_identifier(fiches: Fiches) -> pl.DataFrame:
    """Return the pairs `a` < `b` of fiches with the same identifier."""
    if fiches.spec.identifier is None:
        return pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})
    codes = fiches.keys(fiches.spec.identifier.columns[0])
    held = np.flatnonzero(codes)
    found = runs(codes[held])
    left, right = pairs_in_runs(found, np.ones(len(held), dtype=np.bool_))
    a, b = held[left], held[right]
    return in_order(np.minimum(a, b), np.maximum(a, b))


def pairs_by_traits(fiches: Fiches, comparator: Comparator, unique: Ids) -> pl.DataFrame:
    """Return pairs (a star per key) that agree on every identity trait, where that is unique.

    A key borne by two identifiers is left to the likeness tier: its fiches may be two people.

    Args:
        fiches: the records.
        comparator: their traits.
        unique: see `unique_fiches`.
    """
    certain = fiches.spec.file.certitude
    found = runs(identity_keys(fiches, comparator)[unique])
    once = found.lengths > 1
    for name in certain.contredit:
        once &= agree(found, fiches.codes(telling_column(fiches.spec.by_name[name]))[unique])
    lengths = found.lengths
    first = found.least(unique)
    a, b = np.repeat(first, lengths), unique[found.order]
    star = np.repeat(once, lengths) & (a != b)
    return in_order(a[star], b[star])


def identity_keys(fiches: Fiches, comparator: Comparator) -> npt.NDArray[np.uint64]:
    """Return one number for the identity traits of each fiche."""
    keys = np.zeros(fiches.count, dtype=np.uint64)
    for name in fiches.spec.file.certitude.memes:
        kind: Any = comparator.kinds[name]
        keys = mix(keys, kind.values())
    return keys


def unique_fiches(fiches: Fiches, comparator: Comparator, population: int) -> Ids:
    """Return the fiches whose identity traits are all known, and of no namesake that is to be expected."""
    traits = fiches.spec.file.certitude.memes
    known = np.full(fiches.count, bool(traits))
    for name in traits:
        kind: Any = comparator.kinds[name]
        known &= kind.values() != 0
    if not known.any():
        return np.empty(0, dtype=np.uint32)
    expected = namesakes_expected(comparator, traits, identity_keys(fiches, comparator), population)
    return np.flatnonzero(known & (expected < HOMONYMS_EXPECTED)).astype(np.uint32)


def pairs_of_namesakes(fiches: Fiches, comparator: Comparator, unique: Ids) -> pl.DataFrame:
    """Return all pairs `a` < `b` that agree on every identity trait, where that is unique.

    Whatever contradicts them: they are who tells how often a true person's identifiers differ.
    """
    keys = identity_keys(fiches, comparator)
    found = runs(keys[unique])
    few = (found.lengths <= MOST_FICHES)[found.numbers()]
    kept = unique[few]
    left, right = pairs_in_runs(runs(keys[kept]), np.ones(len(kept), dtype=np.bool_))
    a, b = kept[left], kept[right]
    return in_order(np.minimum(a, b), np.maximum(a, b))


def telling_column(trait: Trait) -> str:
    """Return the column that contradicts: of further first names, the second, for it comes with most."""
    return trait.columns[1 if trait.kind == "autres_prenoms" else 0]


def namesakes_expected(
    comparator: Comparator, traits: tuple[str, ...], keys: npt.NDArray[np.uint64], population: int
) -> npt.NDArray[np.float64]:
    """Return, for each fiche, how many people of the country share its values of some traits by chance.

    The traits are not independent: a surname, a first name and 1 January go with a country of birth.
    So a share is that among those born in the same place, where it is larger: counted without the
    fiches that have all the same values, who may be this very person, and leaning on the share in
    the country, as a few births say little.

    Args:
        comparator: the traits, ready to be compared.
        traits: their names.
        keys: one number for all of the fiche's values of these.
        population: of the country.
    """
    count = len(keys)
    kinds: list[Any] = [comparator.kinds[name] for name in traits]
    places = next((k for k in kinds if k.trait.kind == "lieu"), None)
    expected = np.full(count, float(population))
    own = held_by(keys)
    born = own if places is None else held_by(places.values()) - own

    def share_of(kind: Any) -> npt.NDArray[np.float64]:
        share: npt.NDArray[np.float64] = kind.shares()
        if places is not None and kind is not places:
            others = held_by(mix(places.values(), kind.values())) - own
            local = (others + LOCAL * share) / (born + LOCAL)
            share = np.fmax(share, local)
            if kind.trait.kind == "date":
                share = np.fmax(share, unknown_days(kind, places.values(), own, born))
        return share

    for share in each(share_of, kinds):
        expected *= share
    return expected


def unknown_days(
    dates: Any, places: npt.NDArray[np.uint64], own: npt.NDArray[Any], born: npt.NDArray[Any]
) -> npt.NDArray[np.float64]:
    """Return the share of a place's births on a day that stands for an unknown one, 0 on other days.

    1 January and partial dates are one thing (registers of other countries): whoever bears the one
    may be written with the other, in any of the years of birth.
    """
    where = np.where(dates.stands_for_unknown, places, np.uint64(0))
    others = np.maximum(0, held_by(where) - own)
    return np.where(where == 0, 0.0, others / (born + LOCAL) / YEARS_OF_BIRTH)


def held_by(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
    """Return how many fiches hold the value of each."""
    found = runs(values)
    return np.asarray(found.lengths[found.numbers()])


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
    order = np.empty(parts, dtype=np.uint32)
    order[np.argsort(first_places(labels))] = np.arange(parts, dtype=np.uint32)
    return np.asarray(order[labels])
