"""The demonstration: lists as long as real ones, two campaigns, answers, a transfer, pairs."""

import importlib.util
import json
import re
from pathlib import Path

import polars as pl
import pytest

from siei_match.output.memory.answers import read_collected
from siei_match.output.memory.judgements import read_revues
from siei_match.release import read_releases
from siei_match.review import pairs_to_review
from tests.deliveries import KEY

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_what_make_demo_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIEI_CLE", KEY)
    spec = importlib.util.spec_from_file_location("make_demo", ROOT / "tools" / "make_demo.py")
    assert spec
    assert spec.loader
    demo = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(demo)
    out = tmp_path / "out"
    demo.main([str(out)])
    assert {code: found.etat for code, found in read_releases(out).items()} == {
        "2026-10": "publiee",
        "2027-03": "publiee",
    }
    last = out / "campagnes" / "2027-03"
    sizes = [pl.read_parquet(p).height for p in last.glob("listes/*/liste.parquet")]
    assert sum(size >= 90 for size in sizes) >= 2
    answers = read_collected(out)
    assert {"annule", "demenage", "coordonnees_incorrectes"} <= set(answers["retour"])
    assert answers["rappel"].count() > 0
    manifest = json.loads((last / "manifeste.json").read_text("utf-8"))
    assert manifest["etapes"]["transferts"] > 0
    assert manifest["etapes"]["retours_collectes"] > 100
    # Nothing delivered, much collected: nobody is told that answers are missing.
    assert not [a for a in manifest["avertissements"] if re.search("retours", a)]
    assert pairs_to_review(out, "2027-03").height > 0
    assert read_revues(out).height == 1
    before = answers.height
    demo.main([str(out)])
    assert read_collected(out).height == before
