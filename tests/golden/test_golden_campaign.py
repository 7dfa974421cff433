"""The sample campaigns give the counts that were reviewed: `golden/campagnes.json`.

A change of rule or of linkage moves them: look at what moved, then accept it with

    SIEI_GOLDEN=refresh .venv/bin/python -m pytest tests/golden/test_golden_campaign.py
"""

import json
import os
from pathlib import Path

import polars as pl
import pytest

from tests.deliveries import CODES
from tools import make_modele

GOLDEN = Path(__file__).with_name("campagnes.json")


@pytest.fixture(scope="module")
def sortie(sample) -> Path:
    return sample[0]


@pytest.fixture(scope="module")
def found(sample) -> dict[str, dict[str, object]]:
    sortie, publications = sample
    return {code: describe(sortie, code, publications[code].counts) for code in CODES}


def describe(sortie: Path, code: str, comptes: dict[str, int]) -> dict[str, object]:
    campagne = sortie / "campagnes" / code
    decisions = pl.read_parquet(campagne / "decisions.parquet")
    rejets = pl.read_parquet(campagne / "rejets.parquet")
    listes = pl.read_parquet(campagne / "listes/*/liste.parquet", hive_partitioning=False)
    return {
        # The inner counts of the linkage are its own tests' business.
        "etapes": {k: n for k, n in sorted(comptes.items()) if "rapprochement" not in k},
        "decisions": count(decisions, "statut", "motif"),
        "rejets": count(rejets, "gravite", "regle"),
        "public": count(listes, "public"),
        "nombre_signalements": count(listes, "nombre_signalements"),
        "colonnes": listes.columns,
    }


def count(frame: pl.DataFrame, *columns: str) -> dict[str, int]:
    counted = frame.group_by(*columns).len().sort(*columns)
    return {" ".join(map(str, row[:-1])): row[-1] for row in counted.rows()}


def test_the_sample_campaigns_give_what_was_reviewed(found) -> None:
    if os.environ.get("SIEI_GOLDEN") == "refresh":
        GOLDEN.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    assert found == json.loads(GOLDEN.read_text("utf-8"))


def test_the_page_of_the_model_is_that_of_the_sample(found, sortie) -> None:
    manifeste = json.loads((sortie / "campagnes" / CODES[0] / "manifeste.json").read_text("utf-8"))
    modele = manifeste["modele"]
    if os.environ.get("SIEI_GOLDEN") == "refresh":
        make_modele.PAGE.write_text(make_modele.render(modele), "utf-8")
        make_modele.DONNEES.write_text(make_modele.dump(modele), "utf-8")
    assert make_modele.PAGE.read_text("utf-8") == make_modele.render(modele)
    assert json.loads(make_modele.DONNEES.read_text("utf-8")) == modele


def test_every_status_and_both_publics_are_met(found) -> None:
    motifs = {motif for code in CODES for motif in found[code]["decisions"]}
    assert {motif.split()[0] for motif in motifs} >= {
        "hors_champ", "en_formation", "diplome", "sortant",
    }  # fmt: skip
    assert all(len(found[code]["public"]) == 2 for code in CODES)
    assert "2" in found["2027-03"]["nombre_signalements"], "some are listed twice"
