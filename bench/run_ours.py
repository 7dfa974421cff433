"""siei-match's linkage as `siei run` calls it: default thresholds, default population."""

from pathlib import Path
from typing import Any

import polars as pl
from measure import compete

from siei_match.reference.settings import Settings
from siei_match.stages.link import link


def ours(dossier: Path, reponse: Path, options: dict[str, str]) -> dict[str, Any]:
    # The model's own defaults: neither a settings file nor a variable of this machine.
    reglages = {nom: champ.default for nom, champ in Settings.model_fields.items()}
    found = link(
        pl.read_parquet(dossier / "traits.parquet"),
        pl.read_parquet(dossier / "parcours.parquet"),
        seuil_lien=reglages["seuil_lien"],
        seuil_doute=reglages["seuil_doute"],
        population=reglages["population"],
    )
    found.groupes.select("rid", "personne").write_parquet(reponse)
    return {"candidates": found.counts.candidate_pairs}


if __name__ == "__main__":
    compete(ours)
