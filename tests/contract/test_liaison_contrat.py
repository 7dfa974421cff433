"""Section 5 on handfuls of rows: who is one person, who is not, and where doubt goes."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from tests.contract.conftest import Lancer
from tests.contract.livraison import Ligne, Livraison, Personne, Ref, Resultat, personnes

Rang = tuple[str, Ligne]
SANS_TRACE = {"ine": "", "tel": "", "mel": "", "rue": "", "cp": "", "commune": ""}
NOMME = {**SANS_TRACE, "lieu": "", "sexe": ""}


class Cas(NamedTuple):
    dit: str
    rangs: Callable[[Personne], list[Rang]]
    groupes: str
    """One letter per row: the same letter, the same person."""


def s(p: Personne, **reste: str) -> Rang:
    return "scolarite", p.scolarite(**reste)


def n(p: Personne, **reste: str) -> Rang:
    return "scolarite", p.scolarite("2026-2027", entree="2026-09-01", sortie="", **reste)


def a(p: Personne, **reste: str) -> Rang:
    return "apprentissage", p.apprentissage(**reste)


def g(p: Personne) -> Rang:
    return "agricole", p.agricole()


def m(p: Personne) -> Rang:
    return "missions_locales", p.mission_locale()


def d(p: Personne) -> Rang:
    return "diplomes", p.diplome()


def ailleurs(p: Personne, **reste: str) -> Personne:
    """The same name and day of birth, all else another's."""
    return p.mais(lieu="13055", rue="7 quai Nord", cp="13001", commune="13055", tel="0755443322",
                  mel="autre@exemple.fr").mais(**reste)  # fmt: skip


CAS = [
    Cas("SIFA sans INE", lambda p: [s(p), a(p.mais(ine=""))], "AA"),
    Cas("mission locale", lambda p: [s(p), m(p)], "AA"),
    Cas("les cinq sources", lambda p: [s(p), a(p.mais(ine="")), m(p), d(p), g(p)], "AAAAA"),
    Cas("usage en SIFA", lambda p: [
        s(p.mais(usage="MORVANNEC")), a(p.mais(ine="", nom="MORVANNEC"))], "AA"),
    Cas("usage en agricole", lambda p: [
        s(p.mais(usage="LANDREIN")), g(p.mais(ine="", usage="LANDREIN"))], "AA"),
    Cas("nom et prénom inversés", lambda p: [
        s(p), a(p.mais(ine="", nom=p.prenom, prenom=p.nom))], "AA"),
    Cas("accents et ligature", lambda p: [
        s(p.mais(nom="CŒURDEVEY", prenom="Éléonore")),
        a(p.mais(nom="COEURDEVEY", prenom="ELEONORE", **SANS_TRACE))], "AA"),
    Cas("traits d'union", lambda p: [
        s(p.mais(nom="BRAS-ROUGIER", prenom="Anne-Sixtine")),
        a(p.mais(nom="BRAS ROUGIER", prenom="ANNE SIXTINE", **SANS_TRACE))], "AA"),
    Cas("particule", lambda p: [
        s(p.mais(nom="DE LA ROCHE-AYMON")), a(p.mais(ine="", nom="LAROCHE AYMON"))], "AA"),
    Cas("jour et mois échangés", lambda p: [
        s(p.mais(ne="2008-03-07")), a(p.mais(ne="2008-07-03", ine=""))], "AA"),
    Cas("date partielle", lambda p: [
        s(p.mais(ne="2008-03-17")), a(p.mais(ne="2008-03-00", ine=""))], "AA"),
    Cas("faute de frappe", lambda p: [
        s(p.mais(nom="GUILLERMICHE")), a(p.mais(nom="GUILERMICHE", ine=""))], "AA"),
    Cas("ordre des prénoms", lambda p: [
        s(p, PRENOM2="Soizic"), a(p.mais(ine="", prenom="SOIZIC"), PRENOM2=p.prenom.upper())], "AA"),
    Cas("commune de naissance fusionnée", lambda p: [
        s(p.mais(lieu="01018")), a(p.mais(lieu="01033", ine=""))], "AA"),
    Cas("deux INE", lambda p: [s(p), n(p.mais(ine=p.ine[::-1][2:] + "AB"))], "AA"),
    Cas("INE repris par un autre", lambda p: [
        s(p), n(ailleurs(p, nom="VANDERBECQUE", prenom="Kylian", ne="2007-11-02"))], "AB"),
    Cas("INE repris par une sœur", lambda p: [
        s(p), n(p.mais(prenom="Gwenaëlle", ne="2006-01-30"))], "AB"),
    Cas("jumeaux de même sexe", lambda p: [
        s(p.mais(prenom="Aubin")), s(p.mais(prenom="Corentin", ine=p.ine[:-2] + "KK"))], "AB"),
    Cas("jumeau sans INE", lambda p: [
        s(p.mais(prenom="Solène")), a(p.mais(prenom="GWENDAL", ine=""))], "AB"),
    Cas("jumelles aux prénoms voisins", lambda p: [
        s(p.mais(prenom="Emma")), s(p.mais(prenom="Emmy", ine=p.ine[:-2] + "KK")),
        a(p.mais(prenom="EMMY", ine=""))], "ABB"),
    Cas("homonymes du jour", lambda p: [
        s(p.mais(nom="MARTIN", prenom="Léa")),
        s(ailleurs(p, nom="MARTIN", prenom="Léa", ine=p.ine[:-2] + "KK"))], "AB"),
    Cas("homonyme du jour sans INE", lambda p: [
        s(p.mais(nom="BERNARD", prenom="Hugo")),
        a(ailleurs(p, nom="BERNARD", prenom="HUGO", ine=""))], "AB"),
    Cas("homonymes, et la mission locale de l'un", lambda p: [
        s(p.mais(nom="PETIT", prenom="Manon")),
        s(ailleurs(p, nom="PETIT", prenom="Manon", ine=p.ine[:-2] + "KK")),
        m(ailleurs(p, nom="PETIT", prenom="Manon"))], "ABB"),
]  # fmt: skip


@pytest.fixture(scope="module")
def rendu(lancer: Lancer) -> tuple[Resultat, dict[str, list[Ref]]]:
    livraison, refs = Livraison(), {}
    for cas, personne in zip(CAS, personnes(400), strict=False):
        refs[cas.dit] = [livraison.ajoute(*rang) for rang in cas.rangs(personne)]
    return lancer(livraison), refs


@pytest.mark.parametrize("cas", CAS, ids=[c.dit for c in CAS])
def test_people(rendu, cas: Cas) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = rendu
    gens = [resultat.personne(ref) for ref in refs[cas.dit]]
    lettres = {}
    assert "".join(lettres.setdefault(p, "ABCDE"[len(lettres)]) for p in gens) == cas.groupes


def test_cases_do_not_mix(rendu) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = rendu
    gens = [{resultat.personne(ref) for ref in cas} for cas in refs.values()]
    assert sum(map(len, gens)) == len(set().union(*gens))


def test_every_valid_row_stands_once_with_its_method(rendu) -> None:  # type: ignore[no-untyped-def]
    resultat, refs = rendu
    identites = resultat.table("identites")
    assert identites.columns == ["id_personne", "extrait", "fichier", "ligne", "methode"]
    ecrites = {ref for cas in refs.values() for ref in cas}
    assert {r[1:4] for r in identites.rows()} == ecrites
    assert identites.height == len(ecrites)
    methodes = set(identites["methode"])
    assert methodes == {"ine", "traits", "vraisemblance", "seul"}
    seuls = identites.filter(methode="seul")["id_personne"]
    assert identites.filter(identites["id_personne"].is_in(seuls.implode())).height == len(seuls)


def test_liens_say_why(rendu) -> None:  # type: ignore[no-untyped-def]
    liens = rendu[0].table("liens")
    assert {"fichier_a", "ligne_a", "fichier_b", "ligne_b", "probabilite", "poids", "issue"} <= set(
        liens.columns
    )
    assert set(liens["issue"]) <= {"lie", "a_verifier", "ecarte"}
    assert liens["probabilite"].is_between(0, 1).all()
    parts = liens.select(c for c in liens.columns if c.startswith("poids_"))
    assert ((parts.sum_horizontal() - liens["poids"]).abs() < 0.01).all()


def test_two_equal_candidates_are_a_doubt(lancer: Lancer) -> None:
    """A nameless-but-for-name apprentice fits two homonyms of one day exactly as well."""
    livraison, p = Livraison(), Personne("MARTIN", "Léa", "2008-03-24", "123456789AB", lieu="29232")
    ici = livraison.ajoute(*s(p))
    la = livraison.ajoute(*s(ailleurs(p, ine="987654321CD")))
    livraison.ajoute(*a(p.mais(**NOMME)))
    resultat = lancer(livraison)
    assert [resultat.decision(ref) for ref in (ici, la)] == [("sortant", "a_verifier")] * 2
