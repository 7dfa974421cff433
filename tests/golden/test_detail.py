"""What siei.duckdb hides is handed out to who is entitled, and noted; what it tells of its errors."""

import shutil
import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest

from siei_match.cli import main
from siei_match.output import prepared_campaigns
from siei_match.output.audit import read_entries
from tests.deliveries import CODES


@pytest.fixture
def sortie(published, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published[0], tmp_path / "out"))


def read(base: Path, query: str) -> pl.DataFrame:
    with duckdb.connect(base, read_only=True) as con:
        found: pl.DataFrame = con.sql(query).pl()
    return found


def test_the_detail_is_whole_its_owners_alone_and_noted(sortie: Path, tmp_path: Path) -> None:
    target = tmp_path / "detail.duckdb"
    asked = ["detail", "--sortie", str(sortie), "--vers", str(target), "--par", "a.b"]
    before = len(read_entries(sortie))
    assert main([*asked, "--motif", " "]) == 1
    assert not target.exists()
    assert len(read_entries(sortie)) == before
    assert main([*asked, "--motif", "étude 12"]) == 0
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    entry = read_entries(sortie)[-1]
    assert (entry.acte, entry.par, entry.details["motif"]) == ("detail", "a.b", "étude 12")
    assert "detail.duckdb" in entry.fichiers
    for code, campaign in prepared_campaigns(sortie).items():
        whole = campaign.table("decisions").sort("id_personne")
        told = read(target, f"FROM decisions WHERE campagne = '{code}' ORDER BY id_personne")
        assert told.drop("campagne").equals(whole)
        assert stat.S_IMODE(campaign.table_path("decisions").stat().st_mode) == 0o600
    assert main([*asked[:2], str(tmp_path / "vide"), *asked[3:], "--motif", "x"]) == 1


def test_the_base_of_the_group_has_the_same_people_and_says_what_it_hides(sortie: Path) -> None:
    base = sortie / "siei.duckdb"
    told = read(base, "FROM decisions JOIN masques USING (campagne, id_personne)")
    for code, campaign in prepared_campaigns(sortie).items():
        whole = campaign.table("decisions")
        mine = told.filter(campagne=code)
        assert set(mine["id_personne"]) == set(whole["id_personne"])
        both = mine.join(whole, on="id_personne", suffix="_vrai")
        hidden = both.filter(
            pl.col("dernier_uai").is_null() & pl.col("dernier_uai_vrai").is_not_null()
        )
        assert hidden["masque"].all()
        assert both.filter(public="obligation_formation")["age_vrai"].max() < 18
    assert not {"age", "sexe", "niveau"} & {*read(base, "FROM devenirs").columns}


def test_both_estimates_stand_in_the_base(sortie: Path) -> None:
    told = read(sortie / "siei.duckdb", "FROM erreurs_estimees WHERE extrait_a IS NULL")
    for code in CODES:
        errors = prepared_campaigns(sortie)[code].manifest().erreurs_estimees
        assert errors is not None
        assert errors.seconde is not None
        mine = told.filter(campagne=code)
        second = mine.filter(methode="seconde", erreur="manques").row(0, named=True)
        assert (second["bas"], second["haut"]) == (
            errors.seconde.manques.bas,
            errors.seconde.manques.haut,
        )
        assert mine.filter(methode="premiere").height == (2 if errors.ensemble else 0)
