"""The simulated lives: when each was born, which class each year, which diplomas, what broke off."""

from dataclasses import dataclass

import numpy as np

from siei_match.simulate.cycles import CODES, ETATS, RANG, passage_matrix
from siei_match.simulate.dice import Bools, Floats, Ints, cast_dice, draw_events, draw_weighted
from siei_match.simulate.rates import Taux

RENTREE_N = 2026
"""The year N that both campaigns look at starts in September of this year."""

# Relative weights of birth years: the ages that the SIEI looks at, thinner at both ends.
POIDS_NAISSANCE = {
    1998: 0.06, 1999: 0.08, 2000: 0.10, 2001: 0.13, 2002: 0.18, 2003: 0.25, 2004: 0.32,
    2005: 0.45, 2006: 0.65, 2007: 0.95, 2008: 1.15, 2009: 1.2, 2010: 0.85, 2011: 0.4,
    2012: 0.25, 2013: 0.2, 2014: 0.15, 2015: 0.1,
}  # fmt: skip
TAILLES_FOYER = np.array([0.45, 0.37, 0.13, 0.05])
"""Shares of the families by number of children of these ages (1 to 4)."""


@dataclass(frozen=True)
class Naissances:
    foyer: Ints
    jour: Ints  # days since 1970
    annee: Ints
    garcon: Bools
    jumeau: Bools  # twin of the person just before


@dataclass(frozen=True)
class Vies:
    """Classes per year (`etats[année]`), events within the years N-1 and N, diplomas."""

    etats: dict[int, Ints]
    abandon: dict[int, Bools]
    vers_cfa: dict[int, Bools]
    titre_personne: Ints
    titre_session: Ints
    titre_etat: Ints
    titre_admis: Bools


def draw_naissances(graine: int, personnes: int, taux: Taux) -> Naissances:
    """Draw families, one after the other, until there are at least `personnes` children."""
    des = cast_dice(graine, "naissances")
    moyenne = float((TAILLES_FOYER * np.arange(1, 5)).sum())
    tailles = 1 + draw_weighted(des, TAILLES_FOYER, int(personnes / moyenne) + 10)
    foyer = np.repeat(np.arange(len(tailles)), tailles)
    n = len(foyer)
    premier = np.r_[True, foyer[1:] != foyer[:-1]]
    annees = np.array(list(POIDS_NAISSANCE))
    tiree = annees[draw_weighted(des, np.array(list(POIDS_NAISSANCE.values())), n)]
    jour = _first_january(tiree) + des.integers(0, 365, n)
    # A twin pair is one later child in `p`: 2 p × later children = rate × children.
    p = taux.naissances_multiples / 2 / max(1e-9, float((~premier).mean()))
    jumeau = ~premier & draw_events(des, p, n)
    ecart = np.where(jumeau, 0, 330 + des.exponential(700, n).astype(np.int64))
    jour = _spread(np.where(premier, jour, 0) + np.where(premier, 0, ecart), premier)
    jour = np.minimum(jour, _first_january(np.array([2016]))[0] - 1)
    # Children capped on the last day would be false twins: give each its own day back in time.
    plafond = (jour == _first_january(np.array([2016]))[0] - 1) & ~jumeau
    jour = np.where(plafond, jour - des.integers(0, 3000, n), jour)
    garcon = draw_events(des, 0.512, n)
    memes = jumeau & draw_events(des, 0.65, n)
    garcon[memes] = garcon[np.flatnonzero(memes) - 1]
    suit = np.flatnonzero(jumeau)
    for _ in range(3):  # triplets copy from the one before
        jour[suit] = jour[suit - 1]
    annee = jour.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970
    return Naissances(foyer, jour, annee, garcon, jumeau)


def _first_january(annees: Ints) -> Ints:
    annees_np = (annees - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    jours: Ints = annees_np.astype(np.int64)
    return jours


def _spread(valeurs: Ints, premier: Bools) -> Ints:
    """Cumulate gaps within each family, starting again at each first child."""
    cumul = np.cumsum(valeurs)
    avant = np.where(premier, cumul - valeurs, 0)
    resultat: Ints = cumul - np.maximum.accumulate(avant)
    return resultat


def live(graine: int, naissances: Naissances, taux: Taux) -> Vies:
    """Walk everyone through school, year after year."""
    des = cast_dice(graine, "vies")
    n = len(naissances.annee)
    etat = np.full(n, RANG["X"], dtype=np.int64)
    age_6e = draw_weighted(des, np.array([0.02, 0.88, 0.10]), n) + 10
    reussite = np.array([ETATS[c].reussite for c in CODES]) * taux.reussite
    terminal = np.array([ETATS[c].titre is not None for c in CODES])
    p_abandon = np.array([ETATS[c].abandon for c in CODES]) * taux.abandon
    etats, abandon, vers_cfa = {}, {}, {}
    titres: list[tuple[Ints, Ints, Ints, Bools]] = []
    for annee in range(int(naissances.annee.min()) + 10, RENTREE_N + 1):
        etat = np.where(naissances.annee + age_6e == annee, RANG["C6"], etat)
        age = annee - naissances.annee
        etats[annee] = etat
        majeur = (age >= 16) | draw_events(des, 0.25, n)
        parti = (des.random(n) < p_abandon[etat]) & majeur
        cfa = ~parti & (age >= 15) & draw_events(des, 0.012, n) & _can_switch(etat)
        abandon[annee], vers_cfa[annee] = parti, cfa
        admis = terminal[etat] & ~parti & ~cfa & (des.random(n) < reussite[etat])
        candidats = np.flatnonzero(terminal[etat] & ~parti & ~cfa)
        titres.append(
            (candidats, np.full(len(candidats), annee + 1), etat[candidats], admis[candidats])
        )
        quitte = np.where(parti, RANG["X"], np.where(cfa, RANG["F1"], etat))
        etat = _pass_on(des, quitte, admis, age)
    colonnes = [np.concatenate(c) for c in zip(*titres, strict=True)]
    gardes = {a: e for a, e in etats.items() if a >= RENTREE_N - 1}
    return Vies(gardes, abandon, vers_cfa, colonnes[0], colonnes[1], colonnes[2], colonnes[3])


def _can_switch(etat: Ints) -> Bools:
    voies = np.isin(np.array(CODES), ["L2", "T1", "P2", "P1", "K1", "AP2", "AK1", "C3"])
    resultat: Bools = voies[etat]
    return resultat


def _pass_on(des: np.random.Generator, etat: Ints, admis: Bools, age: Ints) -> Ints:
    """Draw next year's class. Under 16, school is compulsory: nearly nobody leaves."""
    oui, non = np.cumsum(passage_matrix(True), axis=1), np.cumsum(passage_matrix(False), axis=1)
    hasard = des.random(len(etat))
    suivant = np.empty_like(etat)
    terminal = np.array([ETATS[c].titre is not None for c in CODES])
    for code in np.unique(etat):
        ici = np.flatnonzero(etat == code)
        reussi = admis[ici] | ~terminal[code]
        suivant[ici] = np.where(reussi, _cut(oui[code], hasard[ici]), _cut(non[code], hasard[ici]))
    hors = RANG["X"]
    reste = (suivant == hors) & (etat != hors) & (age < 15) & (des.random(len(etat)) < 0.95)
    suivant = np.where(reste, etat, suivant)
    # Nobody starts again after 24, nor before the sixth form entry.
    reprise_tardive = (etat == hors) & (age >= 20) & (des.random(len(etat)) < 0.6)
    jamais_entre = (etat == hors) & (age < 14)
    return np.where(reprise_tardive | jamais_entre, hors, suivant)


def _cut(cumul: Floats, hasard: Floats) -> Ints:
    rang: Ints = np.minimum(np.searchsorted(cumul, hasard * cumul[-1], "right"), len(cumul) - 1)
    return rang
