"""Section 3: the exact tree, its columns, its bytes, what stays out of them; export, simulate."""

import csv
import hashlib
import io
import json
import re
import shutil
import stat
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pytest

from siei_match.cli import main
from tests.contract.conftest import Lancer
from tests.contract.livraison import (
    EXTRAITS,
    Livraison,
    Personne,
    Resultat,
    octets,
    personnes,
)
from tests.contract.test_plateformes_contrat import LISTE

TEMOIN = Personne(
    "ZYGOMATICUS", "Theophraste", "2007-12-30", "987123456AB", usage="QUETSCHENOM",
    prenom2="Wolframine", rue="77 impasse Xylophone", tel="0698217354", mel="ztheo@exemple.fr",
)  # fmt: skip
TEMOINS = (
    "ZYGOMATICUS", "QUETSCHENOM", "Theophraste", "THEOPHRASTE", "Wolframine", "987123456AB",
    "Xylophone", "XYLOPHONE", "ztheo", "698217354", "98 21 73 54", "30/12/2007", "2007-12-30",
    "30122007", "RESPONSABLENOM",
)  # fmt: skip
TABLES = (
    "campagnes identites liens decisions signalements mouvements rejets indicateurs psad psad_communes"
    " communes diplomes mef historique redirections devenirs cohortes masques erreurs_estimees"
    " indicateurs_territoires domaines identites_seuils intervalles ventilations"
).split()
DECISIONS = (
    "id_personne statut motif age psad suivi_mission_locale date_derniere_sortie"
    " derniere_formation dernier_uai"
).split()


def livraison() -> Livraison:
    faite = Livraison(vides=EXTRAITS)
    faite.ajoute("scolarite", TEMOIN.mais(ne="2006-12-30").scolarite(RESP1_NOM="RESPONSABLENOM"))
    faite.ajoute("missions_locales", TEMOIN.mission_locale())
    faite.ajoute("scolarite", TEMOIN.scolarite(mef="20210019110"))
    faite.ajoute("diplomes", TEMOIN.diplome("67110003"))
    faite.ajoute("apprentissage", TEMOIN.apprentissage(entree="2026-10-20"))
    gens = personnes(600)
    for _ in range(8):
        p = next(gens)
        faite.ajoute("scolarite", p.scolarite())
        faite.ajoute("missions_locales", p.mais(nom=p.nom + "E").mission_locale())
    p = next(gens).mais(nom="=CMD()", commune="13055", cp="01000", tel="0612345678")
    faite.ajoute("scolarite", p.scolarite(LIGNE1_ADRESSE='1; rue «du» "Puits"'))
    return faite


@pytest.fixture(scope="module")
def rendu(lancer: Lancer) -> Resultat:
    return lancer(livraison(), psad=None)


@pytest.fixture(scope="module")
def encore(lancer: Lancer) -> Resultat:
    return lancer(livraison(), psad=None)


def test_tree(rendu: Resultat) -> None:
    assert {f.name for f in rendu.sortie.iterdir()} == {
        "siei.duckdb", "listes.duckdb", "campagnes"}  # fmt: skip
    assert {f.name for f in (rendu.sortie / "campagnes").iterdir()} == {"2026-10"}
    attendus = {
        "manifeste.json", "identites.parquet", "liens.parquet", "decisions.parquet",
        "rejets.parquet", "rapport.html", "listes",
    }  # fmt: skip
    trouves = {f.name for f in rendu.dossier.iterdir()}
    # What the next campaigns need of this one: beyond the contract's tree, and nothing else is.
    besoins = {
        "registre.parquet",
        "signalements.parquet",
        "redirections.parquet",
        "reponses.parquet",
        "doutes.parquet",
        "bac_general.parquet",
        "decisions_tenues.parquet",
        "identites_seuils.parquet",
        "scolarites.parquet",
        "profils.parquet",
        "devenirs.parquet",
        "mouvements.parquet",
    }
    assert trouves - besoins == attendus


def test_same_bytes_in_another_folder(rendu: Resultat, encore: Resultat) -> None:
    un, deux = octets(rendu.sortie), octets(encore.sortie)
    assert un.keys() == deux.keys()
    assert [nom for nom in un if un[nom] != deux[nom]] == []


@pytest.mark.slow
def test_same_bytes_on_a_rerun(encore: Resultat, lancer: Lancer) -> None:
    avant = octets(encore.sortie)
    lancer(livraison(), encore.sortie, psad=None)
    apres = octets(encore.sortie)
    assert [nom for nom in avant if avant[nom] != apres.get(nom)] == []
    assert avant.keys() == apres.keys()


def test_tables_of_siei_duckdb(rendu: Resultat) -> None:
    tables = {r[0] for r in rendu.requete("select table_name from duckdb_tables()")}
    assert tables == set(TABLES)
    vues = rendu.requete("select view_name, comment from duckdb_views() where not internal")
    assert vues
    assert all(commentaire for _, commentaire in vues)
    assert colonnes(rendu, "psad_communes") == ["code_commune", "psad"]
    assert colonnes(rendu, "signalements") == ["id_signalement", "id_personne", "campagne", "psad"]
    assert rendu.requete("select count(*) from psad") == [(383,)]


def colonnes(resultat: Resultat, table: str, base: str = "siei") -> list[object]:
    return [r[0] for r in resultat.requete(f"describe {table}", base=base)]


def test_columns_of_the_tables(rendu: Resultat) -> None:
    assert rendu.table("decisions").columns == DECISIONS
    assert rendu.listes().columns == LISTE
    assert colonnes(rendu, "listes", "listes") == LISTE
    ordre = [c for c in rendu.table("liens").columns if c in {
        "fichier_a", "ligne_a", "fichier_b", "ligne_b", "probabilite", "poids", "issue"}]  # fmt: skip
    assert ordre == [
        "fichier_a", "ligne_a", "fichier_b", "ligne_b", "probabilite", "poids", "issue"]  # fmt: skip
    # Of `liens` the base has the levels, and classes in place of the exact weights.
    exact = {
        name for name in rendu.table("liens").columns if name.startswith(("poids", "probabilite"))
    }
    shared = [c for c in colonnes(rendu, "liens") if c != "campagne"]
    assert [c for c in shared if not c.startswith("classe_")] == [
        c for c in rendu.table("liens").columns if c not in exact]  # fmt: skip
    assert len(shared) == len(rendu.table("liens").columns)
    for table in ("identites", "decisions", "rejets"):
        assert [c for c in colonnes(rendu, table) if c != "campagne"] == rendu.table(table).columns


def test_listes_duckdb_is_the_lists(rendu: Resultat) -> None:
    lignes = rendu.listes().sort("id_signalement").rows()
    assert rendu.requete("from listes order by id_signalement", base="listes") == lignes
    assert len(lignes) >= 9


def test_one_decision_per_person_in_scope(rendu: Resultat) -> None:
    decisions = rendu.table("decisions")
    assert decisions["id_personne"].is_unique().all()
    assert rendu.requete("select count(*) from decisions") == [(decisions.height,)]


def test_identifiers_stay_out(rendu: Resultat) -> None:
    """All the analysts and the machines may read holds no witness, packed or not."""
    propres = ["siei.duckdb", "manifeste.json", "rapport.html", "identites.parquet",
               "liens.parquet", "decisions.parquet", "rejets.parquet", "signalements.parquet"]  # fmt: skip
    for fichier in rendu.sortie.rglob("*"):
        if fichier.name in propres:
            brut = fichier.read_bytes()
            for temoin in TEMOINS:
                assert temoin.encode() not in brut, (fichier.name, temoin)
    with duckdb.connect(str(rendu.sortie / "siei.duckdb"), read_only=True) as lien:
        noms = [r[0] for r in lien.execute(
            "select table_name from information_schema.tables").fetchall()]  # fmt: skip
        for nom in noms:
            texte = str(lien.execute(f'from "{nom}"').fetchall())
            for temoin in TEMOINS:
                assert temoin not in texte, (nom, temoin)


def test_witness_is_on_the_lists(rendu: Resultat) -> None:
    """The check above would see it: it is where it should be."""
    assert any(b"ZYGOMATICUS" in f.read_bytes() for f in rendu.dossier.rglob("liste.csv"))


def test_rights(rendu: Resultat) -> None:
    for fichier in (rendu.sortie / "listes.duckdb", *rendu.dossier.rglob("liste.*")):
        assert stat.S_IMODE(fichier.stat().st_mode) == 0o600, fichier.name


def test_manifest(rendu: Resultat) -> None:
    texte = (rendu.dossier / "manifeste.json").read_text("utf-8")
    contenu = json.loads(texte)
    brut = {f.relative_to(rendu.dossier).as_posix(): f for f in rendu.dossier.rglob("*")
            if f.is_file() and f.name != "manifeste.json"}  # fmt: skip
    for nom, fichier in brut.items():
        assert nom in texte
        assert hashlib.sha256(fichier.read_bytes()).hexdigest() in texte, nom
    assert "0.1.0" in texte
    assert "taux_rejet_max" in texte
    assert str(rendu.sortie) not in texte
    assert "0123456789" * 4 not in texte
    assert isinstance(contenu, dict)


def test_report_is_one_self_contained_file(rendu: Resultat) -> None:
    html = (rendu.dossier / "rapport.html").read_text("utf-8")
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", html)
    assert "non_affecte" in html


def test_csv_opens_in_a_french_spreadsheet(rendu: Resultat) -> None:
    liste = next(x for x in rendu.listes().iter_rows(named=True) if x["nom_naissance"] == "=CMD()")
    brut = (rendu.dossier / f"listes/psad={liste['psad']}/liste.csv").read_bytes()
    assert brut[:3] == b"\xef\xbb\xbf"
    ligne = next(csv.DictReader(io.StringIO(brut.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert ligne["code_postal"] == "01000"
    assert ligne["telephones"].startswith("06")
    assert ligne["adresse"] == '1; rue «du» "Puits"'
    # A cell that a spreadsheet would run is kept from it, and loses nothing.
    assert ligne["nom_naissance"].endswith("=CMD()")
    assert not ligne["nom_naissance"].startswith("=")


@pytest.mark.parametrize("forme", ["csv", "xlsx", "parquet"])
def test_export(rendu: Resultat, forme: str, tmp_path: Path) -> None:
    commande = [
        "export",
        "2026-10",
        "--unreleased",
        "--psad",
        "PSAD-001-02",
        "--sortie",
        str(rendu.sortie),
    ]
    assert main([*commande, "--format", forme, "--vers", str(tmp_path)]) == 0
    (fichier,) = [f for f in tmp_path.rglob("*") if f.is_file()]
    assert fichier.suffix == f".{forme}"
    exact = pl.read_parquet(rendu.dossier / "listes/psad=PSAD-001-02/liste.parquet")
    if forme == "parquet":
        assert pl.read_parquet(fichier).columns == LISTE
        assert pl.read_parquet(fichier).height == exact.height
        return
    if forme == "csv":
        lignes = list(csv.reader(io.StringIO(fichier.read_bytes().decode("utf-8-sig"), newline=""),
                                 delimiter=";"))  # fmt: skip
    else:
        feuille = openpyxl.load_workbook(fichier).worksheets[0]
        lignes = [[str(v) for v in r] for r in feuille.iter_rows(values_only=True)]
    rang = next(n for n, r in enumerate(lignes) if "id_signalement" in r)
    # A workbook puts first what one works with; it holds the same columns, and nothing of them less.
    titres = list(lignes[rang])
    assert titres == LISTE if forme == "csv" else set(LISTE) <= set(titres)
    assert len(lignes) - rang - 1 == exact.height
    assert lignes[rang + 1][titres.index("code_postal")] == "01000"


def test_export_of_what_is_not_there(rendu: Resultat, tmp_path: Path) -> None:
    for code, psad in (("2025-10", "PSAD-001-02"), ("2026-10", "PSAD-999-99")):
        commande = ["export", code, "--unreleased", "--psad", psad, "--sortie", str(rendu.sortie)]
        assert main([*commande, "--vers", str(tmp_path)]) == 1
    assert list(tmp_path.iterdir()) == []


def test_check_counts_and_writes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    faite = livraison()
    faite.ajoute("diplomes", TEMOIN.diplome() | {"INE": "FAUX"})
    dossier = faite.ecrire(tmp_path / "2026-10")
    avant = octets(tmp_path)
    assert main(["check", str(dossier)]) == 0
    dit = capfd.readouterr()
    assert octets(tmp_path) == avant
    for mot in ("scolarite_2025-2026.csv", "ine_lisible"):
        assert mot in dit.out + dit.err
    for temoin in TEMOINS:
        assert temoin not in dit.out + dit.err


def test_simulate_is_seeded_and_checks(tmp_path: Path) -> None:
    for nom in ("a", "b"):
        commande = ["simulate", str(tmp_path / nom), "--personnes", "200", "--graine", "7"]
        assert main(commande) == 0
    assert octets(tmp_path / "a") == octets(tmp_path / "b")
    campagnes = [f.parent for f in sorted((tmp_path / "a").glob("*/campagne.toml"))]
    assert len(campagnes) == 2
    shutil.rmtree(tmp_path / "b")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIEI_TAUX_REJET_MAX", "0.2")
        assert [main(["check", str(c)]) for c in campagnes] == [0, 0]
