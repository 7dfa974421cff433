"""Thresholds from stated tolerances: how many false links, how many missed ones in silence.

The model says of every pair how likely it is; the run's own measure (`estimate.py`) says how far to
believe it. From both follows what any threshold would cost. The link threshold is the lowest whose
false links are tolerated: lower means fewer doubts for the clerks. The doubt threshold is the
highest under which the links lost in silence are tolerated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from siei_match.stages.link.measure.hiding import rows_per_fiche
from siei_match.stages.link.people.trace import Trace

Floats = npt.NDArray[np.float64]

LIEN: Final = (0.8, 0.9999)
DOUTE: Final = (0.01, 0.8)
"""Within these a threshold may move: a pair under four chances in five is no link, whatever is
tolerated; one under one in a hundred is no doubt that a clerk should read."""
FACTOR: Final = 8.0
"""The model is believed to be wrong by no more than this, either way."""


@dataclass(frozen=True)
class Tolerances:
    """Shares of all links between rows without a common INE.

    faux: false among those made. manques: lost, and not even in doubt. None: not stated, the
    threshold given stays.
    """

    faux: float | None = None
    manques: float | None = None

    def __bool__(self) -> bool:
        return self.faux is not None or self.manques is not None


@dataclass(frozen=True)
class Seuils:
    """Probabilities from which a pair is a link, and in doubt; what is expected beyond them.

    origine: `reglages`, or `tolerances` where they were chosen. faux, manques: shares expected, if
    known. hors_portee: the tolerances that no threshold within bounds can keep.
    """

    lien: float
    doute: float
    origine: str = "reglages"
    faux: float | None = None
    manques: float | None = None
    hors_portee: tuple[str, ...] = ()


def choose_thresholds(
    trace: Trace, erreurs: Mapping[str, Any], tolerances: Tolerances, given: Seuils
) -> Seuils:
    """Return the thresholds that keep the tolerances on this run's own data.

    Args:
        trace: the linkage at the thresholds given.
        erreurs: what it measured of itself (`estimate.measure`); without an estimate the given
            thresholds stay, since nothing says how far the model may be believed.
        tolerances: what is allowed.
        given: the thresholds of the settings.
    """
    told = erreurs.get("ensemble")
    if told is None or not told["liens"]:
        return given
    chance, rows = pair_chances(trace)
    out_of_reach: list[str] = []
    lien, doute = given.lien, given.doute
    if tolerances.faux is not None:
        cost = rows * (1 - chance) * correction(told, "faux") / told["liens"]
        lien, kept = lowest_link(chance, cost, tolerances.faux)
        out_of_reach += [] if kept else ["faux"]
    faux = float((rows * (1 - chance))[chance >= lien].sum()) * correction(told, "faux")
    apart = chance < lien
    cost = rows * chance * correction(told, "manques") / told["liens"]
    if tolerances.manques is not None:
        doute, kept = highest_doubt(chance[apart], cost[apart], tolerances.manques)
        out_of_reach += [] if kept else ["manques"]
    doute = min(doute, lien)
    return Seuils(
        round(lien, 6), round(doute, 6), "tolerances",
        round(faux / told["liens"], 6), round(float(cost[chance < doute].sum()), 6),
        tuple(out_of_reach),
    )  # fmt: skip


def pair_chances(trace: Trace) -> tuple[Floats, Floats]:
    """Return the probability of each pair of groups that was weighed, and its pairs of rows."""
    lines = np.bincount(trace.groups, weights=rows_per_fiche(trace.fiches))
    ga, gb = (trace.gathered[side].to_numpy() for side in ("ga", "gb"))
    bits = np.clip(trace.gathered["bits"].to_numpy(), -100, 100)
    return 1 / (1 + np.exp2(-bits)), lines[ga] * lines[gb]


def correction(told: Mapping[str, Any], kind: str) -> float:
    """Return how many errors there are for each that the model expects, drawn towards one.

    One error of each is added to both: a run that measured none has not proven that there is none.
    """
    measured, expected = told[kind]["estimation"], told[f"{kind}_attendus"]
    return float(np.clip((measured + 1) / (expected + 1), 1 / FACTOR, FACTOR))


def lowest_link(chance: Floats, cost: Floats, tolerated: float) -> tuple[float, bool]:
    """Return the lowest link threshold whose cost is tolerated, and whether there is one."""
    at = places(chance, LIEN)
    order = np.argsort(chance, kind="stable")
    spent = np.append(np.cumsum(cost[order][::-1])[::-1], 0.0)
    tolerable = spent[np.searchsorted(chance[order], at, side="left")] <= tolerated
    return (float(at[tolerable][0]), True) if tolerable.any() else (LIEN[1], False)


def highest_doubt(chance: Floats, cost: Floats, tolerated: float) -> tuple[float, bool]:
    """Return the highest doubt threshold below which what is lost is tolerated, and whether there is."""
    at = places(chance, DOUTE)
    order = np.argsort(chance, kind="stable")
    lost = np.append(0.0, np.cumsum(cost[order]))
    tolerable = lost[np.searchsorted(chance[order], at, side="left")] <= tolerated
    return (float(at[tolerable][-1]), True) if tolerable.any() else (DOUTE[0], False)


def places(chance: Floats, bounds: tuple[float, float]) -> Floats:
    """Return where a threshold may stand, ascending: at a pair's probability, or at a bound."""
    inner = chance[(chance > bounds[0]) & (chance < bounds[1])]
    return np.asarray(np.unique(np.append(inner, bounds)))
