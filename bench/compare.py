"""Ours, Splink, recordlinkage and the floor, side by side on the same rows: `make bench`.

python bench/compare.py [--tailles 20000,100000,1000000] [--passages 3] [--dossier DIR] [--generateur DIR] ...

With --generateur, the folder of a generator of worlds that others wrote (`monde.py`), each size is raced on a world
of its own too. Worlds are made once and kept under DIR (default: a temporary folder), never timed. Each contender
runs in a process of its own, in turn, so that what else the machine does falls on all of them;
time and memory are medians over the rounds. Ratios are to the floor of the same round.
"""

import argparse
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import polars as pl
from scoring import SANS_INE, score_answer, worst_sources
from worlds import make_other_world, make_world

from siei_match.simulate import SimulatedRates

ICI = Path(__file__).parent
PROGRAMS = {"floor": None, "ours": None, "splink": "splink", "recordlinkage": "recordlinkage"}
"""Each contender and the library it needs beyond siei-match's own."""
KINDS = {"defaut": (None, 9101), "durs": (ICI / "taux_durs.toml", 9102)}
"""Kinds of worlds: rates, and a seed that nothing was tuned on."""
OTHER: Final = "autres"
OTHER_SEED: Final = 9103
"""The kind of a world that --generateur draws, at its own rates."""
SEUILS = {
    "defaut": {20_000: 11.0, 100_000: 10.0, 1_000_000: 8.0},
    "durs": {20_000: 11.0, 100_000: 11.0},
}
"""Splink's threshold in bits: its best F1 on other worlds of the kind and size (tune_splink.py)."""
LARGEST = {"recordlinkage": 100_000}
"""At a million people the pairs of one name are too many: stopped after two minutes."""
Mesure = dict[str, Any]


def splink_bits(kind: str, size: int) -> float:
    # Nobody tuned it on worlds of others: it has the threshold of the default ones.
    known = SEUILS[kind if kind in SEUILS else "defaut"]
    return known[min(known, key=lambda tuned: abs(math.log(tuned / size)))]


def run_once(name: str, monde: Path, reponse: Path, options: list[str]) -> Mesure:
    done = subprocess.run(
        [sys.executable, str(ICI / f"run_{name}.py"), str(monde), str(reponse), *options],
        check=False,
        capture_output=True,
        text=True,
        cwd=ICI,
    )
    if done.returncode:
        raise SystemExit(f"{name} failed on {monde.name}:\n{done.stderr[-2000:]}")
    measure: Mesure = json.loads(done.stdout.strip().splitlines()[-1])
    return measure


def compete_on(
    monde: Path, names: list[str], rounds: int, options: dict[str, list[str]]
) -> list[Mesure]:
    """Return one line per contender: medians of its rounds, and the score of its answer."""
    verite = pl.read_parquet(monde / "verite.parquet")
    rated: dict[str, dict[str, Any]] = {}
    taken: dict[str, list[Mesure]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory(prefix="siei-bench-") as place:
        for _ in range(rounds):
            for name in names:
                reponse = Path(place) / f"{name}.parquet"
                taken[name].append(run_once(name, monde, reponse, options.get(name, [])))
                if name not in rated:
                    rated[name] = score_answer(verite, reponse)
    return [describe(name, taken, rated[name], verite.height) for name in names]


def describe(name: str, taken: dict[str, list[Mesure]], rated: dict[str, Any], rows: int) -> Mesure:
    floors = [m["secondes"] for m in taken["floor"]]
    seconds = [m["secondes"] for m in taken[name]]
    worst, worst_f1 = worst_sources(rated)
    return {
        "nom": name,
        "lignes": rows,
        "secondes": statistics.median(seconds),
        "de": min(seconds),
        "a": max(seconds),
        "processeur": statistics.median(m["processeur"] for m in taken[name]),
        "memoire": statistics.median(m["memoire"] for m in taken[name]),
        "plancher": statistics.median(s / f for s, f in zip(seconds, floors, strict=True)),
        "toutes": rated["toutes"],
        "sans_ine": rated["sans INE commun"],
        "pire": worst,
        "pire_f1": worst_f1,
        "sources": {
            nom: r["f1"] for nom, r in rated.items() if " x " in nom and not nom.endswith(SANS_INE)
        },
    }


def render(title: str, lines: list[Mesure]) -> str:
    head = (
        "| | s | min–max | CPU s | peak GB | × floor | F1 | P | R "
        "| F1 without INE | P | R | worst pair of sources |"
    )
    rows = [f"**{title}, {lines[0]['lignes']:,} rows**", "", head, "|---" * 13 + "|"]
    for m in lines:
        toutes, sans = m["toutes"], m["sans_ine"]
        rows.append(
            f"| {m['nom']} | {m['secondes']:.2f} | {m['de']:.2f}–{m['a']:.2f} "
            f"| {m['processeur']:.2f} | {m['memoire'] / 1e9:.2f} | {m['plancher']:.1f} "
            f"| {toutes['f1']:.5f} | {toutes['precision']:.5f} | {toutes['rappel']:.5f} "
            f"| {sans['f1']:.5f} | {sans['precision']:.5f} | {sans['rappel']:.5f} "
            f"| {m['pire']} {m['pire_f1']:.4f} |"
        )
    return "\n".join(rows)


def world_of(kind: str, size: int, place: Path, generator: Path | None) -> tuple[Path, int]:
    """Return the folder of a world, made if it does not stand yet, and its seed."""
    rates, seed = KINDS.get(kind, (None, OTHER_SEED))
    folder = place / f"{kind}-{size}-{seed}"
    if kind == OTHER and generator is not None:
        return make_other_world(folder, size, seed, generator), seed
    taux = SimulatedRates.from_toml(rates) if rates else SimulatedRates()
    return make_world(folder, size, seed, taux), seed


def contenders(asked: list[str], size: int) -> list[str]:
    """Return who runs at this size; the floor always does. Say who does not, and why."""
    present = []
    for name in ("floor", *(n for n in asked if n != "floor")):
        library = PROGRAMS[name]
        if library and importlib.util.find_spec(library) is None:
            print(f"{name}: left out, {library} is not installed (make bench installs it)")
        elif size > LARGEST.get(name, size):
            print(f"{name}: left out at {size:,} people (run up to {LARGEST[name]:,})")
        else:
            present.append(name)
    return present


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tailles", default="20000,100000,1000000", help="people, comma between")
    parser.add_argument("--mondes", default="defaut,durs", help=f"among {', '.join(KINDS)}")
    parser.add_argument("--concurrents", default=",".join(PROGRAMS))
    parser.add_argument("--passages", type=int, default=3, help="rounds")
    parser.add_argument("--dossier", type=Path, help="where worlds are kept")
    parser.add_argument("--json", type=Path, help="every figure, for a machine")
    parser.add_argument("--generateur", type=Path, help="folder of another generator's monde.py")
    choice = parser.parse_args(arguments)
    kinds = choice.mondes.split(",") + ([OTHER] if choice.generateur else [])
    place = choice.dossier or Path(tempfile.mkdtemp(prefix="siei-bench-"))
    figures = {}
    for size in map(int, choice.tailles.split(",")):
        for kind in kinds:
            monde, seed = world_of(kind, size, place, choice.generateur)
            names = contenders(choice.concurrents.split(","), size)
            options = {"splink": [f"seuil={splink_bits(kind, size)}"]}
            figures[monde.name] = compete_on(monde, names, choice.passages, options)
            title = f"{size:,} people, {kind}, seed {seed}, rounds: {choice.passages}"
            print(render(title, figures[monde.name]), end="\n\n", flush=True)
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    print(f"{os.cpu_count()} cores; load over the last 1, 5, 15 minutes: {load}")
    if choice.json:
        choice.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
