"""Who enters a list, leaves it or changes platform from one campaign to the next, each with one cause."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl
import pytest

from siei_match.cli.program import main
from siei_match.output.audit import Actor
from siei_match.output.freshness import find_stale
from siei_match.release.comparison import compare
from siei_match.release.verification import verify_folder
from siei_match.retention import exclude, purge_campaigns, rectifier
from tests.contract.conftest import Lancer
from tests.contract.livraison import (
    CAP,
    MEF_BACPRO,
    Livraison,
    Personne,
    Resultat,
    octets,
    personnes,
)

N = "2026-2027"
AIN, BREST = "PSAD-001-02", "PSAD-091-02"
BREST_CP, BREST_CODE = "29200", "29019"
BACPRO_AGRICOLE = "40330302"


class Suite(NamedTuple):
    """Three campaigns of the same people, and the signalement of each by name where they have one."""

    un: Resultat
    deux: Resultat
    trois: Resultat
    ids: dict[str, str]


def noms() -> list[str]:
    cas = "reste inscrit diplome reponse mure vieux rompu parti rendu agricole nouveau disparu"
    return cas.split()


def gens() -> dict[str, Personne]:
    tous = dict(zip(noms(), personnes(40), strict=False))
    tous["mure"] = tous["mure"].mais(ne="2010-12-01")
    tous["vieux"] = tous["vieux"].mais(ne="2000-12-01")
    return tous


def livre(code: str, jour: str, tous: dict[str, Personne], sans: tuple[str, ...]) -> Livraison:
    livraison = Livraison(code, jour)
    for nom, personne in tous.items():
        if nom not in sans:
            livraison.ajoute("scolarite", personne.scolarite(mef=MEF_BACPRO))
    return livraison


def signalements(resultat: Resultat) -> pl.DataFrame:
    return resultat.table("signalements").drop("campagne")


@pytest.fixture(scope="module")
def suite(lancer: Lancer) -> Suite:
    tous = gens()
    livraison = livre("2026-10", "2026-10-15", tous, ("nouveau",))
    livraison.ajoute("scolarite", tous["rompu"].scolarite(N, MEF_BACPRO, "2026-09-01", ""))
    livraison.ajoute("diplomes_agricoles", tous["agricole"].diplome(CAP))
    un = lancer(livraison)
    listes = un.listes()
    ids = {
        nom: str(listes.filter(nom_naissance=p.nom, prenoms=p.prenom)["id_signalement"].item())
        for nom, p in tous.items()
        if nom not in ("mure", "rompu", "agricole", "nouveau")
    }

    # The mission locale is told Brest; the diplomas of agriculture are not delivered any more.
    livraison = livre("2027-03", "2027-03-15", tous, ("disparu",))
    livraison.ajoute("scolarite", tous["inscrit"].scolarite(N, MEF_BACPRO, "2027-01-05", ""))
    livraison.ajoute(
        "scolarite", tous["rompu"].scolarite(N, MEF_BACPRO, "2026-09-01", "2027-01-20")
    )
    livraison.ajoute("diplomes", tous["diplome"].diplome(CAP, "2026"))
    ailleurs = tous["parti"].mais(cp=BREST_CP, commune=BREST_CODE)
    livraison.ajoute("missions_locales", ailleurs.mission_locale("2027-01-10"))
    for nom, retour, vers in (("reponse", "en_emploi", ""), ("rendu", "demenage", BREST)):
        livraison.ajoute("retours", {
            "id_signalement": ids[nom], "date_retour": "2026-12-01", "retour": retour,
            "psad_destination": vers,
        })  # fmt: skip
    livraison.vides = (*livraison.vides[:3], *livraison.vides[4:])
    deux = lancer(livraison, un.sortie)

    # Neither answers nor missions locales are delivered: what they had told is not known.
    livraison = livre("2027-06", "2027-06-15", tous, ("disparu",))
    livraison.ajoute("scolarite", tous["inscrit"].scolarite(N, MEF_BACPRO, "2027-01-05", ""))
    livraison.ajoute(
        "scolarite", tous["rompu"].scolarite(N, MEF_BACPRO, "2026-09-01", "2027-01-20")
    )
    livraison.ajoute("diplomes", tous["diplome"].diplome(CAP, "2026"))
    livraison.vides = (*livraison.vides[:3], *livraison.vides[4:])
    return Suite(un, deux, lancer(livraison, un.sortie), ids)


def causes(suite: Suite, resultat: Resultat) -> dict[str, tuple[str, str]]:
    listes = pl.concat([suite.un.listes(), suite.deux.listes(), suite.trois.listes()])
    qui = {(p.nom, p.prenom): nom for nom, p in gens().items()}
    noms = {
        s: qui[nom, prenom]
        for s, nom, prenom in listes.select(
            "id_signalement", "nom_naissance", "prenoms"
        ).iter_rows()
    }
    return {
        noms[ligne["id_signalement"]]: (ligne["mouvement"], ligne["cause"])
        for ligne in resultat.table("mouvements").to_dicts()
    }


def test_the_first_campaign_has_the_headings_alone(suite: Suite) -> None:
    assert suite.un.table("mouvements").is_empty()
    for chemin in suite.un.dossier.glob("listes/psad=*/mouvements.csv"):
        assert chemin.read_text("utf-8-sig").strip() == (
            "id_signalement;campagne;campagne_avant;psad;mouvement;cause;autre_psad;"
            "nom_naissance;nom_usage;prenoms;date_naissance"
        )


def test_each_move_has_its_one_cause(suite: Suite) -> None:
    assert causes(suite, suite.deux) == {
        "inscrit": ("sortie", "inscription"),
        "diplome": ("sortie", "diplome"),
        "reponse": ("sortie", "retour"),
        "mure": ("entree", "age"),
        "vieux": ("sortie", "age"),
        "rompu": ("entree", "inscription"),
        "parti": ("changement", "inscription"),
        "rendu": ("changement", "retour"),
        "agricole": ("entree", "source_absente"),
        "nouveau": ("entree", "hors_champ"),
        "disparu": ("sortie", "hors_champ"),
    }


def test_a_source_that_is_absent_is_the_cause(suite: Suite) -> None:
    assert causes(suite, suite.trois) == {
        "reponse": ("entree", "source_absente"),
        "parti": ("changement", "source_absente"),
        "rendu": ("changement", "source_absente"),
    }


def test_the_moves_explain_the_whole_difference_platform_by_platform(suite: Suite) -> None:
    for avant, apres in ((suite.un, suite.deux), (suite.deux, suite.trois)):
        mouvements = apres.table("mouvements")
        for psad in {*signalements(avant)["psad"], *signalements(apres)["psad"]}:
            before = {*signalements(avant).filter(psad=psad)["id_signalement"]}
            entered = {*mouvements.filter(psad=psad)["id_signalement"]}
            left = {*mouvements.filter(psad_avant=psad)["id_signalement"]}
            assert not (entered & before)
            assert left <= before
            now = {*signalements(apres).filter(psad=psad)["id_signalement"]}
            assert now == before - left | entered
            # And the file beside the list tells the same.
            lu = pl.read_csv(
                apres.dossier / f"listes/psad={psad}/mouvements.csv", separator=";",
                infer_schema=False,
            )  # fmt: skip
            assert {*lu.filter(mouvement="entree")["id_signalement"]} == entered
            assert {*lu.filter(mouvement="sortie")["id_signalement"]} == left
            assert lu["nom_naissance"].null_count() == 0


def test_who_changed_platform_left_the_one_and_entered_the_other(suite: Suite) -> None:
    def lu(psad: str) -> pl.DataFrame:
        chemin = suite.deux.dossier / f"listes/psad={psad}/mouvements.csv"
        mine = pl.read_csv(chemin, separator=";", infer_schema=False)
        return mine.filter(id_signalement=suite.ids["parti"])

    assert lu(AIN).select("mouvement", "autre_psad").rows() == [("sortie", BREST)]
    assert lu(BREST).select("mouvement", "autre_psad").rows() == [("entree", AIN)]


def test_analysts_have_them_without_names(suite: Suite) -> None:
    with duckdb.connect(str(suite.un.sortie / "siei.duckdb"), read_only=True) as base:
        comptes = base.sql("select campagne, count(*) from mouvements group by 1 order by 1")
        assert comptes.fetchall() == [("2027-03", 11), ("2027-06", 3)]
        colonnes = base.sql("select * from mouvements limit 0").columns
    assert colonnes == [
        "campagne", "id_signalement", "id_personne", "campagne_avant", "mouvement", "psad_avant",
        "psad", "cause",
    ]  # fmt: skip


@pytest.mark.slow
def test_the_same_campaign_run_again_gives_the_same_moves(suite: Suite, lancer: Lancer) -> None:
    """They are told from the campaign before, never from an earlier run of the same one."""
    avant = octets(suite.trois.dossier)
    livraison = livre("2027-06", "2027-06-15", gens(), ("disparu",))
    tous = gens()
    livraison.ajoute("scolarite", tous["inscrit"].scolarite(N, MEF_BACPRO, "2027-01-05", ""))
    livraison.ajoute(
        "scolarite", tous["rompu"].scolarite(N, MEF_BACPRO, "2026-09-01", "2027-01-20")
    )
    livraison.ajoute("diplomes", tous["diplome"].diplome(CAP, "2026"))
    livraison.vides = (*livraison.vides[:3], *livraison.vides[4:])
    lancer(livraison, suite.un.sortie)
    apres = octets(suite.trois.dossier)
    moves = [nom for nom in avant if "mouvements" in nom]
    assert len(moves) == 18
    assert all(apres[nom] == avant[nom] for nom in moves)


def test_any_two_campaigns_are_compared_in_counts(
    suite: Suite, capsys: pytest.CaptureFixture[str]
) -> None:
    sortie = suite.un.sortie
    told = compare(sortie, "2026-10", "2027-03")
    assert told.stored
    assert dict(told.by_cause.select("cause", "entree").iter_rows())["source_absente"] == 1
    for before, after in (("2026-10", "2027-03"), ("2026-10", "2027-06"), ("2027-06", "2026-10")):
        found = compare(sortie, before, after)
        of_all = found.by_cause.select(pl.exclude("cause").sum()).row(0, named=True)
        assert found.after == found.before + of_all["entree"] - of_all["sortie"]
        for _, was, entered, left, now in found.by_platform.iter_rows():
            assert now == was + entered - left
        back = compare(sortie, after, before)
        assert back.by_cause["entree"].sum() == of_all["sortie"]
    assert main(["compare", "2026-10", "2027-06", "--sortie", str(sortie)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2026-10 → 2027-06: ")
    assert not any(personne.nom in said for personne in gens().values())
    # Nothing of it is released: there is one run alone.
    assert main(["compare", "2026-10", "2026-10", "--sortie", str(sortie)]) == 1


# What acts on campaigns that stand there make of their moves.

MOI = Actor("dpo", datetime(2027, 7, 1, 9, tzinfo=UTC), ("0123456789" * 4).encode())


@pytest.fixture
def copie(suite: Suite, tmp_path: Path) -> Path:
    return Path(shutil.copytree(suite.un.sortie, tmp_path / "out"))


def dit(sortie: Path, code: str, psad: str) -> str:
    return (sortie / f"campagnes/{code}/listes/psad={psad}/mouvements.csv").read_text("utf-8-sig")


def require_law(sortie: Path) -> None:
    un, deux, trois = (Resultat(sortie, code) for code in ("2026-10", "2027-03", "2027-06"))
    for avant, apres in ((un, deux), (deux, trois)):
        mouvements = apres.table("mouvements")
        for psad in (AIN, BREST):
            before = {*signalements(avant).filter(psad=psad)["id_signalement"]}
            left = {*mouvements.filter(psad_avant=psad)["id_signalement"]}
            entered = {*mouvements.filter(psad=psad)["id_signalement"]}
            assert {*signalements(apres).filter(psad=psad)["id_signalement"]} == (
                before - left | entered
            )
    assert verify_folder(sortie).differences == ()


def test_who_is_excluded_neither_entered_nor_left(suite: Suite, copie: Path) -> None:
    who, inscrit = suite.ids["inscrit"], gens()["inscrit"]
    assert inscrit.nom in dit(copie, "2027-03", AIN)
    exclude(copie, who, "opposition", date(2029, 1, 1), MOI)
    assert inscrit.nom not in dit(copie, "2027-03", AIN)
    assert who not in Resultat(copie, "2027-03").table("mouvements")["id_signalement"].to_list()
    require_law(copie)
    # The others stand as they did.
    before = suite.deux.table("mouvements").filter(pl.col("id_signalement") != who)
    assert Resultat(copie, "2027-03").table("mouvements").equals(before)


def test_a_name_is_put_right_where_its_bearer_left(suite: Suite, copie: Path) -> None:
    """They are on the list before alone: nothing else of the campaign that they left changes."""
    rectifier(copie, suite.ids["diplome"], "nom_naissance", "ZZORRECT", "acte", MOI)
    assert "ZZORRECT" in dit(copie, "2027-03", AIN)
    assert gens()["diplome"].nom not in dit(copie, "2027-03", AIN)
    require_law(copie)


def test_whom_a_birth_date_takes_off_a_list_left_it_by_rectification(
    suite: Suite, copie: Path
) -> None:
    """Twenty-six in 2027 and not in 2026: on the first list still, and on none after."""
    rectifier(copie, suite.ids["reste"], "date_naissance", "2001-01-05", "acte", MOI)
    moved = Resultat(copie, "2027-03").table("mouvements")
    mine = moved.filter(id_signalement=suite.ids["reste"])
    assert mine.select("mouvement", "cause").rows() == [("sortie", "rectification")]
    require_law(copie)


def test_a_purge_leaves_nobody_who_left_the_purged_lists(suite: Suite, copie: Path) -> None:
    gone = suite.ids["disparu"]
    assert gone in dit(copie, "2027-03", AIN)
    purge_campaigns(copie, date(2027, 1, 1), MOI)
    assert Resultat(copie, "2027-03").table("mouvements").is_empty()
    assert len(dit(copie, "2027-03", AIN).splitlines()) == 1
    assert not any(gone.encode() in content for content in octets(copie).values())
    # The next one still compares with what stays.
    assert Resultat(copie, "2027-06").table("mouvements").equals(suite.trois.table("mouvements"))
    assert verify_folder(copie).differences == ()


@pytest.mark.slow
def test_an_earlier_campaign_run_again_is_followed_by_a_refresh(
    copie: Path, lancer: Lancer, tmp_path: Path
) -> None:
    """A file is corrected: somebody who was listed in 2026 was enrolled all along."""
    tous = gens()
    livraison = livre("2027-03", "2027-03-15", tous, ("disparu",))
    livraison.ajoute("scolarite", tous["reste"].scolarite(N, MEF_BACPRO, "2026-09-01", ""))
    lancer(livraison, copie)
    assert "2027-06" in find_stale(copie)
    livraison = livre("2027-06", "2027-06-15", tous, ("disparu",))
    livraison.ajoute("scolarite", tous["inscrit"].scolarite(N, MEF_BACPRO, "2027-01-05", ""))
    lancer(livraison, copie)
    assert "2027-06" not in find_stale(copie)
    moved = Resultat(copie, "2027-06").table("mouvements")
    assert sorted(moved.select("mouvement", "cause").rows()) == [
        ("entree", "inscription"),
        ("sortie", "inscription"),
    ]
    require_law(copie)
