"""Three campaigns of the same people: answers, stable identifiers, history, re-runs."""

from typing import NamedTuple

import polars as pl
import pytest

from tests.contract.conftest import Lancer
from tests.contract.livraison import Livraison, Personne, Ref, Resultat, octets, personnes

REPONSES = {
    "en_formation": ("retour", "en_formation"),
    "en_emploi": ("retour", "en_emploi"),
    "diplome": ("retour", "diplome"),
    "doublon": ("retour", "doublon"),
    "service_civique": ("retour", "service_civique"),
    "decede": ("retour", "decede"),
    "rendez_vous": ("sortant", "confirme"),
    "contacte_sans_reponse": ("sortant", "confirme"),
    "coordonnees_incorrectes": ("sortant", "confirme"),
    "ne_souhaite_plus": ("sortant", "confirme"),
    "annule": ("sortant", "confirme"),
    "suivi": ("sortant", "confirme"),
    "injoignable": ("sortant", "confirme"),
    "refus": ("sortant", "confirme"),
    "demenage": ("sortant", "confirme"),
    "autre": ("sortant", "confirme"),
    # None of the contract's words: the row is kept and says nothing.
    "parti en Espagne": ("sortant", "confirme"),
}
SUITES = {
    "corrigee": (
        [("2026-11-20", "en_formation"), ("2026-12-01", "refus")],
        ("sortant", "confirme"),
    ),
    "du_meme_jour": ([("2026-11-20", "refus"), ("2026-11-20", "diplome")], ("retour", "diplome")),
    "reprise": (
        [("2026-11-20", "en_formation"), ("2026-12-01", "annule")],
        ("sortant", "confirme"),
    ),
    "d_avant": (
        [("2026-11-10", "en_emploi"), ("2026-11-20", "refus"), ("2026-12-01", "annule")],
        ("retour", "en_emploi"),
    ),
}
"""Several answers on one person, and what they give."""
DATES = {
    "iso": ("2026-11-20", "2026-11-20"),
    "rentree": ("2026-09-01", "2026-09-01"),
    "francaise": ("20/11/2026", "2026-11-20"),
    "avant": ("2026-08-31", "2026-08-31"),
    "avant_francaise": ("31/08/2026", "2026-08-31"),
}


class Suite(NamedTuple):
    un: Resultat
    deux: Resultat
    trois: Resultat
    refs: dict[str, Ref]
    gens: dict[str, Personne]


def campagne(code: str, jour: str, gens: dict[str, Personne]) -> tuple[Livraison, dict[str, Ref]]:
    livraison = Livraison(code, jour)
    refs = {nom: livraison.ajoute("scolarite", p.scolarite()) for nom, p in gens.items()}
    return livraison, refs


@pytest.fixture(scope="module")
def suite(lancer: Lancer) -> Suite:
    cas = [
        *REPONSES,
        *DATES,
        *SUITES,
        "chez_soi",
        "nulle_part",
        "inconnu",
        "sans_reponse",
        "revient",
    ]
    gens = dict(zip(cas, personnes(), strict=False))
    livraison, refs = campagne("2026-10", "2026-10-15", gens)
    un = lancer(livraison)
    ids = {nom: str(un.sur_liste(ref)["id_signalement"]) for nom, ref in refs.items()}  # type: ignore[index]

    livraison, refs_2 = campagne("2027-03", "2027-03-15", gens)
    assert refs_2 == refs
    for nom in cas:
        if nom in REPONSES or nom in DATES:
            jour = DATES.get(nom, ("2026-11-20",))[0]
            retour = nom if nom in REPONSES else "en_emploi"
            livraison.ajoute("retours", {
                "id_signalement": ids[nom], "date_retour": jour, "retour": retour,
                "commentaire": "CONFIDENTIELXYZ",
            })  # fmt: skip
    chez_soi = un.sur_liste(refs["chez_soi"])["psad"]  # type: ignore[index]
    for nom, vers in (("chez_soi", str(chez_soi)), ("nulle_part", "PSAD-999-99")):
        livraison.ajoute("retours", {
            "id_signalement": ids[nom], "date_retour": "2026-11-20", "retour": "demenage",
            "psad_destination": vers,
        })  # fmt: skip
    for nom, (reponses, _) in SUITES.items():
        for jour, retour in reponses:
            livraison.ajoute("retours", {
                "id_signalement": ids[nom], "date_retour": jour, "retour": retour,
            })  # fmt: skip
    livraison.ajoute("retours", {
        "id_signalement": "s" + "0" * 31, "date_retour": "2026-11-20", "retour": "en_emploi",
    })  # fmt: skip
    revient = gens["revient"]
    livraison.ajoute("scolarite", revient.scolarite("2026-2027", entree="2027-01-05", sortie=""))
    deux = lancer(livraison, un.sortie)

    livraison, _refs_3 = campagne("2027-06", "2027-06-15", gens)
    livraison.ajoute("scolarite", revient.scolarite(
        "2026-2027", entree="2027-01-05", sortie="2027-02-28"))  # fmt: skip
    trois = lancer(livraison, un.sortie)
    return Suite(un, deux, trois, refs, gens)


@pytest.mark.parametrize("retour", REPONSES)
def test_each_answer(suite: Suite, retour: str) -> None:
    assert suite.deux.decision(suite.refs[retour]) == REPONSES[retour]


@pytest.mark.parametrize("cas", SUITES)
def test_the_last_answer_that_stands_decides(suite: Suite, cas: str) -> None:
    assert suite.deux.decision(suite.refs[cas]) == SUITES[cas][1]


def test_a_transfer_to_nowhere_is_emptied_with_a_warning(suite: Suite) -> None:
    for cas in ("chez_soi", "nulle_part"):
        ref = suite.refs[cas]
        assert suite.deux.decision(ref) == ("sortant", "confirme")
        listed = [r.sur_liste(ref)["psad"] for r in (suite.un, suite.deux)]  # type: ignore[index]
        assert listed[0] == listed[1]
    warned = suite.deux.table("rejets").filter(extrait="retours", colonne="psad_destination")
    assert sorted(warned.select("gravite", "regle").rows()) == [
        ("avertissement", "psad_destination_autre"),
        ("avertissement", "psad_destination_connue"),
    ]


@pytest.mark.parametrize("cas", DATES)
def test_answers_count_since_the_start_of_year_n(suite: Suite, cas: str) -> None:
    depuis = DATES[cas][1] >= "2026-09-01"
    attendu = ("retour", "en_emploi") if depuis else ("sortant", "confirme")
    assert suite.deux.decision(suite.refs[cas]) == attendu


def test_an_unknown_id_changes_nobody(suite: Suite) -> None:
    assert suite.deux.decision(suite.refs["inconnu"]) == ("sortant", "confirme")


def test_comments_are_never_republished(suite: Suite) -> None:
    for nom, contenu in octets(suite.un.sortie).items():
        assert b"CONFIDENTIELXYZ" not in contenu, nom


def test_history_of_signalements(suite: Suite) -> None:
    def histoire(resultat: Resultat, cas: str) -> tuple[object, object] | None:
        ligne = resultat.sur_liste(suite.refs[cas])
        return ligne and (ligne["premier_signalement"], ligne["nombre_signalements"])

    assert histoire(suite.un, "sans_reponse") == ("2026-10", 1)
    assert histoire(suite.deux, "sans_reponse") == ("2026-10", 2)
    assert histoire(suite.trois, "sans_reponse") == ("2026-10", 3)
    assert histoire(suite.deux, "revient") is None
    assert histoire(suite.trois, "revient") == ("2026-10", 2)


def test_identifiers_are_stable(suite: Suite) -> None:
    for ref in suite.refs.values():
        assert len({r.personne(ref) for r in (suite.un, suite.deux, suite.trois)}) == 1
    signalements = suite.un.requete(
        "select id_personne, count(distinct campagne), count(distinct psad) from signalements"
        " group by all"
    )
    assert len(signalements) == len(suite.refs)


def test_identifiers_reveal_nothing(suite: Suite) -> None:
    identites = suite.un.table("identites")
    for personne in suite.gens.values():
        assert not identites["id_personne"].str.contains(personne.ine).any()
    assert identites["id_personne"].str.len_chars().unique().len() == 1


def test_databases_hold_all_campaigns(suite: Suite) -> None:
    codes = [(c,) for c in ("2026-10", "2027-03", "2027-06")]
    for table in ("campagnes", "identites", "decisions", "signalements"):
        trouve = suite.un.requete(f"select distinct campagne from {table} order by 1")  # noqa: S608
        assert trouve == codes
    assert (
        suite.un.requete("select distinct campagne from listes order by 1", base="listes") == codes
    )


def test_rerun_of_a_middle_campaign_changes_no_byte(suite: Suite, lancer: Lancer) -> None:
    avant = octets(suite.un.sortie)
    livraison, _ = campagne("2026-10", "2026-10-15", suite.gens)
    lancer(livraison, suite.un.sortie)
    apres = octets(suite.un.sortie)
    assert apres.keys() == avant.keys()
    donnees = [n for n in avant if n.endswith((".parquet", ".csv"))]
    assert len(donnees) > 3 * 2 * 16
    for nom in donnees:
        assert apres[nom] == avant[nom], nom


@pytest.mark.slow
def test_rerun_replaces_whole(suite: Suite, lancer: Lancer) -> None:
    """Another key to the story: the same code with other people leaves nothing of the former."""
    livraison, refs = campagne("2027-06", "2027-06-15", {"seul": suite.gens["sans_reponse"]})
    resultat = lancer(livraison, suite.un.sortie)
    assert resultat.listes().height == 1
    assert resultat.sur_liste(refs["seul"])["nombre_signalements"] == 3  # type: ignore[index]
    fichiers = resultat.table("identites").filter(pl.col("extrait") == "scolarite")
    assert fichiers.height == 1
    assert resultat.requete("select count(*) from signalements where campagne = '2027-06'") == [
        (1,)
    ]
