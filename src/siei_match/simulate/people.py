"""The people: true identity of each, one row a person."""

import numpy as np
import polars as pl

from siei_match.simulate import atlas, names
from siei_match.simulate.dice import (
    Bools,
    Floats,
    Ints,
    blank,
    cast_dice,
    choose,
    dates,
    draw_events,
    draw_weighted,
    put,
)
from siei_match.simulate.homes import Foyers, draw_phones, make_mails
from siei_match.simulate.lives import Naissances
from siei_match.simulate.rates import Taux

LETTRES_RNIE = "ABCDEFGHJK"
LETTRES_CLE = "ABCDEFGHJKLMNPRSTUVWXYZ"


def draw_personnes(graine: int, nes: Naissances, foyers: Foyers, taux: Taux) -> pl.DataFrame:
    """Draw everyone's identity, in the order of `nes`."""
    des = cast_dice(graine, "personnes")
    n = len(nes.annee)
    origine = foyers.origine[nes.foyer]
    nom = foyers.nom.gather(nes.foyer)
    autre = foyers.autre_nom.gather(nes.foyer)
    # Children of another union bear the other name.
    nom = choose(draw_events(des, 0.05, n) & ~nes.jumeau, autre, nom)
    prenom = _first_names(des, nes, origine, taux)
    prenom2 = names.draw_first_names(des, nes.garcon, np.full(n, 1999), origine)
    prenom3 = names.draw_first_names(des, nes.garcon, np.full(n, 1999), origine)
    a_deux = draw_events(des, taux.deux_prenoms, n)
    a_trois = a_deux & draw_events(des, taux.trois_prenoms, n)
    lieu, pays, ville = _birthplaces(des, nes, origine, foyers)
    jour = nes.jour.copy()
    # Registers made up later say 1 January, in every source.
    fictif = (pays.is_not_null()).to_numpy() & draw_events(des, 0.04, n)
    jour[fictif] = (
        (nes.annee[fictif] - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    )
    jumeaux = np.flatnonzero(nes.jumeau)
    for _ in range(3):  # triplets copy from the one before
        jour[jumeaux] = jour[jumeaux - 1]
        nom = put(nom, jumeaux, nom.gather(jumeaux - 1))
    usage = choose(draw_events(des, 0.5, n), autre, nom + "-" + autre)
    sans_usage = ~draw_events(des, taux.nom_usage, n) | (nom == autre).to_numpy()
    compose = nom.str.contains(r"[ \-]").to_numpy()
    personnes = pl.DataFrame(
        {
            "personne": pl.Series(np.arange(n)).cast(pl.UInt32),
            "foyer": pl.Series(nes.foyer).cast(pl.UInt32),
            "jumeau": nes.jumeau,
            "sexe": choose(nes.garcon, _same("M", n), _same("F", n)),
            "nom": nom,
            "nom_usage": blank(usage, sans_usage | compose),
            "prenom": prenom,
            "prenom2": blank(prenom2, ~a_deux),
            "prenom3": blank(prenom3, ~a_trois),
            "prenom_usuel_second": a_deux & draw_events(des, taux.prenom_usuel_second, n),
            "naissance": dates(jour),
            "lieu": lieu,
            "pays": pays,
            "ville": ville,
        }
    )
    personnes = _make_homonyms(des, personnes, taux)
    return personnes.with_columns(
        ine=draw_ines(des, nes.annee, 0),
        ine2=blank(draw_ines(des, nes.annee, 1), ~draw_events(des, taux.deux_ine, n)),
        tel=blank(draw_phones(des, n), nes.annee > 2014),
        mel=make_mails(des, personnes["prenom"], personnes["nom"]),
        tel2=draw_phones(des, n),
        mel2=make_mails(des, personnes["prenom"], personnes["nom"]),
    )


def _same(valeur: str, n: int) -> pl.Series:
    return pl.Series([valeur]).new_from_index(0, n)


def _first_names(des: np.random.Generator, nes: Naissances, origine: Ints, taux: Taux) -> pl.Series:
    """Draw first names; brothers and sisters bear different ones."""
    prenom = names.draw_first_names(des, nes.garcon, nes.annee, origine)
    proches = np.flatnonzero(
        nes.jumeau
        & draw_events(des, taux.jumeaux_proches, len(nes.annee))
        & (nes.garcon == np.r_[False, nes.garcon[:-1]])
    )
    un, deux = names.draw_similar(des, nes.garcon[proches])
    prenom = put(put(prenom, proches - 1, un), proches, deux)
    for _ in range(4):
        cle = pl.DataFrame({"f": nes.foyer, "p": prenom})
        repris = np.flatnonzero(
            ~cle.select(pl.struct("f", "p").is_first_distinct())["f"].to_numpy()
        )
        if not len(repris):
            break
        nouveaux = names.draw_first_names(
            des, nes.garcon[repris], nes.annee[repris], origine[repris]
        )
        prenom = put(prenom, repris, nouveaux)
    return prenom


def _birthplaces(
    des: np.random.Generator, nes: Naissances, origine: Ints, foyers: Foyers
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Draw the commune of birth as coded that day, or the country (99xxx) and its town."""
    carte, n = atlas.communes(), len(nes.annee)
    # Born in the town with a maternity ward: the bigger, the more births.
    maternites = carte.population * (carte.population > 8000)
    commune = draw_weighted(des, maternites, n)
    pres = foyers.commune[nes.foyer]
    meme_dep = _biggest_of(carte, maternites)[carte.rang_departement[pres]]
    hasard = des.random(n)
    commune = np.where(hasard < 0.55, meme_dep, np.where(hasard < 0.85, pres, commune))
    jumeaux = np.flatnonzero(nes.jumeau)
    for _ in range(3):
        commune[jumeaux] = commune[jumeaux - 1]
    lieu = _code_at_birth(des, carte, commune, nes)
    p_etranger = np.array([names.P_ETRANGER[o] for o in names.ORIGINES])
    etranger = des.random(n) < p_etranger[origine]
    pays = pl.Series([""]).new_from_index(0, n)
    ville = pays
    for nom, rang in names.ORIGINE_RANG.items():
        ici = np.flatnonzero(origine == rang)
        codes = names.PAYS_ORIGINE[nom].split()
        tires = des.integers(0, len(codes), len(ici))
        pays = put(pays, ici, pl.Series(codes).gather(tires))
        villes = pl.Series([names.VILLES.get(c, "").split(" ")[0] for c in codes]).gather(tires)
        ville = put(ville, ici, villes)
    for _ in range(3):
        etranger[jumeaux] = etranger[jumeaux - 1]
        pays = put(pays, jumeaux, pays.gather(jumeaux - 1))
        ville = put(ville, jumeaux, ville.gather(jumeaux - 1))
        lieu = put(lieu, jumeaux, lieu.gather(jumeaux - 1))
    vide = (ville == "").to_numpy()
    return blank(lieu, etranger), blank(pays, ~etranger), blank(ville, ~etranger | vide)


def _biggest_of(carte: atlas.Communes, poids: Floats) -> Ints:
    rangs = np.zeros(int(carte.rang_departement.max()) + 1, dtype=np.int64)
    ordre = np.argsort(poids, kind="stable")
    rangs[carte.rang_departement[ordre]] = ordre
    return rangs


def _code_at_birth(
    des: np.random.Generator, carte: atlas.Communes, commune: Ints, nes: Naissances
) -> pl.Series:
    """Return the INSEE code in force on the birth day: merged communes kept their own before."""
    codes = carte.code.gather(commune)
    anciennes = carte.anciennes
    debut = np.searchsorted(anciennes["rang"].to_numpy(), commune, side="left")
    nombre = np.searchsorted(anciennes["rang"].to_numpy(), commune, side="right") - debut
    choix = debut + (des.random(len(commune)) * np.maximum(nombre, 1)).astype(np.int64)
    choix = np.minimum(choix, anciennes.height - 1)
    fins = anciennes["fin"].to_physical().to_numpy()
    avant: Bools = (nombre > 0) & (nes.jour < fins[choix]) & draw_events(des, 0.4, len(commune))
    codes = choose(avant, anciennes["ancienne"].gather(choix), codes)
    return _arrondissement(des, codes)


def _arrondissement(des: np.random.Generator, codes: pl.Series) -> pl.Series:
    """Register births of Paris, Lyon and Marseille in an arrondissement."""
    for ville, base, combien in (("75056", 75101, 20), ("69123", 69381, 9), ("13055", 13201, 16)):
        ici = np.flatnonzero((codes == ville).to_numpy())
        tires = pl.Series(base + des.integers(0, combien, len(ici))).cast(pl.String)
        codes = put(codes, ici, tires)
    return codes


def _make_homonyms(des: np.random.Generator, gens: pl.DataFrame, taux: Taux) -> pl.DataFrame:
    """Give some people the names and birth date of another of the same year and sex."""
    annee = gens["naissance"].dt.year().to_numpy()
    garcon = (gens["sexe"] == "M").to_numpy()
    ordre = np.lexsort((des.random(gens.height), garcon, annee))
    suivant = ordre[1:]
    modele = ordre[:-1]
    pareil = (annee[suivant] == annee[modele]) & (garcon[suivant] == garcon[modele])
    pareil &= draw_events(des, taux.homonymes_du_jour, len(suivant))
    foyer, jumeau = gens["foyer"].to_numpy(), gens["jumeau"].to_numpy()
    lie = jumeau | np.r_[jumeau[1:], False]
    pareil &= (foyer[suivant] != foyer[modele]) & ~lie[suivant]
    qui, de = suivant[pareil], modele[pareil]
    return gens.with_columns(
        put(gens[c], qui, gens[c].gather(de)) for c in ("nom", "prenom", "naissance")
    )


def draw_ines(des: np.random.Generator, annee: Ints, serie: int) -> pl.Series:
    """Return a unique INE each: RNIE for the young, BEA with its key for most of the older."""
    n = len(annee)
    rang = np.arange(n, dtype=np.int64) * 2 + serie
    # An affine map modulo a power of ten with an odd multiplier prime to 10 repeats nothing.
    neuf = (rang * 387_420_489 + 123_456_789) % 10**9
    lettres = pl.Series(list(LETTRES_RNIE))
    deux = lettres.gather(des.integers(0, 10, n)) + lettres.gather(des.integers(0, 10, n))
    rnie = pl.Series(neuf).cast(pl.String).str.zfill(9) + deux
    academie = 1 + (rang // 10**6) * 5 + des.integers(0, 5, n)
    numero = (rang * 387_421 + 54_321) % 10**6
    dix = academie * 10**8 + (annee + 6) % 100 * 10**6 + numero
    cle = pl.Series(list(LETTRES_CLE)).gather(dix % 23)
    bea = pl.Series(dix).cast(pl.String).str.zfill(10) + cle
    jeune = (annee >= 2007) | draw_events(des, 0.25, n)
    return choose(jeune, rnie, bea)
