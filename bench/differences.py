"""What two rows of one person say differently, in words: for `causes.py`.

A row is a dict of `tables/traits`. An absent value differs from nothing.
"""

from collections.abc import Iterator
from itertools import product
from typing import Any

from rapidfuzz.distance import OSA

Ligne = dict[str, Any]
DATE = ("naissance_annee", "naissance_mois", "naissance_jour")
CONTACTS = ("telephones", "courriels")
MAX_TYPOS = 2


def differences(a: Ligne, b: Ligne) -> tuple[str, ...]:
    """Name what differs between two rows of one person."""
    named = (differ_nom(a, b), differ_prenom(a, b), differ_date(a, b), *differ_plain(a, b))
    return tuple(name for name in named if name)


def supports(a: Ligne, b: Ligne) -> str:
    """Name what agrees beside names and date: nothing of it means that they alone decide."""
    found = []
    if a["naissance_lieu"] is not None and a["naissance_lieu"] == b["naissance_lieu"]:
        found.append("lieu")
    street = a["adresse"] is not None and all(a[c] == b[c] for c in ("adresse", "commune"))
    if street or any(set(a[c] or ()) & set(b[c] or ()) for c in CONTACTS):
        found.append("contact")
    elif a["commune"] is not None and a["commune"] == b["commune"]:
        found.append("commune")
    return " + ".join(found) or "rien"


def differ_nom(a: Ligne, b: Ligne) -> str:
    noms = [[joint(x[c]) for c in ("nom_naissance", "nom_usage") if x[c]] for x in (a, b)]
    if noms[0][:1] == noms[1][:1]:
        return ""
    if set(noms[0]) & set(noms[1]):
        return "nom d'usage"
    if inverted(a, b):
        return "nom et prénom inversés"
    words = [[x[c] for c in ("nom_naissance", "nom_usage") if x[c]] for x in (a, b)]
    return f"nom {compare_words(*words)}"


def differ_prenom(a: Ligne, b: Ligne) -> str:
    if joint(a["prenom1"]) == joint(b["prenom1"]) or inverted(a, b):
        return ""
    if any(
        x["prenom1"] is not None and x["prenom1"] in (y["prenom2"], y["prenom3"])
        for x, y in ((a, b), (b, a))
    ):
        return "un autre prénom"
    return f"prénom {compare_words([a['prenom1'] or ''], [b['prenom1'] or ''])}"


def differ_date(a: Ligne, b: Ligne) -> str:
    un, deux = ([x[p] for p in DATE] for x in (a, b))
    if un == deux:
        return ""
    if None in un + deux or [1, 1] in (un[1:], deux[1:]):
        return "date partielle"
    if un[0] == deux[0] and un[1:] == deux[:0:-1]:
        return "jour et mois inversés"
    digits = [f"{year}{month:02}{day:02}" for year, month, day in (un, deux)]
    wrong = sum(x != y for x, y in zip(*digits, strict=True))
    return "un chiffre de la date" if wrong == 1 else "date autre"


def differ_plain(a: Ligne, b: Ligne) -> Iterator[str]:
    for trait, nom in (("naissance_lieu", "lieu"), ("sexe", "sexe"), ("ine", "INE")):
        if a[trait] is not None and b[trait] is not None and a[trait] != b[trait]:
            yield f"{nom} autre"


def inverted(a: Ligne, b: Ligne) -> bool:
    """True where the first name of one is the surname of the other."""
    return any(
        joint(x["prenom1"]) in (joint(y["nom_naissance"]), joint(y["nom_usage"]))
        for x, y in ((a, b), (b, a))
    )


def compare_words(a: list[str], b: list[str]) -> str:
    """Name the least difference between two lists of names."""
    pairs = [(set(x.split()), set(y.split())) for x, y in product(a, b)]
    if any(x <= y or y <= x for x, y in pairs):
        return "tronqué"
    near = any(OSA.distance(joint(x), joint(y)) <= MAX_TYPOS for x, y in product(a, b))
    return "fautif" if near else "autre"


def joint(mot: str | None) -> str:
    return (mot or "").replace(" ", "")
