"""From counted pairs to rates, numbers expected and intervals."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.reference.vocabulary import EXTRAITS_PERSONNES
from siei_match.stages.link.measure.tally import SOURCES

FEWEST_PEOPLE: Final = 30
"""Fewer people tested for a pair of sources say nothing of it."""
MODEL_ERROR: Final = 2.0
"""The model's expectation is not better than within a factor two (docs/linkage.md)."""
RATE_DIGITS: Final = 6
Z: Final = 1.959964
"""95 %."""
COUPLES: Final = SOURCES * SOURCES
Floats = npt.NDArray[np.float64]
Chosen = npt.NDArray[np.bool_]
"""Which of the pairs of sources."""
Interval = tuple[float, float, float]
"""Estimate, low and high end (95 %)."""


@dataclass(frozen=True)
class Cases:
    """Weighted pairs of rows per person and pair of sources, in long form.

    qui: number of the person, dense. couple: pair of sources. The others: see `tally.COUNTS`.
    """

    qui: npt.NDArray[np.int64]
    couple: npt.NDArray[np.int64]
    testees: Floats
    manquees: Floats
    douteuses: Floats
    fausses: Floats

    @property
    def trouvees(self) -> Floats:
        return self.testees - self.manquees

    def by_couple(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.couple, weights=values, minlength=COUPLES), float)

    def by_person(self, values: Floats) -> Floats:
        return np.asarray(np.bincount(self.qui, weights=values), float)


@dataclass(frozen=True)
class Known:
    """What the run knows of its links, per pair of sources, where one row at least has no INE.

    made: pairs of rows put together. missed, false: what the model expects (see `doubted`).
    absence: per source, the share of rows without INE.
    """

    made: Floats
    missed: Floats
    false: Floats
    absence: Floats


def read_cases(counted: pl.DataFrame) -> Cases:
    """Weigh what `tally` counted."""
    _, who = np.unique(counted["personne"].to_numpy(), return_inverse=True)
    weight = counted["poids"].to_numpy()
    tested, missed, doubtful, false = (
        counted[name].to_numpy() * weight
        for name in ("testees", "manquees", "douteuses", "fausses")
    )
    return Cases(who, counted["couple"].to_numpy(), tested, missed, doubtful, false)


def effective_people(tested: Floats) -> float:
    """Return how many people of one weight would say as much (Kish)."""
    squares = float((tested**2).sum())
    return float(tested.sum() ** 2 / squares) if squares else 0.0


def wilson(rate: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a rate seen on n independent cases (Wilson, 1927)."""
    if n <= 0:
        return 0.0, 1.0
    middle = (rate + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(max(0.0, rate * (1 - rate)) / n + Z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def ratio(cases: Cases, part: Floats, whole: Floats, scale: Floats) -> Interval:
    """Return Σ part over Σ whole, pairs of sources scaled, with its 95 % interval.

    People are the draws, not pairs: the variance is that of a ratio over people, and Wilson's
    interval takes the number of independent cases that would have it.
    """
    factor = scale[cases.couple]
    total = float((whole * factor).sum())
    if total <= 0:
        return 0.0, 0.0, 1.0
    rate = float((part * factor).sum() / total)
    sums = cases.by_couple(whole)
    rates = np.divide(cases.by_couple(part), sums, out=np.zeros(COUPLES), where=sums > 0)
    scatter = cases.by_person((part - rates[cases.couple] * whole) * factor)
    variance = float((scatter**2).sum()) / total**2
    n = effective_people(cases.by_person(whole * factor))
    if variance > 0:
        n = min(n, rate * (1 - rate) / variance)
    low, high = wilson(rate, n)
    return rate, low, high


def estimate_errors(known: Known, counted: pl.DataFrame) -> dict[str, Any]:
    """Estimate missed and false links between rows of which one at least has no INE.

    Args:
        known: what the run knows.
        counted: see `tally`.

    Returns: the data of `ErreursEstimees` (manifest): `couples` in the order of their sources,
        `mesurees` (those that hiding INE measures, together) and `ensemble` (all); or `motif`
        alone where nothing can be said.
    """
    if bool((known.absence >= 1).all()):
        return {"motif": "aucun_ine"}
    cases = read_cases(counted)
    people = len(np.unique(cases.qui[cases.testees > 0]))
    measured = np.array([is_measured(known, cases, pair) for pair in range(COUPLES)])
    if not measured.any():
        return {"motif": "trop_peu_de_personnes"}
    modelled = (known.made > 0) & ~measured
    couples = [
        name_couple(pair)
        | (describe(known, cases, only(pair)) if measured[pair] else expect(known, only(pair)))
        for pair in np.flatnonzero(measured | modelled).tolist()
    ]
    together = describe(known, cases, measured)
    whole = add(together, expect(known, modelled)) if modelled.any() else together
    return {
        "personnes_testees": people,
        "ensemble": whole,
        "mesurees": together,
        "couples": couples,
    }


def only(pair: int) -> Chosen:
    return np.asarray(np.arange(COUPLES) == pair)


def is_measured(known: Known, cases: Cases, pair: int) -> bool:
    """Tell whether enough people were tested for a pair of sources that both give INE."""
    if any(known.absence[side] >= 1 for side in divmod(pair, SOURCES)):
        return False
    here = cases.couple == pair
    return effective_people(cases.testees[here]) >= FEWEST_PEOPLE


def name_couple(pair: int) -> dict[str, Any]:
    a, b = divmod(pair, SOURCES)
    return {"extrait_a": EXTRAITS_PERSONNES[a], "extrait_b": EXTRAITS_PERSONNES[b]}


def describe(known: Known, cases: Cases, which: Chosen) -> dict[str, Any]:
    """Describe pairs of sources by what hiding showed, each scaled to the links really made."""
    found = cases.by_couple(cases.trouvees)
    scale = np.divide(known.made, found, out=np.zeros(COUPLES), where=which & (found > 0))
    if not scale.any():
        scale = which.astype(float)
    missed = ratio(cases, cases.manquees, cases.testees, scale)
    false = ratio(cases, cases.fausses, cases.trouvees + cases.fausses, scale)
    factor = scale[cases.couple]
    lost = float((cases.manquees * factor).sum())
    links = float(known.made[which].sum())
    right = links * (1 - false[0])
    low, middle, high = sorted(right * rate / (1 - rate) if rate < 1 else right for rate in missed)
    here = which[cases.couple] & (cases.testees > 0)
    return {
        "methode": "ine_caches",
        "liens": round(links),
        "personnes_testees": len(np.unique(cases.qui[here])),
        "manques": interval((middle, low, high)),
        "taux_manques": interval(missed, RATE_DIGITS),
        "faux": interval((links * false[0], links * false[1], links * false[2])),
        "taux_faux": interval(false, RATE_DIGITS),
        "part_douteuse": (
            round(float((cases.douteuses * factor).sum()) / lost, 3) if lost > 0 else None
        ),
        "manques_attendus": round(float(known.missed[which].sum()), 1),
        "faux_attendus": round(float(known.false[which].sum()), 1),
    }


def expect(known: Known, which: Chosen) -> dict[str, Any]:
    """Describe pairs of sources that nothing measures by what the model expects."""
    links = float(known.made[which].sum())
    missed, false = (
        model_range(float(known.missed[which].sum())),
        model_range(min(links, float(known.false[which].sum()))),
    )
    return {
        "methode": "modele",
        "liens": round(links),
        "personnes_testees": 0,
        "manques": interval(missed),
        "taux_manques": interval(share_missed(missed, links - false[0]), RATE_DIGITS),
        "faux": interval(false),
        "taux_faux": interval(share_false(false, links), RATE_DIGITS),
        "part_douteuse": None,
        "manques_attendus": round(missed[0], 1),
        "faux_attendus": round(false[0], 1),
    }


def share_missed(missed: Interval, right: float) -> Interval:
    low, middle, high = (m / (m + right) if m + right > 0 else 0.0 for m in sorted(missed))
    return middle, low, high


def share_false(false: Interval, links: float) -> Interval:
    low, middle, high = (min(1.0, f / links) if links else 0.0 for f in sorted(false))
    return middle, low, high


def model_range(expected: float) -> Interval:
    """Return a count that the model expects, with a range: chance (Byar), and the model's own error.

    `MODEL_ERROR` is what simulated worlds showed; it is no confidence interval.
    """
    least, most = expected / MODEL_ERROR, expected * MODEL_ERROR + 1
    low = (1 - 1 / (9 * least) - Z / (3 * least**0.5)) if least > 0 else 0.0
    high = 1 - 1 / (9 * most) + Z / (3 * most**0.5)
    return expected, least * max(0.0, low) ** 3, most * high**3


def add(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Add two descriptions: their distances to the ends add like independent errors."""
    links = one["liens"] + other["liens"]
    missed, false = (sum_intervals(one[name], other[name]) for name in ("manques", "faux"))
    return {
        **one,
        "methode": "ine_caches_et_modele",
        "liens": links,
        "manques": interval(missed),
        "taux_manques": interval(share_missed(missed, links - false[0]), RATE_DIGITS),
        "faux": interval(false),
        "taux_faux": interval(share_false(false, links), RATE_DIGITS),
        "part_douteuse": None,
        "manques_attendus": round(one["manques_attendus"] + other["manques_attendus"], 1),
        "faux_attendus": round(one["faux_attendus"] + other["faux_attendus"], 1),
    }


def sum_intervals(one: dict[str, float], other: dict[str, float]) -> Interval:
    middle = one["estimation"] + other["estimation"]
    down, up = (
        sum((x[end] - x["estimation"]) ** 2 for x in (one, other)) ** 0.5 for end in ("bas", "haut")
    )
    return middle, max(0.0, middle - down), middle + up


def interval(found: Interval, digits: int = 1) -> dict[str, float]:
    middle, low, high = (round(value, digits) for value in found)
    return {"estimation": middle, "bas": low, "haut": high}
