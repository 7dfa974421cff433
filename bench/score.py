"""Simulate a France, run both campaigns, answer the first one's lists, score each run.

python bench/score.py [--personnes 100000] [--graine 7] [--dossier DIR] [--taux FILE]

The last lines give the times. DIR (default: a temporary folder) receives `france/`, `out/` and one
`score-<campagne>.json` per campaign; the key of the identifiers is fixed, so that scores compare.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

from pydantic import SecretStr

from siei_match.campaign import run_campaign
from siei_match.settings import load_settings
from siei_match.simulate import Taux, simulate, simulate_retours
from siei_match.simulate.score import render, score

CAMPAGNES = ("2026-10", "2027-03")
CLE = "score" * 8


def measure(dossier: Path, personnes: int, graine: int, taux: Taux) -> dict[str, float]:
    temps = {}
    debut = time.perf_counter()
    france, sortie = dossier / "france", dossier / "out"
    fait = simulate(france, personnes, graine, taux)
    temps["simulate"] = time.perf_counter() - debut
    reglages = load_settings().model_copy(update={"cle": SecretStr(CLE)})
    for rang, campagne in enumerate(CAMPAGNES):
        if rang:
            simulate_retours(sortie, fait.verite, CAMPAGNES[0], fait.campagnes[campagne], graine)
        debut = time.perf_counter()
        run_campaign(fait.campagnes[campagne], sortie, reglages)
        temps[f"run {campagne}"] = time.perf_counter() - debut
        resultat = score(fait.verite, sortie, campagne)
        print(render(resultat), end="\n\n")
        (dossier / f"score-{campagne}.json").write_text(
            json.dumps(resultat, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8"
        )
    return temps


def main() -> None:
    analyseur = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    analyseur.add_argument("--personnes", type=int, default=100_000)
    analyseur.add_argument("--graine", type=int, default=7)
    analyseur.add_argument("--dossier", type=Path)
    analyseur.add_argument("--taux", type=Path)
    choix = analyseur.parse_args()
    dossier = choix.dossier or Path(tempfile.mkdtemp(prefix="siei-score-"))
    taux = Taux.from_toml(choix.taux) if choix.taux else Taux()
    for etape, secondes in measure(dossier, choix.personnes, choix.graine, taux).items():
        print(f"{etape:<14}{secondes:9.1f} s")
    pic = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{'peak memory':<14}{pic:9.1f} GiB")


if __name__ == "__main__":
    main()
