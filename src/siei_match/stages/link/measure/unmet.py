"""Whom blocking missed: some people without identifier, sought again far more widely than the run did.

A pair that no pass brings together is weighed by nobody. So people none of whose records holds an
identifier are drawn, and sought among all others, or, where these are many, among a share of them drawn
too, by every two facts that a record tells (a sound and a month, an
address and a year …), three where two are shared by too many, where the run asks three or four that
it has chosen. What this finds beyond what the run
weighed is what its blocking missed. It costs a few passes over the records, whose pairs are those of
the few who were drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import first_places, mix, packed, spread
from siei_match.reference.engines import Shelf
from siei_match.stages.link.blocks.blocking import BlockingPass, build_passes
from siei_match.stages.link.declared.names import EVERYBODY, WITHOUT_IDENTIFIER, PassSpec
from siei_match.stages.link.measure.hiding import identifiers_of
from siei_match.stages.link.measure.passes import is_a_key, parts_of_keys
from siei_match.stages.link.model.classifier import FellegiSunter
from siei_match.stages.link.people.candidates import search
from siei_match.stages.link.people.evidence import regroup
from siei_match.stages.link.people.heard import hear_presence
from siei_match.stages.link.people.settling import (
    PROMISING,
    compare_groups,
    grouping_frame,
    membership_frame,
    pairs_of_groups,
)
from siei_match.stages.link.people.trace import Trace
from siei_match.stages.link.records.records import Fiches, Ids
from siei_match.stages.link.toolkit import Index

MOST_SOUGHT: Final = 1_000
"""People sought again: more would cost time, and the interval is the model's, not the sample's."""
LOOKED_AT: Final = 2_000_000
"""Records among which they are sought: where there are more, a share of the people is looked at, and as many more are
sought, so that as many pairs are found in a fraction of the time."""
MOST_MET: Final = 50.0
"""Records that one wide pass may bring to each of them: two facts that so many share say nothing."""
FEWEST_VALUES: Final = 10
"""A fact of fewer values, such as the sex, tells nobody."""
SOUNDS: Final = ("son", "paire")
DAY_AND_MONTH: Final = "jour_et_mois"
"""Of a key with either of the two it finds nobody else."""
Bools = npt.NDArray[np.bool_]
Key = tuple[str, ...]


@dataclass(frozen=True)
class Unmet:
    """What a wider search found.

    people: without an identifier. sought: of them, those drawn. pairs: `pa` < `pb`, `bits`, `weight`:
    pairs of people that the run never weighed, and how many each stands for. looked_at: the share of all
    people among whom they are sought.
    """

    people: int
    sought: int
    pairs: pl.DataFrame
    looked_at: float = 1.0

    @property
    def share(self) -> float:
        """The chance of somebody without an identifier to be sought, and of another to be looked at."""
        return self.looked_at * self.sought / self.people if self.people else 1.0


NO_PAIRS: Final = pl.DataFrame(
    schema={"pa": pl.UInt32, "pb": pl.UInt32, "bits": pl.Float64, "weight": pl.Float64}
)


def seek_widely(
    trace: Trace, most: int = MOST_SOUGHT, seed: int = 0, shelf: Shelf | None = None
) -> Unmet:
    """Seek again some of the people without identifier, by every two facts.

    Args:
        trace: the linkage.
        most: how many people.
        seed: of the draw.
        shelf: where passes are held; by default in memory.
    """
    unplaced = people_without_identifier(trace)
    looked_at = min(1.0, LOOKED_AT / max(1, trace.fiches.count))
    drawn, wanted = unplaced, round(most / looked_at)
    if len(unplaced) > wanted:
        drawn = np.sort(np.random.default_rng(seed).choice(unplaced, wanted, replace=False))
    if not len(drawn):
        return Unmet(0, 0, NO_PAIRS)
    people = trace.people
    looked = people_looked_at(trace, looked_at, seed)
    sought = np.zeros(len(looked), dtype=np.bool_)
    sought[drawn] = True
    new = pairs_of_groups(meet_widely(trace, sought, looked, shelf), trace.groups)
    a, b = (people[new[side].to_numpy()] for side in ("ga", "gb"))
    # Two who are both sought meet, even where neither would be looked at.
    drawn_so = (sought[a] & looked[b]) | (sought[b] & looked[a])
    found = weigh_unheard(trace, new.filter(pl.Series(drawn_so & (a != b))))
    ends = (np.isin(found[side].to_numpy(), unplaced) for side in ("pa", "pb"))
    both = np.logical_and(*ends)
    result = Unmet(len(unplaced), len(drawn), NO_PAIRS, looked_at)
    weight = np.where(both, 1 / (1 - (1 - result.share) ** 2), 1 / result.share)
    return replace(result, pairs=found.with_columns(weight=pl.Series(weight)))


def people_looked_at(trace: Trace, share: float, seed: int) -> Bools:
    """Tell, by person, who is looked at: a share of all, by what the first of their records holds."""
    persons = trace.people[trace.groups]
    count = int(persons.max(initial=0)) + 1
    if share >= 1:
        return np.ones(count, dtype=np.bool_)
    contents = trace.fiches.codes("cle")[first_places(persons)]
    thrown = spread(mix(contents, np.full(count, seed + 1)))
    return np.asarray(thrown < np.uint64(share * 2.0**64))


def people_without_identifier(trace: Trace) -> npt.NDArray[np.uint32]:
    """Return the people none of whose records holds an identifier, by their first record."""
    persons = trace.people[trace.groups]
    placed = np.zeros(int(persons.max(initial=0)) + 1, dtype=np.bool_)
    placed[persons[identifiers_of(trace.fiches) != 0]] = True
    # People are numbered as rows come; records by their content.
    named, first = np.unique(persons, return_index=True)
    found: npt.NDArray[np.uint32] = named[np.argsort(first)].astype(np.uint32)
    return found[~placed[found]]


def meet_widely(
    trace: Trace, sought: Bools, looked: Bools, shelf: Shelf | None = None
) -> pl.DataFrame:
    """Return `a`, `b`: promising pairs of records that share two facts, of somebody sought and somebody looked at.

    Three facts, where the two bring too many together.

    Args:
        trace: the linkage.
        sought: by person.
        looked: so too.
        shelf: see `seek_widely`.
    """
    persons = trace.people[trace.groups]
    near = sought[persons]
    among = None if looked.all() else np.flatnonzero(near | looked[persons]).astype(np.uint32)
    facts = [part for part in parts_of_keys(trace.fiches.spec) if tells(trace.fiches, part)]
    # As many for each of them, whatever the share of the others.
    most = MOST_MET * max(1, int(near.sum())) * looked.mean()
    keys = [key for key in combinations(facts, 2) if is_a_key(trace.fiches.spec, key)]
    few, many = cheap_passes(trace, near, among, keys, most, shelf)
    finer = {
        tuple(fact for fact in facts if fact in (*key, more))
        for key in many
        for more in facts
        if more not in key
    }
    wanted = [key for key in sorted(finer) if is_a_key(trace.fiches.spec, key)]
    kept = [*few, *cheap_passes(trace, near, among, wanted, most, shelf)[0]]
    if not kept:
        return pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})
    classifier = FellegiSunter(trace.model, trace.fiches)
    found, _ = search(Index(kept), trace.comparator, classifier, PROMISING)
    return found.select("a", "b")


def cheap_passes(
    trace: Trace,
    near: Bools,
    among: Ids | None,
    keys: Sequence[Key],
    most: float,
    shelf: Shelf | None = None,
) -> tuple[list[BlockingPass], list[Key]]:
    """Return the passes of these keys, whose pairs hold a record that is `near`, and the keys whose passes would
    make more pairs than that.

    One leading fact at a time: what keys have in common is as large as the records, and is let go
    before the next.
    """
    # All that is not sought stands in one group, which an identifier places.
    groups = np.where(near, trace.groups, np.uint32(len(trace.groups)))
    several = {*SOUNDS, *trace.fiches.sets}
    leading = {key: next((fact for fact in key if fact in several), key[0]) for key in keys}
    kept: list[BlockingPass] = []
    many: list[Key] = []
    for fact in dict.fromkeys(leading.values()):
        keyed = _keyed(trace.fiches, [key for key in keys if leading[key] == fact])
        made, left = build_passes(
            keyed, trace.comparator.words, groups, near, among=among, most=most, shelf=shelf
        )
        kept += made
        many += [passe.cle for passe in left]
    return kept, many


def _keyed(fiches: Fiches, keys: Sequence[Key]) -> Fiches:
    """Return the records under passes of these keys."""
    spec = fiches.spec
    seekers = EVERYBODY if spec.identifier is None else WITHOUT_IDENTIFIER
    passes = tuple(
        PassSpec(nom="_".join(key).replace(":", "_"), cle=key, cherchent=seekers) for key in keys
    )
    blocs = spec.file.blocs.model_copy(update={"passes": passes})
    return replace(fiches, spec=replace(spec, file=spec.file.model_copy(update={"blocs": blocs})))


def tells(fiches: Fiches, part: str) -> bool:
    """Tell whether a part of a key tells somebody without an identifier from others."""
    if part in SOUNDS:
        return True
    if part in (fiches.spec.identifier.columns if fiches.spec.identifier else ()):
        return False
    if part == DAY_AND_MONTH:
        return False
    return fiches.table[part.partition(":")[0]].n_unique() >= FEWEST_VALUES


def weigh_unheard(trace: Trace, groups: pl.DataFrame) -> pl.DataFrame:
    """Return `pa`, `pb`, `bits` of pairs of people of whom the run weighed no pair of groups.

    Args:
        trace: the linkage.
        groups: `ga` < `gb`, pairs of groups of different people.
    """
    people = trace.people
    heard = _pairs(people, trace.gathered)
    unheard = groups.filter(pl.Series(~np.isin(_pairs(people, groups), heard)))
    if not unheard.height:
        return NO_PAIRS.drop("weight")
    persons = people[trace.groups]
    gathered = compare_groups(trace.model, trace.comparator, unheard, grouping_frame(trace.groups))
    gathered = hear_presence(trace.model, gathered, trace.seen, persons, people)
    return regroup(gathered, membership_frame(people), trace.model)


def _pairs(people: npt.NDArray[np.uint32], groups: pl.DataFrame) -> npt.NDArray[np.uint64]:
    one, other = (people[groups[side].to_numpy()] for side in ("ga", "gb"))
    return np.asarray(packed(np.minimum(one, other), np.maximum(one, other)))
