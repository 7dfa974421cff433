"""Thresholds from stated tolerances: how many false links, how many missed ones in silence.

The model says of every pair how likely it is; the run's own measure (`measuring.py`) says how far to
believe it. From both follows what any threshold would cost. The link threshold is the lowest whose
false links are tolerated: lower means fewer doubts for the clerks. The doubt threshold is the
highest under which the links lost in silence are tolerated.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from siei_match.stages.link.measure.hiding import rows_per_fiche
from siei_match.stages.link.measure.rates import ExpectedErrors
from siei_match.stages.link.people.trace import Trace

Floats = npt.NDArray[np.float64]

LINK: Final = (0.8, 0.9999)
DOUBT: Final = (0.01, 0.8)
"""Within these a threshold may move: a pair under four chances in five is no link, whatever is
tolerated; one under one in a hundred is no doubt that a clerk should read."""
FACTOR: Final = 8.0
"""The model is believed to be wrong by no more than this, either way."""


@dataclass(frozen=True)
class Tolerances:
    """Shares of all links between rows without a common identifier.

    false: among those made. missed: lost, and not even in doubt. None: not stated, the threshold
    given stays.
    """

    false: float | None = None
    missed: float | None = None

    def __bool__(self) -> bool:
        return self.false is not None or self.missed is not None


@dataclass(frozen=True)
class Thresholds:
    """Probabilities from which a pair is a link, and in doubt; what is expected beyond them.

    chosen: from tolerances, not as they were given. false, missed: shares expected, if known.
    out_of_reach: the tolerances that no threshold within bounds can keep.
    """

    link: float
    doubt: float
    chosen: bool = False
    false: float | None = None
    missed: float | None = None
    out_of_reach: tuple[Literal["false", "missed"], ...] = ()


def choose_thresholds(
    trace: Trace, errors: ExpectedErrors, tolerances: Tolerances, given: Thresholds
) -> Thresholds:
    """Return the thresholds that keep the tolerances on this run's own data.

    Args:
        trace: the linkage at the thresholds given.
        errors: what it measured of itself (`measure`); without an estimate the given thresholds
            stay, since nothing says how far the model may be believed.
        tolerances: what is allowed.
        given: the thresholds of the settings.
    """
    whole = errors.whole
    if whole is None or not whole.links:
        return given
    chance, rows = pair_chances(trace)
    false_each = correction(whole.false.estimate, whole.false_expected)
    missed_each = correction(whole.missed.estimate, whole.missed_expected)
    out_of_reach: list[Literal["false", "missed"]] = []
    link, doubt = given.link, given.doubt
    if tolerances.false is not None:
        cost = rows * (1 - chance) * false_each / whole.links
        link, kept = lowest_link(chance, cost, tolerances.false)
        out_of_reach += [] if kept else ["false"]
    false = float((rows * (1 - chance))[chance >= link].sum()) * false_each
    apart = chance < link
    cost = rows * chance * missed_each / whole.links
    if tolerances.missed is not None:
        doubt, kept = highest_doubt(chance[apart], cost[apart], tolerances.missed)
        out_of_reach += [] if kept else ["missed"]
    doubt = min(doubt, link)
    return Thresholds(
        link=round(link, 6),
        doubt=round(doubt, 6),
        chosen=True,
        false=round(false / whole.links, 6),
        missed=round(float(cost[chance < doubt].sum()), 6),
        out_of_reach=tuple(out_of_reach),
    )


def pair_chances(trace: Trace) -> tuple[Floats, Floats]:
    """Return the probability of each pair of groups that was weighed, and its pairs of rows."""
    lines = np.bincount(trace.groups, weights=rows_per_fiche(trace.fiches))
    ga, gb = (trace.gathered[side].to_numpy() for side in ("ga", "gb"))
    bits = np.clip(trace.gathered["bits"].to_numpy(), -100, 100)
    return 1 / (1 + np.exp2(-bits)), lines[ga] * lines[gb]


def correction(measured: float, expected: float) -> float:
    """Return how many errors there are for each that the model expects, drawn towards one.

    One error of each is added to both: a run that measured none has not proven that there is none.
    """
    return float(np.clip((measured + 1) / (expected + 1), 1 / FACTOR, FACTOR))


def lowest_link(chance: Floats, cost: Floats, tolerated: float) -> tuple[float, bool]:
    """Return the lowest link threshold whose cost is tolerated, and whether there is one."""
    at = places(chance, LINK)
    order = np.argsort(chance, kind="stable")
    spent = np.append(np.cumsum(cost[order][::-1])[::-1], 0.0)
    tolerable = spent[np.searchsorted(chance[order], at, side="left")] <= tolerated
    return (float(at[tolerable][0]), True) if tolerable.any() else (LINK[1], False)


def highest_doubt(chance: Floats, cost: Floats, tolerated: float) -> tuple[float, bool]:
    """Return the highest doubt threshold below which what is lost is tolerated, and whether there is."""
    at = places(chance, DOUBT)
    order = np.argsort(chance, kind="stable")
    lost = np.append(0.0, np.cumsum(cost[order]))
    tolerable = lost[np.searchsorted(chance[order], at, side="left")] <= tolerated
    return (float(at[tolerable][-1]), True) if tolerable.any() else (DOUBT[0], False)


def places(chance: Floats, bounds: tuple[float, float]) -> Floats:
    """Return where a threshold may stand, ascending: at a pair's probability, or at a bound."""
    inner = chance[(chance > bounds[0]) & (chance < bounds[1])]
    return np.asarray(np.unique(np.append(inner, bounds)))
