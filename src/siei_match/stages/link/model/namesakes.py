"""What strangers who bear one name have in common, counted on those whom two identifiers and two dates of birth show.

Fellegi and Sunter weigh each trait as if strangers agreed in it by chance. Those of one name do not: a first name
tells the sex, and names are at home somewhere, so that two who bear the same live in one département five times as
often as any two (Winkler 1993, Improved decision rules in the Fellegi–Sunter model, on dependent fields). A trait
that names others (`parmi`) is weighed, where a pair agrees in these, by what is counted here.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl

from siei_match.reference.arrays import mix, runs
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.declared.spec import Spec, Trait
from siei_match.stages.link.declared.traits import AMONG
from siei_match.stages.link.model.households import MOST_PAIRS, STRENGTH
from siei_match.stages.link.model.model import Floats, WeightModel
from siei_match.stages.link.model.shares import counted_shares

MOST_RECORDS: Final = 2_000_000
"""Records among which pairs are sought: more would make more than `MOST_PAIRS`."""
FEWEST: Final = 5
"""Records that bear a name of which one is paired with another: of two alone, one person may be both."""


def learn_namesakes(model: WeightModel, comparator: Comparator) -> WeightModel:
    """Return the model with how alike strangers are who agree in the traits of a trait's `parmi`.

    Args:
        model: the model to replace what is declared of them in.
        comparator: of the records.
    """
    spec = model.spec
    telling = tuple(t for t in (spec.of_kind("date"), spec.identifier) if t is not None)
    found = {}
    for named, traits in _by_named(spec):
        apart = [t for t in telling if t.name not in named]
        if not apart:
            continue
        asked = {t.name for t in (*apart, *traits)}
        aside = tuple(t.name for t in spec.traits if t.name not in asked)
        pairs = comparator.compare(pairs_of_bearers(comparator, named), leave=aside)
        two = pairs.filter(pl.col(t.name) == len(t.levels) for t in apart)
        for trait in traits:
            shares = counted_shares(trait, two, STRENGTH, trait.among or ())
            found[AMONG, trait.name] = tuple(keep_order(trait, shares).tolist())
    return replace(model, homes={**model.homes, **found})


def keep_order(trait: Trait, shares: Floats) -> Floats:
    """Return the shares of levels among strangers, raised where a farther level would weigh more than a nearer one.

    The order is that of the weights declared, of m over `parmi`.
    """
    m, known = np.array(trait.m), np.array(trait.among)
    order = np.argsort(known / m, kind="stable")
    kept = np.empty(len(m))
    kept[order] = np.maximum.accumulate((shares / m)[order]) * m[order]
    return np.asarray(kept / kept.sum())


def _by_named(spec: Spec) -> Iterator[tuple[tuple[str, ...], list[Trait]]]:
    """Give what some traits name, and which traits do."""
    told = [(tuple(sorted(t.declared.parmi)), t) for t in spec.traits if t.declared.parmi]
    for named in dict.fromkeys(names for names, _ in told):
        yield named, [trait for names, trait in told if names == named]


def pairs_of_bearers(comparator: Comparator, named: tuple[str, ...]) -> pl.DataFrame:
    """Return pairs `a`, `b` of records of one source with the same values of some traits.

    Each record is paired with one other at most: a name counts as often as it is borne, not as its square.
    Records are numbered by the hash of their content, so that the first of them are a sample.
    """
    values: list[Any] = [comparator.kinds[name].values() for name in named]  # type: ignore[attr-defined]
    known = np.logical_and.reduce([value != 0 for value in values])
    held = np.flatnonzero(known)[:MOST_RECORDS]
    key = comparator.source[held].astype(np.uint64)
    for value in values:
        key = mix(key, value[held])
    together = runs(key)
    follows = np.repeat(together.lengths >= FEWEST, together.lengths)
    follows[together.starts] = False
    second = np.flatnonzero(follows)
    second = second[:: max(1, len(second) // MOST_PAIRS)]
    a, b = held[together.order[second - 1]], held[together.order[second]]
    return pl.DataFrame({"a": a, "b": b}).cast(pl.UInt32)
