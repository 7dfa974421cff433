"""Answers to a first campaign's lists become the second one's retours."""

import shutil
import tomllib
from pathlib import Path

import duckdb
import polars as pl
import pytest

from siei_match.reference.errors import OutputError
from siei_match.reference.vocabulary import BINDING_ANSWERS
from siei_match.simulate import simulate_retours

SAMPLE = Path(__file__).parents[2] / "sample_data"


@pytest.fixture
def listee(tmp_path: Path) -> tuple[Path, Path]:
    """A France whose first campaign listed each true sortant, one of them twice."""
    france, sortie = tmp_path / "france", tmp_path / "out"
    shutil.copytree(SAMPLE, france)
    campagne = sortie / "campagnes" / "2026-10"
    campagne.mkdir(parents=True)
    verite = pl.read_parquet(france / "verite" / "lignes.parquet").filter(
        pl.col("campagne") == "2026-10", pl.col("invalide").is_null()
    )
    sortants = (
        pl.read_parquet(france / "verite" / "situations.parquet")
        .filter(pl.col("sortant") & (pl.col("campagne") == "2026-10"))["personne"]
        .to_list()
    )
    identites = verite.with_columns(
        id_personne=pl.concat_str(pl.lit("p"), "personne", pl.lit("-"), "extrait")
    ).select("id_personne", "extrait", "fichier", "ligne", "personne")
    identites.drop("personne").write_parquet(campagne / "identites.parquet")
    signalements = (
        identites.filter(pl.col("personne").is_in(sortants))
        .select("id_personne")
        .unique()
        .sort("id_personne")
        .with_columns(
            id_signalement="s" + pl.col("id_personne"),
            campagne=pl.lit("2026-10"),
            psad=pl.lit("PSAD-001-01"),
        )
    )
    with duckdb.connect(str(sortie / "siei.duckdb")) as base:
        base.register("vue", signalements)
        base.sql("CREATE TABLE signalements AS SELECT * FROM vue")
    return france, sortie


def test_answers_are_declared_and_keep_to_the_contract(listee: tuple[Path, Path]) -> None:
    france, sortie = listee
    suivante = france / "2027-03"
    ecrits = simulate_retours(sortie, france / "verite", "2026-10", suivante, 1)
    assert ecrits.height > 20
    annonce = tomllib.loads((suivante / "campagne.toml").read_text("utf-8"))["fichiers"][-1]
    assert (annonce["extrait"], annonce["lignes"]) == ("retours", ecrits.height)
    lus = pl.read_csv(suivante / "retours.csv", separator=";", infer_schema=False)
    assert lus.columns == [
        "id_signalement", "date_retour", "retour", "psad_destination", "commentaire",
    ]  # fmt: skip
    said = lus.group_by("id_signalement").agg(pl.col("retour"))
    # Some are corrected, and some of these taken back: an annule for each answer that there was.
    assert said["retour"].list.len().max() > 1
    assert said.filter(
        pl.col("retour").list.count_matches("annule") * 2 > pl.col("retour").list.len()
    ).is_empty()
    # Both forms of date, as platforms send them.
    assert {texte.count("-") for texte in lus["date_retour"].to_list()} == {0, 2}
    # A person listed twice is found out.
    assert (lus["retour"] == "doublon").sum() > 0
    vrais = pl.read_parquet(france / "verite" / "retours.parquet")
    assert vrais["personne"].is_unique().all()
    assert vrais.filter("liant")["retour"].is_in(BINDING_ANSWERS).all()


def test_same_seed_same_answers_and_never_twice(listee: tuple[Path, Path], tmp_path: Path) -> None:
    france, sortie = listee
    copie = Path(shutil.copytree(france, tmp_path / "copie"))
    un = simulate_retours(sortie, france / "verite", "2026-10", france / "2027-03", 1)
    deux = simulate_retours(sortie, copie / "verite", "2026-10", copie / "2027-03", 1)
    assert un.equals(deux)
    with pytest.raises(OutputError, match="already there"):
        simulate_retours(sortie, france / "verite", "2026-10", france / "2027-03", 1)


def test_no_run_no_answer(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="siei run"):
        simulate_retours(tmp_path, SAMPLE / "verite", "2026-10", tmp_path, 1)
