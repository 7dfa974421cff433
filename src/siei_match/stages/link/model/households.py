"""What tells brothers and sisters apart, counted on those whom two identifiers and one home show.

Two pupils of one file, one surname and one home, with two identifiers and two dates of birth are brothers or
sisters. How often these bear first names alike is counted there, and how often their dates of birth are;
before any count it is what is declared. Twins are not counted so: of one date, somebody who holds two
identifiers looks like two twins of one name. What a home may share, telephones and e-mails, is counted for
both on two of two first names.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl

from siei_match.reference.arrays import mix, pairs_of_holders
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.declared.spec import Trait
from siei_match.stages.link.declared.traits import TWINS
from siei_match.stages.link.model.model import WeightModel
from siei_match.stages.link.model.shares import counted_shares, leaning, level_counts
from siei_match.stages.link.records.records import MOST_FICHES

SIBLINGS: Final = "fratrie"
MOST_PAIRS: Final = 50_000
"""More pairs teach nothing more."""
STRENGTH: Final = 200.0
"""What is declared is worth so many pairs."""
FEW: Final = 20.0
"""So many of what a home may share: two levels, neither of them rare."""


def learn_siblings(model: WeightModel, comparator: Comparator) -> WeightModel:
    """Return the model with how alike brothers and sisters are, and what homes share, counted on the delivery's own.

    Args:
        model: the model to replace what is declared of households in.
        comparator: of the records.
    """
    date = model.spec.of_kind("date")
    learnt = [t for t in model.spec.traits if SIBLINGS in t.households and _is_told(model, t)]
    shared = [t for t in model.spec.traits if t.households and not t.tells_twins]
    if date is None or not learnt:
        return model
    # Names are heard with what they lean on; nothing else is asked.
    asked = {date.name, *(t.name for t in [*learnt, *shared])}
    aside = tuple(
        t.name
        for t in model.spec.traits
        if t.name not in asked and t.kind not in ("noms", "prenoms")
    )
    found = comparator.compare(pairs_of_siblings(comparator), leave=aside)
    # Dates one slip apart may be one person's, who holds two identifiers.
    born_apart = found.filter(pl.col(date.name) > date.code("un_jour"))
    homes = {
        (SIBLINGS, t.name): tuple(
            counted_shares(t, born_apart, STRENGTH, t.households[SIBLINGS]).tolist()
        )
        for t in learnt
    }
    first = model.spec.of_kind("prenoms")
    if first is not None:
        # Of two first names they are surely two, however near their dates.
        unlike = [first.code(v) for v in ("deux_courriels", "different") if v in first.levels]
        two = found.filter(pl.col(first.name).is_in(unlike))
        if {SIBLINGS, TWINS} <= date.households.keys():
            homes[SIBLINGS, date.name] = _dates_apart(date, two)
        homes |= {
            (klass, t.name): tuple(counted_shares(t, two, FEW, shares).tolist())
            for t in shared
            for klass, shares in t.households.items()
        }
    return replace(model, homes={**model.homes, **homes})


def _is_told(model: WeightModel, trait: Trait) -> bool:
    """Whether siblings show it: not the date, by which they are known, nor the identifier."""
    return trait.tells_twins and trait.kind != "date" and trait is not model.spec.identifier


def pairs_of_siblings(comparator: Comparator) -> pl.DataFrame:
    """Return pairs `a`, `b` of fiches of one source, surname and home that hold two identifiers."""
    spec, fiches = comparator.spec, comparator.fiches
    nobody = pl.DataFrame(schema={"a": pl.UInt32, "b": pl.UInt32})
    name, home = spec.of_kind("noms"), spec.of_kind("adresse")
    if spec.identifier is None or name is None or home is None:
        return nobody
    surname: Any = comparator.kinds[name.name]
    identifier = fiches.codes(spec.identifier.columns[0])
    parts = [surname.values(), *(fiches.codes(c) for c in home.columns)]
    held = np.flatnonzero(np.logical_and.reduce([p != 0 for p in (identifier, *parts)]))
    key = comparator.source[held].astype(np.uint64)
    for part in parts:
        key = mix(key, part[held])
    a, b = pairs_of_holders(key, identifier[held], MOST_FICHES)
    if not len(a):
        return nobody
    pairs = pl.DataFrame({"a": held[a], "b": held[b]}).cast(pl.UInt32).sort("a", "b")
    return pairs.head(MOST_PAIRS)


def _dates_apart(trait: Trait, two: pl.DataFrame) -> tuple[float, ...]:
    """Return the share of each level of the dates of brothers and sisters, given those of two who share a home.

    Twins are among these, nearly all of one date: what their slips make of it is taken off. That brothers are
    born on one day is never counted, but declared.
    """
    declared, twins = (np.array(trait.households[klass]) for klass in (SIBLINGS, TWINS))
    counts = level_counts(trait, two).astype(float)
    counts = np.maximum(counts - counts[0] * twins / twins[0], 0.0)
    counts[0] = counts[1:].sum() * declared[0] / (1 - declared[0])
    return tuple(leaning(counts, STRENGTH, declared).tolist())
