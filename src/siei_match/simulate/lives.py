"""The simulated lives: when each was born, which class each year, which diplomas, what broke off."""

from dataclasses import dataclass

import numpy as np

from siei_match.simulate.cycles import CODES, RANG, STATES, passage_matrix
from siei_match.simulate.dice import Bools, Floats, Ints, cast_dice, draw_events, draw_weighted
from siei_match.simulate.rates import SimulatedRates

FIRST_DAY_N = 2026
"""The year N that both campaigns look at starts in September of this year."""

# Relative weights of birth years: the ages that the SIEI looks at, thinner at both ends.
BIRTH_WEIGHTS = {
    1998: 0.06, 1999: 0.08, 2000: 0.10, 2001: 0.13, 2002: 0.18, 2003: 0.25, 2004: 0.32,
    2005: 0.45, 2006: 0.65, 2007: 0.95, 2008: 1.15, 2009: 1.2, 2010: 0.85, 2011: 0.4,
    2012: 0.25, 2013: 0.2, 2014: 0.15, 2015: 0.1,
}  # fmt: skip
HOUSEHOLD_SIZES = np.array([0.45, 0.37, 0.13, 0.05])
"""Shares of the families by number of children of these ages (1 to 4)."""


@dataclass(frozen=True)
class Births:
    foyer: Ints
    day: Ints  # days since 1970
    year: Ints
    boy: Bools
    twin: Bools  # twin of the person just before


@dataclass(frozen=True)
class Lives:
    """Classes per year (`etats[année]`), events within the years N-1 and N, diplomas."""

    states: dict[int, Ints]
    abandon: dict[int, Bools]
    to_cfa: dict[int, Bools]
    title_person: Ints
    title_session: Ints
    title_state: Ints
    title_obtained: Bools


def draw_births(seed: int, personnes: int, rates: SimulatedRates) -> Births:
    """Draw families, one after the other, until there are at least `personnes` children."""
    rng = cast_dice(seed, "naissances")
    mean = float((HOUSEHOLD_SIZES * np.arange(1, 5)).sum())
    sizes = 1 + draw_weighted(rng, HOUSEHOLD_SIZES, int(personnes / mean) + 10)
    foyer = np.repeat(np.arange(len(sizes)), sizes)
    n = len(foyer)
    premier = np.r_[True, foyer[1:] != foyer[:-1]]
    years = np.array(list(BIRTH_WEIGHTS))
    drawn = years[draw_weighted(rng, np.array(list(BIRTH_WEIGHTS.values())), n)]
    day = _first_january(drawn) + rng.integers(0, 365, n)
    # A twin pair is one later child in `p`: 2 p × later children = rate × children.
    p = rates.naissances_multiples / 2 / max(1e-9, float((~premier).mean()))
    twin = ~premier & draw_events(rng, p, n)
    gap = np.where(twin, 0, 330 + rng.exponential(700, n).astype(np.int64))
    day = _spread(np.where(premier, day, 0) + np.where(premier, 0, gap), premier)
    day = np.minimum(day, _first_january(np.array([2016]))[0] - 1)
    # Children capped on the last day would be false twins: give each its own day back in time.
    ceiling = (day == _first_january(np.array([2016]))[0] - 1) & ~twin
    day = np.where(ceiling, day - rng.integers(0, 3000, n), day)
    boy = draw_events(rng, 0.512, n)
    memes = twin & draw_events(rng, 0.65, n)
    boy[memes] = boy[np.flatnonzero(memes) - 1]
    suit = np.flatnonzero(twin)
    for _ in range(3):  # triplets copy from the one before
        day[suit] = day[suit - 1]
    year = day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return Births(foyer, day, year, boy, twin)


def _first_january(years: Ints) -> Ints:
    years_np = (years - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    days: Ints = years_np.astype(np.int64)
    return days


def _spread(values: Ints, premier: Bools) -> Ints:
    """Cumulate gaps within each family, starting again at each first child."""
    running = np.cumsum(values)
    before = np.where(premier, running - values, 0)
    result: Ints = running - np.maximum.accumulate(before)
    return result


def live(seed: int, births: Births, rates: SimulatedRates) -> Lives:
    """Walk everyone through school, year after year."""
    rng = cast_dice(seed, "vies")
    n = len(births.year)
    state = np.full(n, RANG["X"], dtype=np.int64)
    age_6e = draw_weighted(rng, np.array([0.02, 0.88, 0.10]), n) + 10
    reussite = np.array([STATES[c].reussite for c in CODES]) * rates.reussite
    terminal = np.array([STATES[c].title is not None for c in CODES])
    p_abandon = np.array([STATES[c].abandon for c in CODES]) * rates.abandon
    states, abandon, to_cfa = {}, {}, {}
    titres: list[tuple[Ints, Ints, Ints, Bools]] = []
    for year in range(int(births.year.min()) + 10, FIRST_DAY_N + 1):
        state = np.where(births.year + age_6e == year, RANG["C6"], state)
        age = year - births.year
        states[year] = state
        adult = (age >= 16) | draw_events(rng, 0.25, n)
        gone = (rng.random(n) < p_abandon[state]) & adult
        cfa = ~gone & (age >= 15) & draw_events(rng, 0.012, n) & _can_switch(state)
        abandon[year], to_cfa[year] = gone, cfa
        passed = terminal[state] & ~gone & ~cfa & (rng.random(n) < reussite[state])
        candidates = np.flatnonzero(terminal[state] & ~gone & ~cfa)
        titres.append(
            (candidates, np.full(len(candidates), year + 1), state[candidates], passed[candidates])
        )
        quitte = np.where(gone, RANG["X"], np.where(cfa, RANG["F1"], state))
        state = _pass_on(rng, quitte, passed, age)
    columns = [np.concatenate(c) for c in zip(*titres, strict=True)]
    gates = {a: e for a, e in states.items() if a >= FIRST_DAY_N - 1}
    return Lives(gates, abandon, to_cfa, columns[0], columns[1], columns[2], columns[3])


def _can_switch(state: Ints) -> Bools:
    ways = np.isin(np.array(CODES), ["L2", "T1", "P2", "P1", "K1", "AP2", "AK1", "C3"])
    result: Bools = ways[state]
    return result


def _pass_on(rng: np.random.Generator, state: Ints, passed: Bools, age: Ints) -> Ints:
    """Draw next year's class. Under 16, school is compulsory: nearly nobody leaves."""
    yes, non = np.cumsum(passage_matrix(True), axis=1), np.cumsum(passage_matrix(False), axis=1)
    chance = rng.random(len(state))
    following = np.empty_like(state)
    terminal = np.array([STATES[c].title is not None for c in CODES])
    for code in np.unique(state):
        here = np.flatnonzero(state == code)
        succeeded = passed[here] | ~terminal[code]
        following[here] = np.where(
            succeeded, _cut(yes[code], chance[here]), _cut(non[code], chance[here])
        )
    outside = RANG["X"]
    rest = (
        (following == outside) & (state != outside) & (age < 15) & (rng.random(len(state)) < 0.95)
    )
    following = np.where(rest, state, following)
    # Nobody starts again after 24, nor before the sixth form entry.
    late_return = (state == outside) & (age >= 20) & (rng.random(len(state)) < 0.6)
    never_entered = (state == outside) & (age < 14)
    return np.where(late_return | never_entered, outside, following)


def _cut(running: Floats, chance: Floats) -> Ints:
    rang: Ints = np.minimum(
        np.searchsorted(running, chance * running[-1], "right"), len(running) - 1
    )
    return rang
