"""Thresholds from tolerances: a small naive search agrees, and runs keep what they were told."""

from functools import cache, partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siei_match.stages.link import Linkage, link
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.thresholds import (
    DOUBT,
    LINK,
    Tolerances,
    correction,
    highest_doubt,
    lowest_link,
)
from tests.worlds import small_world

PAIRS = st.lists(
    st.tuples(
        st.sampled_from([0.001, 0.3, 0.6, 0.85, 0.9, 0.97, 0.99, 0.999, 0.99995]), st.integers(1, 9)
    ),
    max_size=12,
)
TOLERATED = st.floats(0.001, 4)


@given(pairs=PAIRS, tolerated=TOLERATED)
def test_the_lowest_link_threshold_is_the_lowest_that_is_tolerated(
    pairs: list[tuple[float, int]], tolerated: float
) -> None:
    chance = np.array([p for p, _ in pairs])
    cost = np.array([(1 - p) * n for p, n in pairs])
    seuil, kept = lowest_link(chance, cost, tolerated)
    assert LINK[0] <= seuil <= LINK[1]

    def spent(at: float) -> float:
        return float(cost[chance >= at].sum()) if len(chance) else 0.0

    if kept:
        assert spent(seuil) <= tolerated + 1e-9
    lower = [p for p in {*chance.tolist(), LINK[0]} if LINK[0] <= p < seuil]
    assert all(spent(p) > tolerated - 1e-9 for p in lower)
    assert kept or spent(LINK[1]) > tolerated - 1e-9


@given(pairs=PAIRS, tolerated=TOLERATED)
def test_the_highest_doubt_threshold_is_the_highest_that_is_tolerated(
    pairs: list[tuple[float, int]], tolerated: float
) -> None:
    chance = np.array([p for p, _ in pairs])
    cost = np.array([p * n for p, n in pairs])
    seuil, kept = highest_doubt(chance, cost, tolerated)
    assert DOUBT[0] <= seuil <= DOUBT[1]
    lost = float(cost[chance < seuil].sum()) if len(chance) else 0.0
    assert not kept or lost <= tolerated + 1e-9
    higher = [p for p in {*chance.tolist(), DOUBT[1]} if seuil < p <= DOUBT[1]]
    for p in higher:
        assert float(cost[chance < p].sum()) > tolerated - 1e-9


def test_what_was_measured_corrects_the_model_towards_one() -> None:
    assert correction(measured=0.0, expected=3.0) == pytest.approx(0.25)
    assert correction(measured=99.0, expected=9.0) == 8.0, "no more than FACTOR"


WORLD = cache(partial(small_world, 1500, 5))


def run(faux: float | None, manques: float | None) -> Linkage:
    traits, parcours, _ = WORLD()
    return link(
        traits,
        parcours,
        seuil_lien=0.95,
        seuil_doute=0.25,
        measure=partial(measure, part=1.0),
        tolerances=Tolerances(faux, manques),
    )


def test_without_a_tolerance_the_settings_stand() -> None:
    found = run(None, None).thresholds
    assert (found.link, found.doubt, found.chosen) == (0.95, 0.25, False)


def test_the_stricter_the_tolerance_the_higher_the_link_threshold() -> None:
    found = [run(faux, None) for faux in (1e-6, 1e-3, 0.2)]
    thresholds = [f.thresholds for f in found]
    assert all(strict.link >= lax.link for strict, lax in pairwise(thresholds))
    assert thresholds[0].link > thresholds[-1].link == LINK[0]
    assert all(t.chosen for t in thresholds)
    for told, tolerated in zip(thresholds, (1e-6, 1e-3, 0.2), strict=True):
        assert told.out_of_reach or (told.false is not None and told.false <= tolerated)
    # A higher threshold leaves more people, never fewer.
    people = [f.groupes["personne"].n_unique() for f in found]
    assert people == sorted(people, reverse=True)


@pytest.mark.slow
def test_what_may_be_lost_in_silence_lowers_the_doubt_threshold() -> None:
    strict, lax = run(None, 1e-6).thresholds, run(None, 0.2).thresholds
    assert strict.doubt < lax.doubt
    assert lax.doubt <= lax.link
