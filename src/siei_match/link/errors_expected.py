"""From counted pairs to rates, counts and intervals."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from siei_match.link.model import SOURCES
from siei_match.link.tally import COUNTS
from siei_match.vocabulary import EXTRAITS_PERSONNES

FEWEST_PEOPLE: Final = 30
"""Fewer people tested for a pair of sources say nothing of it."""
Z: Final = 1.959964
"""95 %."""
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sums:
    """Per person and pair of sources, weighted pairs of rows: shape (people, 36) each."""

    testees: Floats
    manquees: Floats
    douteuses: Floats
    fausses: Floats

    @property
    def trouvees(self) -> Floats:
        return self.testees - self.manquees


def spread(counted: pl.DataFrame) -> Sums:
    _, place = np.unique(counted["personne"].to_numpy(), return_inverse=True)
    couple = counted["couple"].to_numpy()
    weight = counted["poids"].to_numpy()
    shape = (int(place.max(initial=-1)) + 1, SOURCES * SOURCES)
    tables = []
    for name in COUNTS:
        table = np.zeros(shape)
        table[place, couple] = counted[name].to_numpy() * weight
        tables.append(table)
    return Sums(*tables)


def effective_people(tested: Floats) -> float:
    """Return how many equal people would say as much (Kish)."""
    return float(tested.sum() ** 2 / max(1e-300, (tested**2).sum()))


def wilson(rate: float, n: float) -> tuple[float, float]:
    """Return the 95 % interval of a rate seen on n independent cases (Wilson, 1927)."""
    if n <= 0:
        return 0.0, 1.0
    middle = (rate + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(max(0.0, rate * (1 - rate)) / n + Z**2 / (4 * n**2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def ratio(part: Floats, whole: Floats, scale: Floats) -> tuple[float, float, float]:
    """Return Σ part over Σ whole, columns scaled, with its 95 % interval.

    The people, not the pairs, are the draws: the variance is that of a ratio over people, and
    Wilson's interval takes the number of independent cases that has that variance.
    """
    y, x = part @ scale, whole @ scale
    total = x.sum()
    if total <= 0:
        return 0.0, 0.0, 1.0
    rate = float(y.sum() / total)
    n = effective_people(x)
    # Each column's own rate explains part of the scatter: residuals are taken column by column.
    rates = part.sum(axis=0) / np.maximum(whole.sum(axis=0), 1e-300)
    variance = float((((part - rates * whole) @ scale) ** 2).sum() / total**2)
    if variance > 0:
        n = min(n, rate * (1 - rate) / variance)
    return rate, *wilson(rate, n)


def estimate_errors(made: Floats, absence: Floats, counted: pl.DataFrame) -> dict[str, Any]:
    """Estimate missed and false links between rows of which one at least has no INE.

    Args:
        made: per pair of sources, such links that the run made.
        absence: per source, the share of rows without INE.
        counted: see `tally`.

    Returns: `personnes` drawn; `ensemble` and `couples`, each with the links made, the rates and
    the numbers expected with their intervals; or `motif` where nothing can be said.
    """
    sums = spread(counted)
    couples, measured = [], np.zeros(len(made), dtype=np.bool_)
    for pair in np.flatnonzero(made + sums.testees.sum(axis=0)):
        tested = sums.testees[:, pair]
        sides = divmod(int(pair), SOURCES)
        head = {"extrait_a": EXTRAITS_PERSONNES[sides[0]], "extrait_b": EXTRAITS_PERSONNES[sides[1]]}
        if any(absence[s] >= 1 for s in sides):
            couples.append(head | absent(made[pair], "sans_ine"))
        elif effective_people(tested) < FEWEST_PEOPLE:
            couples.append(head | absent(made[pair], "trop_peu"))
        else:
            measured[pair] = True
            couples.append(head | describe(sums, made, np.arange(len(made)) == pair))
    return {"couples": couples, "ensemble": describe(sums, made, measured) if measured.any() else None}


def absent(made: float, motif: str) -> dict[str, Any]:
    return {"liens": round(made), "motif": motif}


def describe(sums: Sums, made: Floats, which: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Describe one pair of sources, or several together, each scaled to the links really made."""
    found = sums.trouvees.sum(axis=0)
    scale = np.where(which & (found > 0), made / np.maximum(found, 1e-300), 0.0)
    if not scale.any():
        scale = which.astype(float)
    links = float(made[which].sum())
    missed = ratio(sums.manquees, sums.testees, scale)
    false = ratio(sums.fausses, sums.trouvees + sums.fausses, scale)
    doubt = (sums.douteuses @ scale).sum() / max(1e-300, (sums.manquees @ scale).sum())
    right = links * (1 - false[0])
    return {
        "liens": round(links),
        "personnes_testees": int((sums.testees[:, which].sum(axis=1) > 0).sum()),
        "paires_testees": round(float(sums.testees[:, which].sum()), 1),
        "taux_manques": missed,
        "manques": [right * r / (1 - r) if r < 1 else float("inf") for r in missed],
        "taux_faux": false,
        "faux": [links * r for r in false],
        "part_douteuse": float(doubt),
    }
