"""Learn m, u and the prior from the campaign's own rows.

m: rows that share an identifier are labels for free; each pair counts as much as its other traits
make it believable, since some are typed wrong. u: random pairs. Then a few rounds of EM over all
candidate pairs (u kept) reach the pairs of sources that share no identifier and the priors.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.arrays import mix, pairs_in_runs, runs
from siei_match.stages.link.compare.comparator import Comparator
from siei_match.stages.link.compare.kinds.values import Contacts
from siei_match.stages.link.declared.spec import Spec, Trait
from siei_match.stages.link.model.model import Floats, WeightModel, source_pair
from siei_match.stages.link.model.shares import (
    POOLED_STRENGTH,
    count_levels,
    leaning,
    within_a_source,
)
from siei_match.stages.link.model.untaught import adapt_m, kept_as_declared
from siei_match.stages.link.records.country import STRENGTH
from siei_match.stages.link.records.records import Fiches

RANDOM_PAIRS: Final = 200_000
ROUNDS: Final = 3
START_STRENGTH: Final = 100.0
COUNTRY_PAIRS: Final = 2.0**23
"""Pairs without a match that stand before any count: a row against the eight million people of its
age. Homonyms are not rare in France because a delivery is small."""
NEVER: Final = 1e-60
U_FLOOR: Final = 1e-7
NEGLIGIBLE: Final = 1e-6


def start_model(fiches: Fiches, comparator: Comparator, seed: int = 0) -> WeightModel:
    """Return the model before any label: start values for m, random pairs for u."""
    spec = fiches.spec
    couples = len(spec.sources) ** 2
    m = {t.name: np.tile([1.0, *t.m], (couples, 1)) for t in spec.traits}
    u = estimate_u(random_pairs(fiches, comparator, seed), comparator)
    people = fiches.count / 3
    prior = np.full(couples, 0.5 / (people + country_pairs(spec) ** 0.5))
    rates = {name: declared.taux for name, declared in spec.file.classes.items()}
    for name, declared in spec.file.classes.items():
        if declared.memes:
            rates[name] = estimate_homonyms(
                comparator, declared.memes, declared.autres, declared.taux
            )
    return WeightModel(spec, m, u, once_a_source(spec, prior), rates)


def random_pairs(fiches: Fiches, comparator: Comparator, seed: int) -> pl.DataFrame:
    """Return compared pairs of fiches drawn at random, without the traits that never meet so."""
    wanted = min(RANDOM_PAIRS, 20 * fiches.count)
    dice = np.random.default_rng(seed)
    a, b = dice.integers(0, max(1, fiches.count), (2, wanted), dtype=np.uint32)
    pairs = pl.DataFrame({"a": a, "b": b}).filter(pl.col("a") != pl.col("b"))
    seldom = tuple(t.name for t in fiches.spec.traits if t.kind in ("ensemble", "identifiant"))
    return comparator.compare(pairs, leave=seldom)


def estimate_u(compared: pl.DataFrame, comparator: Comparator) -> dict[str, Floats]:
    """Count the levels that strangers reach; contacts by the collisions of all their values."""
    u = {}
    for trait in comparator.spec.traits:
        kind = comparator.kinds.get(trait.name)
        if isinstance(kind, Contacts):
            counts = _collisions(kind.table)
        else:
            reached = np.bincount(compared[trait.name].to_numpy(), minlength=len(trait.levels) + 1)
            counts = reached[1:].astype(float)
        u[trait.name] = _strangers(trait, counts)
    return u


def estimate_homonyms(
    comparator: Comparator, memes: tuple[str, ...], rest: tuple[str, ...], rates: float
) -> float:
    """Return how many homonyms of the same day a person has, whatever their name.

    Counted on rows of one source whose traits `memes` are the same, while those of `rest` all
    differ. Chance alone is the frequencies' business; this is what remains when names, first names
    and cohorts go together, as they do. Before any count, `rates`.
    """
    fiches = comparator.fiches
    key = mix(np.zeros(fiches.count, dtype=np.uint64), comparator.source)
    known = np.ones(fiches.count, dtype=np.bool_)
    for name in memes:
        values = comparator.kinds[name].values()  # type: ignore[attr-defined]
        known &= values != 0
        key = mix(key, values)
    others = {name: fiches.codes(fiches.spec.by_name[name].columns[0]) for name in rest}
    for values in others.values():
        known &= values != 0
    held = np.flatnonzero(known)
    once = runs(mix(key, others[rest[0]])[held])
    held = held[once.first]
    found = runs(key[held])
    a, b = pairs_in_runs(found, np.ones(len(held), dtype=np.bool_))
    alike = np.ones(len(a), dtype=np.bool_)
    for values in others.values():
        alike &= values[held[a]] != values[held[b]]
    return float((2 * alike.sum() + rates * STRENGTH) / (len(held) + STRENGTH))


def _strangers(trait: Trait, counts: Floats) -> Floats:
    """Return the shares of the levels, where a few counted pairs lean on the whole country."""
    shares = leaning(counts, STRENGTH, np.array(trait.u))
    return np.concatenate([[1.0], np.maximum(shares, U_FLOOR)])


def _collisions(table: npt.NDArray[np.uint64]) -> Floats:
    """Count the pairs of values that are the same, and the others."""
    sizes = runs(table[table != 0]).lengths.astype(float)
    total, same = sizes.sum(), (sizes * (sizes - 1)).sum() / 2
    return np.array([same, max(0.0, total * (total - 1) / 2 - same)])


def learn_m(model: WeightModel, labelled: pl.DataFrame, weights: Floats) -> WeightModel:
    """Return the model with m counted over pairs, each with its chance to be one person.

    Args:
        model: the model to replace the m of.
        labelled: compared pairs.
        weights: their probabilities, same height.
    """
    pairs = source_pair(labelled, len(model.spec.sources))
    within = within_a_source(len(model.spec.sources))
    learnt = dict(model.m)
    for trait in model.spec.traits:
        if trait.declared.appris:
            counts = count_levels(model, trait, labelled[trait.name].to_numpy(), pairs, weights)
            learnt[trait.name] = _shares(counts, np.array(trait.m), within)
    return replace(model, m=learnt)


def _shares(counts: Floats, start: Floats, within: npt.NDArray[np.bool_]) -> Floats:
    """Return m by pair of sources: those of few labels lean on the others of their kind, these on all."""
    everywhere = leaning(counts.sum(axis=0), START_STRENGTH, start)
    table = np.empty_like(counts)
    for kind in (within, ~within):
        pooled = leaning(counts[kind].sum(axis=0), POOLED_STRENGTH, everywhere)
        table[kind] = leaning(counts[kind], POOLED_STRENGTH, pooled)
    return np.hstack([np.ones((len(table), 1)), table])


def chances(model: WeightModel, compared: pl.DataFrame) -> Floats:
    """Return the probability of each compared pair."""
    return np.asarray(1 / (1 + np.exp2(-model.bits(compared))))


def estimate_prior(labelled: pl.DataFrame, weights: Floats, fiches: Fiches) -> Floats:
    """Return, per pair of sources, expected matches over possible pairs."""
    sources = len(fiches.spec.sources)
    sizes = np.bincount(fiches.table["source"].to_numpy(), minlength=sources).astype(float)
    possible = np.outer(sizes, sizes)
    np.fill_diagonal(possible, sizes * (sizes - 1) / 2)
    pairs = source_pair(labelled, sources)
    matches = np.bincount(pairs, weights=weights, minlength=sources**2)
    share = (matches + 0.5) / (possible.ravel() + country_pairs(fiches.spec))
    return once_a_source(fiches.spec, np.clip(share, 1e-10, 0.2))


def country_pairs(spec: Spec) -> float:
    """Return the pairs without a match that stand before any count: a row against all people there are."""
    return float(spec.file.population or COUNTRY_PAIRS)


def once_a_source(spec: Spec, prior: Floats) -> Floats:
    """Rule out that two rows of one source are one person, where the declaration says so."""
    table = prior.reshape(len(spec.sources), -1).copy()
    alone = np.flatnonzero(spec.once)
    table[alone, alone] = NEVER
    return np.asarray(table.ravel())


def refine(
    model: WeightModel,
    labels: pl.DataFrame,
    candidates: pl.DataFrame,
    fiches: Fiches,
    tell: Callable[[str], None] | None = None,
    share: float = 1.0,
) -> WeightModel:
    """Run a few rounds of EM over the candidates: priors, and m where no label teaches it.

    `tell` hears how many shares had to be held in their range, and which traits nothing taught. Each candidate
    stands for one over `share`, that of all candidates that these are.
    """
    learnt = model
    # Nine candidates of ten are far from any match; what they add to the sums is nothing.
    candidates = candidates.filter(pl.Series(chances(model, candidates) > NEGLIGIBLE))
    both = pl.concat([labels, candidates])
    stands_for = np.append(np.ones(labels.height), np.full(candidates.height, 1 / share))
    held: dict[str, int] = {}
    for _ in range(ROUNDS):
        weights = chances(model, both) * stands_for
        model, held = adapt_m(learnt, labels, candidates, weights[labels.height :])
        model = replace(model, prior=estimate_prior(both, weights, fiches))
    if tell is not None:
        unsure = weights[labels.height :]
        tell_of_learning(held, kept_as_declared(model.spec, labels, candidates, unsure), tell)
    return model


def tell_of_learning(
    held: Mapping[str, int], kept: Mapping[str, str], tell: Callable[[str], None]
) -> None:
    """Tell which traits are as declared though the data may say otherwise."""
    if held:
        traits = ", ".join(f"{name} {count}" for name, count in held.items())
        tell(
            f"{sum(held.values())} shares of errors that no label teaches were held at three times what is declared or labelled ({traits}): "
            "if a file errs more often than that, declare it"
        )
    for name, why in kept.items():
        tell(f"{name} keeps the m that is declared: {why}")


def learn_from_identifier(model: WeightModel, labelled: pl.DataFrame) -> WeightModel:
    """Learn m from pairs that share an identifier, twice: the second time with the first's doubts."""
    for _ in range(2):
        weights = chances(model, labelled)
        model = learn_m(model, labelled, weights)
    return model
