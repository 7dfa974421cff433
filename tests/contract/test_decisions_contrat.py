"""Section 4, line by line, through whole runs: one person per case, both definitions."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.contract.conftest import Lancer
from tests.contract.livraison import (
    BAC_GENERAL,
    BAC_PRO,
    BTS,
    CAP,
    MEF_BACPRO,
    MEF_CAP,
    MEF_COLLEGE,
    MEF_MLDS,
    MEF_TERMINALE,
    Ligne,
    Livraison,
    Personne,
    Ref,
    Resultat,
    age_le,
    personnes,
)  # fmt: skip

JOUR = "2026-10-15"
N = "2026-2027"
BP, DNB, CFG, CAPA = "45033405", "67110003", "67210001", "50321010"
MEF_BTS = "31120113210"

Rangs = list[tuple[str, Ligne, str]]
Issue = tuple[str, str] | None
SORTANT: Issue = ("sortant", "confirme")


class Cas(NamedTuple):
    dit: str
    rangs: Callable[[Personne], Rangs]
    legale: Issue
    operationnelle: Issue | str = "la même"
    delai: Issue | str = "la même"
    """The decision with delai_entree = 1."""


def n1(p: Personne, *autres: tuple[str, Ligne, str], **reste: str) -> Rangs:
    """A whole year N-1 in seconde, and what else is given."""
    return [("scolarite", p.scolarite(**reste), ""), *autres]


def en_n(p: Personne, entree: str = "2026-09-01", sortie: str = "", mef: str = MEF_TERMINALE):  # type: ignore[no-untyped-def]
    return "scolarite", p.scolarite(N, mef, entree, sortie), ""


def a_eu(p: Personne, code: str, resultat: str = "ADMIS", session: str = "2026"):  # type: ignore[no-untyped-def]
    return "diplomes", p.diplome(code, session, resultat), ""


def sifa_n1(p: Personne, **reste: str) -> Rangs:
    reste.setdefault("entree", "2025-09-01")
    return [("apprentissage", p.apprentissage(**reste), "2025-2026")]


def sifa(p: Personne, **reste: str) -> tuple[str, Ligne, str]:
    return "apprentissage", p.apprentissage(**reste), N


def ne(p: Personne, jour: str, *autres: str) -> Rangs:
    return n1(p.mais(ne=jour))


MOINS_16, PLUS_25 = ("hors_champ", "age_moins_16"), ("hors_champ", "age_plus_25")
EN_FORMATION = ("en_formation", "scolarite")
BAC, NIVEAU_3, NIVEAU_4 = [("diplome", m) for m in ("baccalaureat", "niveau_3", "niveau_4")]

CAS = [
    # Age.
    Cas("16 ans demain", lambda p: ne(p, age_le(JOUR, 16, 1)), MOINS_16),
    Cas("16 ans ce jour", lambda p: ne(p, age_le(JOUR, 16)), SORTANT),
    Cas("26 ans demain", lambda p: ne(p, age_le(JOUR, 26, 1)), SORTANT),
    Cas("26 ans ce jour", lambda p: ne(p, age_le(JOUR, 26)), PLUS_25),
    Cas("15 ans et inscrit", lambda p: n1(p := p.mais(ne="2011-01-05"), en_n(p)), MOINS_16),
    Cas("26 ans et bachelier", lambda p: n1(p := p.mais(ne="1999-01-05"), a_eu(p, BAC_GENERAL)),
        PLUS_25),
    Cas("jour inconnu : 31/10/2010", lambda p: ne(p, "2010-10-00"), MOINS_16),
    Cas("mois inconnu : 31/12/2010", lambda p: ne(p, "2010-00-00"), MOINS_16),
    Cas("mois inconnu : 31/12/2000", lambda p: ne(p, "2000-00-00"), SORTANT),
    Cas("jour impossible : 02/2008", lambda p: ne(p, "2008-02-31"), SORTANT),
    # Scope: fifteen days of year N-1 in a cycle that leads somewhere.
    Cas("quinze jours", lambda p: n1(p, sortie="2025-09-15"), SORTANT),
    Cas("quatorze jours", lambda p: n1(p, sortie="2025-09-14"), None),
    Cas("sans sortie, 17 août", lambda p: n1(p, entree="2026-08-17", sortie=""), SORTANT),
    Cas("sans sortie, 18 août", lambda p: n1(p, entree="2026-08-18", sortie=""), None),
    Cas("deux fois huit jours séparés", lambda p: n1(
        p, ("scolarite", p.scolarite(entree="2025-11-01", sortie="2025-11-08"), ""),
        sortie="2025-09-08"), None),
    Cas("SIFA, 17 août", lambda p: sifa_n1(p, entree="2026-08-17"), SORTANT),
    Cas("SIFA, 18 août", lambda p: sifa_n1(p, entree="2026-08-18"), None),
    Cas("SIFA rompu tôt court jusqu'au 31 août",
        lambda p: sifa_n1(p, rupture="2025-09-05"), SORTANT),
    Cas("collège", lambda p: n1(p, mef=MEF_COLLEGE), SORTANT),
    Cas("CAP", lambda p: n1(p, mef=MEF_CAP), SORTANT),
    Cas("bac pro", lambda p: n1(p, mef=MEF_BACPRO), SORTANT),
    Cas("CAPA", lambda p: [("agricole", p.agricole("2025-2026", entree="2025-09-01"), "")],
        SORTANT),
    Cas("MLDS en N-1", lambda p: n1(p, mef=MEF_MLDS), None),
    Cas("BTS en N-1", lambda p: n1(p, mef=MEF_BTS), None),
    Cas("BTS apprenti en N-1", lambda p: sifa_n1(p, diplome=BTS), None),
    Cas("seulement en N", lambda p: [en_n(p)], None),
    # Enrolled on the day.
    Cas("inscrit", lambda p: n1(p, en_n(p)), EN_FORMATION),
    Cas("MLDS en N", lambda p: n1(p, en_n(p, mef=MEF_MLDS)), EN_FORMATION),
    Cas("BTS en N", lambda p: n1(p, en_n(p, mef=MEF_BTS)), EN_FORMATION),
    Cas("sorti la veille", lambda p: n1(p, en_n(p, sortie="2026-10-14")), SORTANT),
    Cas("sort ce jour", lambda p: n1(p, en_n(p, sortie="2026-10-15")), EN_FORMATION),
    Cas("entre ce jour", lambda p: n1(p, en_n(p, "2026-10-15")), EN_FORMATION),
    Cas("entre demain", lambda p: n1(p, en_n(p, "2026-10-16")), SORTANT, delai=EN_FORMATION),
    Cas("entre après-demain", lambda p: n1(p, en_n(p, "2026-10-17")), SORTANT),
    Cas("agricole", lambda p: n1(p, ("agricole", p.agricole(), "")), ("en_formation", "agricole")),
    Cas("apprenti", lambda p: n1(p, sifa(p)), ("en_formation", "apprentissage")),
    Cas("agricole avant apprenti", lambda p: n1(p, sifa(p), ("agricole", p.agricole(), "")),
        ("en_formation", "agricole")),
    Cas("scolarite avant agricole", lambda p: n1(p, ("agricole", p.agricole(), ""), en_n(p)),
        EN_FORMATION),
    Cas("inscrit et diplômé", lambda p: n1(p, en_n(p), a_eu(p, CAP)), EN_FORMATION),
    Cas("rompu il y a six mois", lambda p: n1(
        p, sifa(p, entree="2025-09-01", rupture="2026-04-15")), ("en_formation", "apprentissage")),
    Cas("rompu il y a six mois et un jour", lambda p: n1(
        p, sifa(p, entree="2025-09-01", rupture="2026-04-14")), SORTANT),
    Cas("inscrit de N-1 qui déborde sur N", lambda p: n1(p, sortie="2026-10-31"), SORTANT),
    # Diplomas.
    Cas("CAP obtenu en seconde", lambda p: n1(p, a_eu(p, CAP)), NIVEAU_3, SORTANT),
    Cas("CAP obtenu jadis", lambda p: n1(p, a_eu(p, CAP, session="2023")), NIVEAU_3, SORTANT),
    Cas("CAP obtenu en CAP", lambda p: n1(p, a_eu(p, CAP), mef=MEF_CAP), NIVEAU_3),
    Cas("CAP obtenu en bac pro", lambda p: n1(p, a_eu(p, CAP), mef=MEF_BACPRO), NIVEAU_3, SORTANT),
    Cas("CAP obtenu au collège", lambda p: n1(p, a_eu(p, CAP), mef=MEF_COLLEGE), NIVEAU_3),
    Cas("CAPA obtenu", lambda p: n1(
        p, ("diplomes_agricoles", p.diplome(CAPA), ""), mef=MEF_CAP), NIVEAU_3),
    Cas("BP obtenu en bac pro", lambda p: n1(p, a_eu(p, BP), mef=MEF_BACPRO), NIVEAU_4),
    Cas("CAP et BP", lambda p: n1(p, a_eu(p, CAP), a_eu(p, BP)), NIVEAU_4),
    Cas("bac pro obtenu", lambda p: n1(p, a_eu(p, BAC_PRO)), BAC),
    Cas("bac général en CAP", lambda p: n1(p, a_eu(p, BAC_GENERAL), mef=MEF_CAP), BAC),
    Cas("BTS obtenu", lambda p: n1(p, a_eu(p, BTS)), BAC),
    Cas("ajourné", lambda p: n1(p, a_eu(p, BAC_GENERAL, "AJOURNE")), SORTANT),
    Cas("absent", lambda p: n1(p, a_eu(p, CAP, "ABSENT")), SORTANT),
    Cas("DNB", lambda p: n1(p, a_eu(p, DNB), mef=MEF_COLLEGE), SORTANT),
    Cas("CFG", lambda p: n1(p, a_eu(p, CFG), mef=MEF_COLLEGE), SORTANT),
    *(
        Cas(f"DIP_OBT {code}", lambda p, code=code: sifa_n1(p, dip_obt=code), issue)  # type: ignore[misc]
        for codes, issue in (
            (("", "01", "02", "03", "99"), SORTANT),
            (("04", "05", "06"), NIVEAU_3),
            (("09", "10"), NIVEAU_4),
            (("07", "08", "11", "12", "13", "14", "15"), BAC),
        )
        for code in codes
    ),
    # A mission locale removes nobody.
    Cas("suivi", lambda p: n1(p, ("missions_locales", p.mission_locale(), "")), SORTANT),
]  # fmt: skip

VARIANTES = ("legale", "operationnelle", "delai")


@pytest.fixture(scope="module")
def resultats(lancer: Lancer) -> dict[str, tuple[Resultat, dict[str, Ref]]]:
    rendus = {}
    for variante in VARIANTES:
        definition = "operationnelle" if variante == "operationnelle" else "legale"
        livraison, refs = Livraison(definition=definition), {}
        for cas, personne in zip(CAS, personnes(), strict=False):
            for extrait, ligne, annee in cas.rangs(personne):
                ref = livraison.ajoute(extrait, ligne, annee=annee)
                refs.setdefault(cas.dit, ref)
        resultat = lancer(livraison, delai_entree=1 if variante == "delai" else 0)
        rendus[variante] = (resultat, refs)
    return rendus


@pytest.mark.parametrize("variante", VARIANTES)
@pytest.mark.parametrize("cas", CAS, ids=[c.dit for c in CAS])
def test_decision(cas: Cas, variante: str, resultats) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = resultats[variante]
    attendu = getattr(cas, variante)
    attendu = cas.legale if attendu == "la même" else attendu
    assert resultat.decision(refs[cas.dit]) == attendu


def test_nobody_is_taken_for_another(resultats) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = resultats["legale"]
    assert len({resultat.personne(ref) for ref in refs.values()}) == len(CAS)


def test_facts_beside_the_decision(resultats) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = resultats["legale"]
    decision = resultat.ligne_decision(refs["16 ans ce jour"])
    assert (decision["age"], decision["dernier_uai"]) == (16, "0010016M")
    assert str(decision["date_derniere_sortie"]) == "2026-06-30"
    assert decision["psad"] == "PSAD-001-02"
    assert decision["suivi_mission_locale"] is False
    assert resultat.ligne_decision(refs["suivi"])["suivi_mission_locale"] is True
    # Partial birth dates take the youngest age.
    assert resultat.ligne_decision(refs["mois inconnu : 31/12/2000"])["age"] == 25
    assert resultat.ligne_decision(refs["jour impossible : 02/2008"])["age"] == 18


def test_public_and_situation(resultats) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = resultats["legale"]
    jeune = resultat.sur_liste(refs["16 ans ce jour"])
    vieux = resultat.sur_liste(refs["26 ans demain"])
    assert jeune
    assert vieux
    assert (jeune["public"], jeune["situation"]) == ("obligation_formation", "confirme")
    assert (vieux["public"], vieux["situation"]) == ("droit_retour", "confirme")


def test_every_sortant_in_exactly_one_list(resultats) -> None:  # type: ignore[no-untyped-def]
    for resultat, _ in resultats.values():
        sortants = resultat.table("decisions").filter(statut="sortant").height
        listes = resultat.listes()
        assert listes.height == sortants > 0
        assert listes["id_signalement"].n_unique() == sortants
