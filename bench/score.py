"""Simulate a France, run both campaigns, answer the first one's lists, score each run.

python bench/score.py [--personnes 100000] [--graine 7 8 9] [--dossier DIR] [--taux FILE]

The last lines give the times; with several seeds, mean and spread of what matters. DIR (default: a
temporary folder) receives one folder a seed: `france/`, `out/` and `score-<campagne>.json` per
campaign; the key of the identifiers is fixed, so that scores compare.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from siei_match.campaign.story import run_campaign
from siei_match.reference.settings import load_settings
from siei_match.simulate import SimulatedRates, simulate, simulate_retours
from siei_match.simulate.score import render, score

CAMPAGNES = ("2026-10", "2027-03")
CLE = "score" * 8


Scores = dict[str, list[dict[str, Any]]]
"""By campaign, one a seed."""


def measure(
    dossier: Path, personnes: int, graine: int, taux: SimulatedRates, scores: Scores
) -> dict[str, float]:
    temps = {}
    debut = time.perf_counter()
    france, sortie = dossier / "france", dossier / "out"
    fait = simulate(france, personnes, graine, taux)
    temps["simulate"] = time.perf_counter() - debut
    reglages = load_settings().model_copy(update={"cle": SecretStr(CLE)})
    for rang, campagne in enumerate(CAMPAGNES):
        if rang:
            simulate_retours(sortie, fait.truth, CAMPAGNES[0], fait.campagnes[campagne], graine)
        debut = time.perf_counter()
        run_campaign(fait.campagnes[campagne], sortie, reglages)
        temps[f"run {campagne}"] = time.perf_counter() - debut
        resultat = score(fait.truth, sortie, campagne)
        scores.setdefault(campagne, []).append(resultat)
        print(render(resultat), end="\n\n")
        (dossier / f"score-{campagne}.json").write_text(
            json.dumps(resultat, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8"
        )
    return temps


def summarise(scores: Scores) -> list[str]:
    """Return mean, standard deviation, least and most over the seeds, as a Markdown table."""
    lines = ["| campagne | | mean | sd | min | max |", "|---|---|---|---|---|---|"]
    for campagne, resultats in sorted(scores.items()):
        for nom, valeurs in told(resultats).items():
            ends = (
                statistics.mean(valeurs),
                statistics.pstdev(valeurs),
                min(valeurs),
                max(valeurs),
            )
            lines.append(f"| {campagne} | {nom} | " + " | ".join(f"{v:.5f}" for v in ends) + " |")
    return lines


def told(resultats: list[dict[str, Any]]) -> dict[str, list[float]]:
    liens = {
        "F1, all pairs": "toutes",
        "F1, pairs without a common INE": "sans INE commun",
    }
    parts = {
        "true sortants listed": "part_listes",
        "true sortants hidden by a false link": "part_caches_par_faux_lien",
        "false among `confirme`": "part_faux_confirmes",
        "`a_verifier` among the listed": "part_a_verifier",
        "on the right platform": "part_bonne_plateforme",
    }
    return {
        **{nom: [r["liens"][cle]["f1"] for r in resultats] for nom, cle in liens.items()},
        **{nom: [r["sortants"][cle] for r in resultats] for nom, cle in parts.items()},
    }


def main() -> None:
    analyseur = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    analyseur.add_argument("--personnes", type=int, default=100_000)
    analyseur.add_argument("--graine", type=int, nargs="+", default=[7])
    analyseur.add_argument("--dossier", type=Path)
    analyseur.add_argument("--taux", type=Path)
    choix = analyseur.parse_args()
    dossier = choix.dossier or Path(tempfile.mkdtemp(prefix="siei-score-"))
    taux = SimulatedRates.from_toml(choix.taux) if choix.taux else SimulatedRates()
    scores: Scores = {}
    for graine in choix.graine:
        own = dossier / str(graine)
        temps = measure(own, choix.personnes, graine, taux, scores)
        for etape, secondes in temps.items():
            print(f"{etape:<14}{secondes:9.1f} s")
    pic = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{'peak memory':<14}{pic:9.1f} GiB")
    if len(choix.graine) > 1:
        print("", *summarise(scores), sep="\n")


if __name__ == "__main__":
    main()
