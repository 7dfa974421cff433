"""What holds of every run, whatever its rows: the contract's files and the counting laws."""

import duckdb
import polars as pl
import pytest

from siei_match.campaign.results import FileCount
from siei_match.campaign.steps import identify, normalise, route
from siei_match.campaign.story import run_campaign
from siei_match.output import PreparedCampaign
from siei_match.reference.errors import ContractError, SettingsError
from siei_match.reference.settings import Settings
from siei_match.reference.vocabulary import PERSON_EXTRACTS
from tests.deliveries import CODES, copy_delivery, list_file, snapshot

TABLES = ("identites", "liens", "decisions", "rejets")


@pytest.mark.parametrize("code", CODES)
def test_a_run_leaves_the_files_of_the_contract_and_no_other(sample, code) -> None:
    sortie, _ = sample
    campagne = sortie / "campagnes" / code
    assert {path.name for path in sortie.iterdir()} == {
        "siei.duckdb", "listes.duckdb", "campagnes", "memoire",
    }  # fmt: skip
    expected = {f"{table}.parquet" for table in TABLES} | {
        "manifeste.json", "rapport.html", "listes", "signalements.parquet", "registre.parquet",
        "redirections.parquet", "reponses.parquet", "doutes.parquet", "bac_general.parquet",
        "decisions_tenues.parquet", "identites_seuils.parquet", "scolarites.parquet",
        "profils.parquet", "devenirs.parquet", "mouvements.parquet",
    }  # fmt: skip
    assert {path.name for path in campagne.iterdir()} == expected
    listes = list((campagne / "listes").iterdir())
    assert len(listes) == 384, "one list per platform, and non_affecte; empty ones included"
    files, beside = {"liste.csv", "liste.parquet", "mouvements.csv"}, "coordonnees.parquet"
    found = {liste.name: {f.name for f in liste.iterdir()} for liste in listes}
    assert all(names - {beside} == files for names in found.values())
    # Contacts stand where somebody is listed, and nowhere else.
    peopled = {
        f"psad={code}" for code in PreparedCampaign(campagne.name, campagne).lists("psad")["psad"]
    }
    assert {name for name, names in found.items() if beside in names} <= peopled


@pytest.mark.parametrize("code", CODES)
def test_counts_add_up_from_rows_to_lists(published, code) -> None:
    sortie, publications = published
    comptes = publications[code].counts
    tables = {t: pl.read_parquet(sortie / "campagnes" / code / f"{t}.parquet") for t in TABLES}
    listes = pl.read_parquet(
        sortie / "campagnes" / code / "listes/*/liste.parquet", hive_partitioning=False
    )
    assert comptes["valides"] + comptes["rejetees"] == comptes["lues"]
    rejected = tables["rejets"].filter(pl.col("gravite") == "rejet")
    assert rejected.select("extrait", "fichier", "ligne").n_unique() == comptes["rejetees"]

    identites = tables["identites"]
    assert set(identites["extrait"]) <= set(PERSON_EXTRACTS)
    assert identites.select("extrait", "fichier", "ligne").n_unique() == identites.height
    assert identites.height == comptes["valides"], "no retours in this delivery"

    decisions = tables["decisions"]
    assert decisions["id_personne"].n_unique() == decisions.height
    assert set(decisions["id_personne"]) <= set(identites["id_personne"])
    sortants = decisions.filter(pl.col("statut") == "sortant")
    assert sortants.height == comptes["sortants"] > 0
    assert listes.height == sortants.height
    assert listes["id_signalement"].n_unique() == listes.height
    assert sorted(listes["psad"]) == sorted(sortants["psad"])
    assert listes["age"].min() >= 16


def test_the_bases_hold_both_campaigns(published) -> None:
    sortie, publications = published
    with duckdb.connect(sortie / "siei.duckdb", read_only=True) as siei:
        counted = dict(siei.sql("select campagne, count(*) from decisions group by all").fetchall())
    with duckdb.connect(sortie / "listes.duckdb", read_only=True) as listes:
        listed = dict(listes.sql("select campagne, count(*) from listes group by all").fetchall())
    assert counted == {code: p.counts["decidees"] for code, p in publications.items()}
    assert listed == {code: p.counts["sortants"] for code, p in publications.items()}


def test_people_keep_their_identifiers_from_campaign_to_campaign(published, deliveries) -> None:
    sortie, _ = published
    truth = pl.read_parquet(deliveries["2026-10"].parent / "verite" / "lignes.parquet")
    named = [
        pl.read_parquet(sortie / "campagnes" / code / "identites.parquet")
        .join(truth.filter(pl.col("campagne") == code), on=["extrait", "fichier", "ligne"])
        .group_by("personne")
        .agg(pl.col("id_personne").unique().sort())
        for code in CODES
    ]
    both = named[0].join(named[1], on="personne")
    kept = both.filter(
        pl.col("id_personne").list.set_intersection("id_personne_right").list.len() > 0
    )
    assert both.height > 300
    assert kept.height / both.height > 0.99


def test_an_answer_of_a_platform_takes_a_person_off_the_next_list(
    published, deliveries, settings, tmp_path
) -> None:
    before = pl.read_parquet(
        published[0] / "campagnes/2026-10/listes/*/liste.parquet", hive_partitioning=False
    )["id_signalement"]
    after = pl.read_parquet(
        published[0] / "campagnes/2027-03/listes/*/liste.parquet", hive_partitioning=False
    )["id_signalement"]
    again = sorted(set(before) & set(after))[:3]
    assert again, "somebody is listed twice without an answer"

    sortie = copy_delivery(published[0], tmp_path / "out")
    mars = copy_delivery(deliveries["2027-03"], tmp_path / "2027-03")
    rows = [f"{i};2026-12-01;en_emploi;;vu au téléphone" for i in again]
    rows.append(f"{'0' * 32};2026-12-01;en_emploi;;")
    heading = "id_signalement;date_retour;retour;psad_destination;commentaire"
    (mars / "retours.csv").write_text("\n".join([heading, *rows, ""]), "utf-8")
    list_file(mars, "retours", "retours.csv")
    publication = run_campaign(mars, sortie, settings)

    decisions = pl.read_parquet(sortie / "campagnes/2027-03/decisions.parquet")
    assert decisions.filter(statut="retour", motif="en_emploi").height == len(again)
    assert publication.counts["retours_inconnus"] == 1
    assert not any("au téléphone".encode() in content for content in snapshot(sortie).values())


def test_a_count_that_does_not_add_up_is_a_broken_law() -> None:
    with pytest.raises(ContractError, match="Counting law broken"):
        FileCount("scolarite", "a.csv", rows_read=10, valides=8, rejetees=1, slices=1, regles={})


@pytest.mark.parametrize(
    ("module", "name", "lose"),
    [
        (normalise, "normalise_part", lambda made: vars(made)["traits"]),
        (identify, "identify_people", lambda made: made.people),
        (route, "build_lists", lambda made: made.listes),
    ],
    ids=["a row lost by normalise", "a person without identity", "a sortant on no list"],
)
def test_a_stage_that_loses_a_row_stops_the_run(
    module, name, lose, deliveries, settings, tmp_path, monkeypatch
) -> None:
    real = getattr(module, name)

    def losing(*args, **kwargs):
        made = real(*args, **kwargs)
        lost = lose(made)
        fields = {k: (v.head(v.height - 1) if v is lost else v) for k, v in vars(made).items()}
        return type(made)(**fields)

    monkeypatch.setattr(module, name, losing)
    with pytest.raises(ContractError, match="Counting law broken"):
        run_campaign(deliveries["2026-10"], tmp_path / "out", settings)
    assert snapshot(tmp_path / "out") == {}


def test_another_key_is_refused_before_any_work(
    published, deliveries, tmp_path, monkeypatch
) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    with pytest.raises(SettingsError, match="not the one of campaign 2026-10"):
        run_campaign(deliveries["2027-03"], sortie, Settings(cle="another" * 8))
    assert snapshot(sortie) == snapshot(published[0])


def test_a_lost_key_is_not_replaced_in_silence(
    published, deliveries, tmp_path, monkeypatch
) -> None:
    sortie = copy_delivery(published[0], tmp_path / "out")
    monkeypatch.delenv("SIEI_CLE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with pytest.raises(SettingsError, match="restore that file from its back-up"):
        run_campaign(deliveries["2027-03"], sortie, Settings())
    assert not (tmp_path / "config").exists()
    assert snapshot(sortie) == snapshot(published[0])
