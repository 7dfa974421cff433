"""Learn m, u and the prior from the campaign's own rows.

m: rows that share an INE are labels for free; each pair counts as much as its other traits make
it believable, since some INE are typed wrong. u: random pairs. Then a few rounds of EM over all
candidate pairs (u kept) reach the pairs of sources that share no INE and the priors.
"""

from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.codes import DATE
from siei_match.link.comparison import Comparator
from siei_match.link.country import STRENGTH
from siei_match.link.fiches import Fiches
from siei_match.link.levels import COURRIEL, INE, TELEPHONE, TRAITS, Trait
from siei_match.link.model import (
    SIBLINGS_PER_PERSON,
    SOURCE_PAIRS,
    SOURCES,
    TWINS_PER_PERSON,
    Floats,
    Modele,
    pair_log_odds,
    probability,
    source_pair,
)

RANDOM_PAIRS: Final = 400_000
ROUNDS: Final = 3
POOLED_STRENGTH: Final = 200.0
"""A pair of sources with fewer labelled pairs than this leans on all the others."""
START_STRENGTH: Final = 100.0
ENOUGH_LABELS: Final = 500
COUNTRY_PAIRS: Final = 2.0**23
"""Pairs without a match that stand before any count: a row against the eight million people of its
age. Homonyms are not rare in France because a delivery is small."""
HOMONYMS_PER_PERSON: Final = 1e-4
U_FLOOR: Final = 1e-7
NEGLIGIBLE: Final = 1e-6
FIXED: Final = ("ine",)
"""Not learnt: pairs that share an INE say nothing of how often an INE is wrong."""


def start_model(fiches: Fiches, comparator: Comparator, graine: int = 0) -> Modele:
    """Return the model before any label: start values for m, random pairs for u."""
    m = {t.name: np.tile([1.0, *t.m], (SOURCE_PAIRS, 1)) for t in TRAITS}
    u = estimate_u(random_pairs(fiches, comparator, graine), fiches)
    people = fiches.table.height / 3
    prior = np.full(SOURCE_PAIRS, 0.5 / (people + COUNTRY_PAIRS**0.5))
    taux = {
        "jumeaux": TWINS_PER_PERSON,
        "fratrie": SIBLINGS_PER_PERSON,
        "homonymes": estimate_homonyms(fiches),
    }
    return Modele(m, u, prior, taux)


def random_pairs(fiches: Fiches, comparator: Comparator, graine: int) -> pl.DataFrame:
    count = fiches.table.height
    wanted = min(RANDOM_PAIRS, 20 * count)
    dice = np.random.default_rng(graine)
    a, b = dice.integers(0, count, wanted), dice.integers(0, count, wanted)
    pairs = pl.DataFrame({"a": a, "b": b}, schema={"a": pl.UInt32, "b": pl.UInt32})
    return comparator.compare(pairs.filter(pl.col("a") != pl.col("b")))


def estimate_u(compared: pl.DataFrame, fiches: Fiches) -> dict[str, Floats]:
    """Count the levels that strangers reach; contacts by the collisions of all their values."""
    u = {}
    for trait in TRAITS:
        counts = np.bincount(compared[trait.name].to_numpy(), minlength=len(trait.levels) + 1)
        u[trait.name] = _strangers(trait, counts[1:].astype(float))
    for trait, column in ((TELEPHONE, "telephones"), (COURRIEL, "courriels")):
        u[trait.name] = _strangers(trait, _collisions(fiches.table, column))
    u["ine"] = _strangers(INE, np.zeros(len(INE.levels)))
    return u


def estimate_homonyms(fiches: Fiches) -> float:
    """Return how many homonyms of the same day a person has, whatever their name.

    Counted on rows of one source whose names and date are the same, while INE and birthplace both
    differ. Chance alone is the frequencies' business; this is what remains when names, first names
    and cohorts go together, as they do.
    """
    key = ["source", "nom_naissance", "nom_usage", "prenom1", *DATE]
    known = (
        fiches.table.drop_nulls(["ine", "naissance_lieu", *DATE])
        .select(*key, "ine", "naissance_lieu")
        .unique(["ine", *key])
    )
    alike = known.join(known, on=key, nulls_equal=True, suffix="_b").filter(
        (pl.col("ine") != pl.col("ine_b"))
        & (pl.col("naissance_lieu") != pl.col("naissance_lieu_b"))
    )
    return (alike.height + HOMONYMS_PER_PERSON * STRENGTH) / (known.height + STRENGTH)


def _strangers(trait: Trait, counts: Floats) -> Floats:
    """Return the shares of the levels, where a few counted pairs lean on the whole country."""
    shares = counts + STRENGTH * np.array(trait.u)
    return np.concatenate([[1.0], np.maximum(shares / shares.sum(), U_FLOOR)])


def _collisions(table: pl.DataFrame, column: str) -> Floats:
    """Count the pairs of values that are the same, and the others."""
    counts = table.select(pl.col(column).explode()).drop_nulls().to_series().value_counts()
    sizes = counts["count"].to_numpy().astype(float)
    total, same = sizes.sum(), (sizes * (sizes - 1)).sum() / 2
    return np.array([same, max(0.0, total * (total - 1) / 2 - same)])


def learn_m(model: Modele, labelled: pl.DataFrame, weights: Floats) -> Modele:
    """Return the model with m counted over pairs, each with its chance to be one person.

    Args:
        model: the model to replace the m of.
        labelled: compared pairs.
        weights: their probabilities, same height.
    """
    pairs = source_pair(labelled)
    learnt = dict(model.m)
    for trait in TRAITS:
        if trait.name not in FIXED:
            counts = _counts(trait, labelled[trait.name].to_numpy(), pairs, weights)
            learnt[trait.name] = _shares(counts, np.array(trait.m))
    return replace(model, m=learnt)


def adapt_m(
    model: Modele, labels: pl.DataFrame, candidates: pl.DataFrame, weights: Floats
) -> Modele:
    """Return the model with m of the pairs of sources without labels, counted over candidates.

    First names, birth dates and sex keep what the labels taught: they alone tell twins apart,
    and counting candidates would teach that one person often has two first names.
    """
    pairs = source_pair(candidates)
    labelled = np.bincount(source_pair(labels), minlength=SOURCE_PAIRS)
    unlabelled = labelled < ENOUGH_LABELS
    adapted = dict(model.m)
    for trait in TRAITS:
        if trait.name in FIXED or trait.jumeaux is not None:
            continue
        counts = _counts(trait, candidates[trait.name].to_numpy(), pairs, weights)
        own = counts + POOLED_STRENGTH * model.m[trait.name][:, 1:]
        own /= own.sum(axis=1, keepdims=True)
        table = model.m[trait.name].copy()
        table[unlabelled, 1:] = own[unlabelled]
        adapted[trait.name] = table
    return replace(model, m=adapted)


def _counts(
    trait: Trait,
    levels: npt.NDArray[np.uint8],
    pairs: npt.NDArray[np.int64],
    weights: Floats,
) -> Floats:
    width = len(trait.levels) + 1
    flat = np.bincount(pairs * width + levels, weights=weights, minlength=SOURCE_PAIRS * width)
    table: Floats = flat.astype(float).reshape(SOURCE_PAIRS, width)
    return table[:, 1:]


def _shares(counts: Floats, start: Floats) -> Floats:
    pooled = counts.sum(axis=0) + START_STRENGTH * start
    pooled /= pooled.sum()
    table = counts + POOLED_STRENGTH * pooled
    table /= table.sum(axis=1, keepdims=True)
    return np.hstack([np.ones((SOURCE_PAIRS, 1)), table])


def chances(model: Modele, compared: pl.DataFrame) -> Floats:
    """Return the probability of each compared pair."""
    return np.asarray(
        model.weigh(compared).select(probability(pair_log_odds(model.taux))).to_series().to_numpy()
    )


def estimate_prior(labelled: pl.DataFrame, weights: Floats, fiches: Fiches) -> Floats:
    """Return, per pair of sources, expected matches over possible pairs."""
    sizes = np.zeros(SOURCES)
    for source, count in fiches.table.group_by("source").len().iter_rows():
        sizes[source] = count
    possible = np.outer(sizes, sizes)
    np.fill_diagonal(possible, sizes * (sizes - 1) / 2)
    matches = np.bincount(source_pair(labelled), weights=weights, minlength=SOURCE_PAIRS)
    share = (matches + 0.5) / (possible.ravel() + COUNTRY_PAIRS)
    return np.clip(share, 1e-10, 0.2)


def refine(model: Modele, labels: pl.DataFrame, candidates: pl.DataFrame, fiches: Fiches) -> Modele:
    """Run a few rounds of EM over the candidates: priors, and m where no label teaches it."""
    learnt = model
    # Nine candidates of ten are far from any match; what they add to the sums is nothing.
    candidates = candidates.filter(chances(model, candidates) > NEGLIGIBLE)
    both = pl.concat([labels, candidates])
    for _ in range(ROUNDS):
        weights = chances(model, both)
        model = adapt_m(learnt, labels, candidates, weights[labels.height :])
        model = replace(model, prior=estimate_prior(both, weights, fiches))
    return model


def learn_from_ine(model: Modele, labelled: pl.DataFrame) -> Modele:
    """Learn m from pairs that share an INE, twice: the second time with the first's doubts."""
    for _ in range(2):
        weights = chances(model, labelled)
        model = learn_m(model, labelled, weights)
    return model
