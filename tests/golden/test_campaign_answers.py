"""Answers collected from platforms decide the next campaign, and no earlier one."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from siei_match.campaign.results import PreparedRun
from siei_match.campaign.story import run_campaign
from siei_match.collect import collect
from siei_match.explain import explain_person
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings
from tests.deliveries import KEY, snapshot

LIANTE, TRANSMIS, TARDIVE, INCONNU = "en apprentissage", "déménagé", "en emploi", "suivi"


def decisions(sortie: Path, code: str) -> pl.DataFrame:
    return pl.read_parquet(sortie / "campagnes" / code / "decisions.parquet")


@pytest.fixture(scope="module")
def answered(
    published: tuple[Path, dict[str, PreparedRun]],
    deliveries: dict[str, Path],
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[tuple[str, str]], PreparedRun]:
    """The second campaign run again after three people of both lists were answered for."""
    sortie = Path(shutil.copytree(published[0], tmp_path_factory.mktemp("reponses") / "out"))
    listes = [
        pl.read_parquet(sortie / "campagnes" / code / "signalements.parquet")
        for code in ("2026-10", "2027-03")
    ]
    deux = listes[0].join(listes[1], on=["id_signalement", "id_personne"], how="semi").rows()
    qui = [(signalement, personne) for signalement, personne, _, _ in deux[:3]]
    assert len(qui) == 3, "three people are listed twice without an answer"
    fichier = tmp_path_factory.mktemp("recu") / "réponses.csv"
    lignes = [
        f"{qui[0][0]};{LIANTE};12 janvier 2027;;vu au téléphone",
        f"{qui[1][0]};{TRANSMIS};12/01/27;psad-001-01;",
        f"{qui[2][0]};{TARDIVE};2027-03-16;;",
        f"s{'0' * 31};{INCONNU};12/01/2027;;",
    ]
    titres = "Identifiant;Réponse;Date de la réponse;Plateforme de destination;Observations"
    fichier.write_bytes("\r\n".join([titres, *lignes]).encode("windows-1252"))
    collect(sortie, fichier, Actor("test", datetime(2027, 6, 1, tzinfo=UTC), KEY.encode()))
    return sortie, qui, run_campaign(deliveries["2027-03"], sortie, settings)


def test_each_answer_does_what_section_4_says(answered, published) -> None:
    sortie, qui, publication = answered
    apres = {row["id_personne"]: row for row in decisions(sortie, "2027-03").to_dicts()}
    avant = {row["id_personne"]: row for row in decisions(published[0], "2027-03").to_dicts()}
    (_, formation), (_, transmis), (_, tard) = qui
    assert (apres[formation]["statut"], apres[formation]["motif"]) == ("retour", "en_formation")
    assert (apres[transmis]["statut"], apres[transmis]["psad"]) == ("sortant", "PSAD-001-01")
    assert apres[tard] == avant[tard]
    autres = set(avant) - {formation, transmis}
    assert {i: apres[i] for i in autres} == {i: avant[i] for i in autres}
    comptes = publication.counts
    assert comptes["retours_collectes"] == 4
    assert comptes["retours_inconnus"] == comptes["retours_apres_le_jour"] == 1
    assert comptes["transferts"] == 1
    liste = pl.read_parquet(
        sortie / "campagnes/2027-03/listes/psad=PSAD-001-01/liste.parquet", hive_partitioning=False
    )
    assert qui[1][0] in liste["id_signalement"]


def test_an_explanation_tells_which_answer_decided(answered) -> None:
    sortie, qui, _ = answered
    reponses = [explain_person(sortie, "2027-03", i).reponses for i, _ in qui]
    assert [(r.retour, r.decide, r.transfere) for (r,) in reponses] == [
        ("en_formation", True, False),
        ("demenage", False, True),
        ("en_emploi", False, False),
    ]


def test_comments_are_nowhere_and_the_manifest_seals_what_was_read(answered) -> None:
    sortie, _, _ = answered
    files = snapshot(sortie)
    assert not any(
        "vu au téléphone".encode(e) in c for c in files.values() for e in ("utf-8", "cp1252")
    )
    (kept,) = [name for name in files if name.startswith("memoire/retours/")]
    assert kept.encode() in files["campagnes/2027-03/manifeste.json"]


def test_the_campaign_that_was_answered_stays_as_it_was(
    answered, published, deliveries, settings
) -> None:
    sortie, _, _ = answered
    run_campaign(deliveries["2026-10"], sortie, settings)
    for table in ("decisions", "signalements"):
        name = f"campagnes/2026-10/{table}.parquet"
        assert (sortie / name).read_bytes() == (published[0] / name).read_bytes()


def test_what_has_become_of_the_first_list_is_told(answered) -> None:
    sortie, qui, _ = answered
    campagne = sortie / "campagnes/2027-03"
    devenirs = pl.read_parquet(campagne / "devenirs.parquet")
    liste = pl.read_parquet(sortie / "campagnes/2026-10/signalements.parquet")
    assert sorted(devenirs["id_personne"]) == sorted(liste["id_personne"])
    devenir = dict(devenirs.select("id_personne", "devenir").iter_rows())
    assert devenir[qui[0][1]] == "reponse_plateforme"
    assert devenir[qui[2][1]] in ("toujours_sans_solution", "suivi_mission_locale")
    assert "Que sont devenus" in (campagne / "rapport.html").read_text("utf-8")
    avant = pl.read_parquet(sortie / "campagnes/2026-10/devenirs.parquet")
    assert avant.is_empty()
