"""How close a run's own estimate of its errors comes to the truth, on simulated worlds.

python bench/estimation.py [--personnes 20000] [--graines 8101 8102 …] [--dossier DIR]

Prints a Markdown table: one line per world, default rates then bench/taux_durs.toml. What is
estimated, and counted in truth, are pairs of rows of which one at least has no INE.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from worlds import TAUX, against_truth, draw_worlds, read_world

from siei_match.reference.contracts import declaration
from siei_match.reference.settings import load_settings
from siei_match.simulate.pairs import PairCounts, count_pairs
from siei_match.stages.link import link
from siei_match.stages.link.measure.measuring import measure
from siei_match.stages.link.measure.rates import CoupleRates, ExpectedErrors, Interval, Rates
from siei_match.stages.link.people.trace import Trace

GRAINES = (8101, 8102, 8103, 8104, 8105)
KINDS: dict[str, Callable[[Rates], Interval]] = {
    "manques": lambda rates: rates.missed,
    "faux": lambda rates: rates.false,
}
GROUPS = (("mesurees", "by hidden INE"), ("modele", "by the model"), ("ensemble", "all"))


def true_errors(rows: pl.DataFrame) -> tuple[PairCounts, PairCounts]:
    """Return missed and false pairs of rows, one at least without INE, per pair of sources.

    Input: `extrait`, `personne` (truth), `rendu` (the run's person), `ine`.
    """
    with_ine = rows.drop_nulls("ine")

    def without(keys: list[str]) -> PairCounts:
        both = count_pairs(with_ine, keys)
        return {pair: n - both[pair] for pair, n in count_pairs(rows, keys).items()}

    true, made, right = (without(k) for k in (["personne"], ["rendu"], ["personne", "rendu"]))
    return {p: true[p] - right[p] for p in true}, {p: made[p] - right[p] for p in made}


def examine(dossier: Path, part: float) -> dict[str, Any]:
    """Link a world, let it measure itself, and count its true errors."""
    traits, parcours, verite = read_world(dossier)
    reglages = load_settings()
    took = [0.0]

    def timed(trace: Trace) -> ExpectedErrors:
        start = time.perf_counter()
        found = measure(trace, part)
        took.append(time.perf_counter() - start)
        return found

    start = time.perf_counter()
    linked = link(
        traits,
        parcours,
        seuil_lien=reglages.seuil_lien,
        seuil_doute=reglages.seuil_doute,
        measure=timed,
    )
    whole = time.perf_counter() - start
    rows = against_truth(traits, linked.groupes, verite)
    missed, false = true_errors(rows)
    return {
        "erreurs": linked.errors,
        "manques": missed,
        "faux": false,
        "cout": took[-1] / (whole - took[-1]),
    }


def compare(found: dict[str, Any]) -> dict[str, dict[str, tuple[float, float, float, int]]]:
    """Return per group of sources and kind of error: estimate, low, high, truth."""
    errors: ExpectedErrors = found["erreurs"]
    modelled = [c for c in errors.couples if c.rates.method == "model"]
    measured = [c for c in errors.couples if c.rates.method != "model"]
    assert errors.measured is not None, errors.reason
    assert errors.whole is not None, errors.reason
    compared: dict[str, dict[str, tuple[float, float, float, int]]] = {}
    for kind, rate in KINDS.items():
        truth = found[kind]

        def true_of(couples: list[CoupleRates], truth: PairCounts = truth) -> int:
            return sum(truth[c.source_a, c.source_b] for c in couples)

        parts = {
            "mesurees": (*ends(rate(errors.measured)), true_of(measured)),
            # All of the model's error at once: no interval is published for this sum.
            "modele": (
                *np.sum([ends(rate(c.rates)) for c in modelled] or [(0, 0, 0)], axis=0).tolist(),
                true_of(modelled),
            ),
            "ensemble": (*ends(rate(errors.whole)), true_of(measured + modelled)),
        }
        for name, values in parts.items():
            compared.setdefault(name, {})[kind] = values
    return compared


def ends(found: Interval) -> tuple[float, float, float]:
    return found.estimate, found.low, found.high


def covered(found: dict[str, Any]) -> npt.NDArray[np.int64]:
    """Count the intervals of measured pairs of sources that hold the truth, and all of them."""
    held = [
        rate(c.rates).low - 0.5 <= found[kind][c.source_a, c.source_b] <= rate(c.rates).high + 0.5
        for c in found["erreurs"].couples
        if c.rates.method == "hidden"
        for kind, rate in KINDS.items()
    ]
    return np.array([sum(held), len(held)])


def cell(values: tuple[float, float, float, int]) -> str:
    middle, low, high, truth = values
    return f"{middle:.1f} [{low:.1f}, {high:.1f}] / {truth}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--personnes", type=int, default=20_000)
    parser.add_argument("--graines", type=int, nargs="+", default=list(GRAINES))
    parser.add_argument("--part", type=float, default=1.0)
    parser.add_argument("--dossier", type=Path)
    chosen = parser.parse_args()
    folder = chosen.dossier or Path(tempfile.mkdtemp(prefix="siei-estimation-"))
    link_nothing_first()
    print("Estimated [interval] / true; cost: of the linkage's own time.\n")
    print(
        "| world | "
        + " | ".join(f"{kind}, {label}" for kind in ("missed", "false") for _, label in GROUPS)
        + " | cost |"
    )
    print("|---" * (2 + 2 * len(GROUPS)) + "|")
    inside = np.zeros(2, dtype=np.int64)
    for name in TAUX:
        sums = np.zeros((2, len(GROUPS), 4))
        for _, graine, world in draw_worlds(folder, chosen.personnes, chosen.graines, [name]):
            found = examine(world, chosen.part)
            compared = compare(found)
            inside += covered(found)
            table = [[compared[g][kind] for g, _ in GROUPS] for kind in KINDS]
            sums += np.array(table)
            cells = " | ".join(cell(values) for row in table for values in row)
            print(f"| {name} {graine} | {cells} | {found['cout']:.0%} |", flush=True)
        cells = " | ".join(f"{v[0]:.1f} / {v[3]:.0f}" for row in sums for v in row)
        print(f"| **{name}, sum** | {cells} | |", flush=True)
    print(
        f"\nIntervals of single pairs of sources that hold the truth: {inside[0]} of {inside[1]}."
    )


def link_nothing_first() -> None:
    """Load what a first linkage loads, so that the cost of the measure is not flattered."""
    empty = {name: declaration_of(name) for name in ("traits", "parcours")}
    link(empty["traits"], empty["parcours"], seuil_lien=0.95, seuil_doute=0.25)


def declaration_of(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=declaration(f"tables/{name}").polars_schema)


if __name__ == "__main__":
    main()
