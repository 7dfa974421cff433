"""One answer of a contender against the truth, with the functions that score a run."""

from pathlib import Path
from typing import Any

import polars as pl

from siei_match.simulate.pairs import score_pairs

SANS_INE = " sans INE commun"


def score_answer(verite: pl.DataFrame, reponse: Path) -> dict[str, dict[str, Any]]:
    """Return precision, recall and F1 of all pairs, without a common INE, and by sources.

    Raises:
        ValueError: the answer does not hold each row once.
    """
    people = pl.read_parquet(reponse).select(pl.col("rid").cast(pl.UInt32), id_personne="personne")
    if people.height != verite.height or people["rid"].n_unique() != verite.height:
        raise ValueError(f"{reponse.name}: {people.height} rows answered for {verite.height}")
    lignes = verite.join(people, on="rid", how="left")
    if lignes["id_personne"].null_count():
        raise ValueError(f"{reponse.name}: rows without an answer")
    return score_pairs(lignes.drop_nulls("personne"))


def worst_sources(rated: dict[str, dict[str, Any]], least: int = 100) -> tuple[str, float]:
    """Return the pair of sources with the lowest F1, all its pairs counted; rare ones aside."""
    sources = {
        nom: r["f1"]
        for nom, r in rated.items()
        if " x " in nom and not nom.endswith(SANS_INE) and r["vraies"] >= least
    }
    if not sources:
        return "", 1.0
    nom = min(sources, key=lambda n: sources[n])
    return nom, sources[nom]
