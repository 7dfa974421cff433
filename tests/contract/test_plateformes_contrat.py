"""Where a sortant goes, and what the list says of them."""

import csv
import io
import re

import polars as pl
import pytest

from tests.contract.conftest import Lancer
from tests.contract.livraison import Livraison, Ref, Resultat, personnes

LISTE = (
    "id_signalement campagne psad ine nom_naissance nom_usage prenoms sexe date_naissance age"
    " adresse code_postal commune telephones courriel responsable_nom responsable_telephone"
    " responsable_courriel dernier_uai dernier_etablissement derniere_formation date_sortie"
    " suivi_mission_locale mission_locale public situation premier_signalement nombre_signalements"
).split()
BOURG, LILLE, PARIS, LYON, MARSEILLE = "01053", "59350", "75056", "69123", "13055"
SANS = {"CODE_COMMUNE_INSEE": "", "CODE_POSTAL": "", "LIGNE1_ADRESSE": ""}


@pytest.fixture(scope="module")
def monde(lancer: Lancer) -> tuple[Resultat, dict[str, Ref]]:
    livraison, refs, gens = Livraison(), {}, personnes(200)

    def scolaire(nom: str, **reste: str) -> None:
        entree = reste.pop("entree", "2025-09-01")
        refs[nom] = livraison.ajoute("scolarite", next(gens).scolarite(entree=entree, **reste))

    scolaire("bourg")
    scolaire("delegue", CODE_COMMUNE_INSEE="01033")  # Bellegarde → Valserhône
    scolaire("ancienne", CODE_COMMUNE_INSEE="01018", CODE_POSTAL="01200")  # Arlod, gone in 1971
    scolaire("lille_associee", CODE_COMMUNE_INSEE="59298", CODE_POSTAL="59160")  # Hellemmes
    scolaire("paris_12", CODE_COMMUNE_INSEE="75112", CODE_POSTAL="75012")
    scolaire("lyon_3", CODE_COMMUNE_INSEE="69383", CODE_POSTAL="69003")
    scolaire("marseille_8", CODE_COMMUNE_INSEE="13208", CODE_POSTAL="13008")
    scolaire("par_etablissement", **SANS, UAI="0590116F")
    scolaire("nulle_part", **SANS, UAI="")
    # Florence's postal code is Cherbourg's too.
    florence = {"CODE_COMMUNE_INSEE": "", "CODE_POSTAL": "50100", "CODE_PAYS": "127"}
    scolaire("a_l_etranger", **florence, UAI="0590116F")

    # The row with an address that began last wins, a mission locale's follow-up too.
    p = next(gens)
    refs["suivi_recent"] = livraison.ajoute("scolarite", p.scolarite())
    livraison.ajoute("missions_locales", p.mais(commune=LILLE, cp="59000", rue="9 rue Neuve")
                     .mission_locale("2026-09-10"))  # fmt: skip
    p = next(gens)
    refs["suivi_ancien"] = livraison.ajoute("scolarite", p.scolarite())
    livraison.ajoute("missions_locales", p.mais(commune=LILLE, cp="59000").mission_locale(
        "2024-09-10", "2025-01-10"))  # fmt: skip
    p = next(gens)
    refs["suivi_futur"] = livraison.ajoute("scolarite", p.scolarite())
    livraison.ajoute("missions_locales", p.mais(commune=LILLE, cp="59000").mission_locale(
        "2026-10-16"))  # fmt: skip
    p = next(gens)
    refs["meme_jour"] = livraison.ajoute("scolarite", p.scolarite())
    livraison.ajoute("missions_locales", p.mais(commune=LILLE, cp="59000").mission_locale(
        "2025-09-01"))  # fmt: skip
    livraison.ajoute("agricole", p.mais(commune=PARIS, cp="75012").agricole(
        "2025-2026", entree="2025-09-01", sortie="2025-09-01"))  # fmt: skip
    p = next(gens)
    refs["recent_sans_adresse"] = livraison.ajoute("scolarite", p.scolarite())
    livraison.ajoute("missions_locales", p.mais(commune="", cp="", rue="").mission_locale(
        "2026-09-10"))  # fmt: skip

    p = next(gens).mais(nom="D'ŒILLET-N'GUYÊN", prenom="Zoë", ne="2005-05-00", usage="LÉVÊQUE",
                        prenom2="Anne-Laure", tel="0612345678")  # fmt: skip
    refs["tout"] = livraison.ajoute("scolarite", p.scolarite(
        LIGNE1_ADRESSE='1 ; rue "du" Puits', RESP1_NOM="MÈRE", RESP1_PRENOM="Ève",
        RESP1_TEL="+33 7 01 02 03 04", RESP1_MEL="eve@exemple.fr", TEL_PERSONNEL="0102030405"))  # fmt: skip
    livraison.ajoute("missions_locales", p.mission_locale("2026-09-10", structureNom="ML de l'Ain"))
    resultat = lancer(livraison, psad=None)
    return resultat, refs


@pytest.mark.parametrize(
    ("cas", "commune"),
    [
        ("bourg", BOURG), ("delegue", "01033"), ("ancienne", "01033"), ("lille_associee", LILLE),
        ("paris_12", PARIS), ("lyon_3", LYON), ("marseille_8", MARSEILLE),
        ("par_etablissement", None), ("a_l_etranger", None), ("suivi_recent", LILLE), ("suivi_ancien", BOURG),
        ("suivi_futur", BOURG), ("meme_jour", BOURG), ("recent_sans_adresse", BOURG),
    ],
)  # fmt: skip
def test_platform(monde: tuple[Resultat, dict[str, Ref]], cas: str, commune: str | None) -> None:
    resultat, refs = monde
    if commune is None:
        attendu = {r[0] for r in resultat.requete(
            "select psad from psad_communes where code_commune like '59%'")}  # fmt: skip
    else:
        attendu = {resultat.requete(
            "select psad from psad_communes where code_commune = ?", commune)[0][0]}  # fmt: skip
    assert resultat.ligne_decision(refs[cas])["psad"] in attendu
    assert resultat.sur_liste(refs[cas])["psad"] in attendu  # type: ignore[index]


def test_non_affecte(monde: tuple[Resultat, dict[str, Ref]]) -> None:
    resultat, refs = monde
    assert resultat.sur_liste(refs["nulle_part"])["psad"] == "non_affecte"  # type: ignore[index]
    seuls = pl.read_parquet(resultat.dossier / "listes/psad=non_affecte/liste.parquet")
    assert seuls.height == 1


def test_every_platform_has_its_list(monde: tuple[Resultat, dict[str, Ref]]) -> None:
    resultat, _ = monde
    codes = {str(r[0]) for r in resultat.requete("select code from psad")}
    dossiers = {d.name.removeprefix("psad=") for d in (resultat.dossier / "listes").iterdir()}
    assert dossiers == codes | {"non_affecte"}
    for dossier in (resultat.dossier / "listes").iterdir():
        noms = {f.name for f in dossier.iterdir()}
        attendus = {"liste.parquet", "liste.csv", "mouvements.csv"}
        # Où quelqu'un peut être joint, tout ce qui le permet est à côté (issue 16, « deux responsables »).
        if "coordonnees.parquet" in noms:
            assert pl.read_parquet(dossier / "liste.parquet").height
            attendus |= {"coordonnees.parquet"}
        assert noms == attendus
    vide = pl.read_parquet(resultat.dossier / "listes/psad=PSAD-973-01/liste.parquet")
    assert (vide.height, vide.columns) == (0, LISTE)


def lire_csv(resultat: Resultat, psad: str) -> list[dict[str, str]]:
    brut = (resultat.dossier / f"listes/psad={psad}/liste.csv").read_bytes()
    assert brut.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(brut.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_csv_says_what_parquet_says(monde: tuple[Resultat, dict[str, Ref]]) -> None:
    resultat, _ = monde
    for fichier in resultat.dossier.glob("listes/psad=*/liste.parquet"):
        exact = pl.read_parquet(fichier, hive_partitioning=False)
        psad = fichier.parent.name.removeprefix("psad=")
        assert exact.columns == LISTE
        lignes = lire_csv(resultat, psad)
        assert len(lignes) == exact.height
        for dite, vraie in zip(lignes, exact.iter_rows(named=True), strict=True):
            assert list(dite) == LISTE
            assert dite["id_signalement"] == vraie["id_signalement"]
            assert dite["code_postal"] == (vraie["code_postal"] or "")
            assert vraie["psad"] == psad
        noms = exact["nom_naissance"].to_list()
        assert len(noms) < 2 or noms[0] <= noms[-1]


def test_a_whole_row(monde: tuple[Resultat, dict[str, Ref]]) -> None:
    resultat, refs = monde
    ligne = resultat.sur_liste(refs["tout"])
    assert ligne
    dite = next(x for x in lire_csv(resultat, str(ligne["psad"]))
                if x["id_signalement"] == ligne["id_signalement"])  # fmt: skip
    assert dite["nom_naissance"] == "D'ŒILLET-N'GUYÊN"
    assert dite["nom_usage"] == "LÉVÊQUE"
    assert dite["prenoms"].startswith("Zoë")
    assert "Anne-Laure" in dite["prenoms"]
    assert (dite["sexe"], dite["age"]) == ("F", "21") or dite["sexe"] in {"M", "F"}
    assert dite["date_naissance"] == "05/2005"
    assert ligne["date_naissance"] == "2005-05"
    assert re.sub(r"\D", "", dite["telephones"]).find("0612345678") >= 0
    assert dite["code_postal"] == "01000"
    assert dite["commune"] == "Bourg-en-Bresse"
    assert "MÈRE" in dite["responsable_nom"]
    assert "Ève" in dite["responsable_nom"]
    assert dite["responsable_telephone"].replace(" ", "") == "0701020304"
    assert dite["responsable_courriel"] == "eve@exemple.fr"
    assert dite["dernier_uai"] == "0010016M"
    assert dite["dernier_etablissement"]
    assert dite["derniere_formation"]
    assert dite["date_sortie"] == "30/06/2026"
    assert (dite["suivi_mission_locale"], dite["mission_locale"]) == ("oui", "ML de l'Ain")
    assert (dite["premier_signalement"], dite["nombre_signalements"]) == ("2026-10", "1")


def test_mission_locale_absent(monde: tuple[Resultat, dict[str, Ref]]) -> None:
    resultat, refs = monde
    for cas in ("bourg", "suivi_ancien", "suivi_futur"):
        ligne = resultat.sur_liste(refs[cas])
        assert ligne
        assert (ligne["suivi_mission_locale"], ligne["mission_locale"]) == ("non", None), cas


def test_sorted_by_name(monde: tuple[Resultat, dict[str, Ref]]) -> None:
    resultat, _ = monde
    bourg = pl.read_parquet(resultat.dossier / "listes/psad=PSAD-001-02/liste.parquet")
    noms = [n.replace("D'Œ", "D'OE") for n in bourg["nom_naissance"].to_list()]
    assert bourg.height > 5
    assert noms == sorted(noms)
