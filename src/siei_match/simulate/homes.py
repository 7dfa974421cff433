"""Families: surname, two addresses (before and after a move), parents' names and contacts."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate import atlas, names
from siei_match.simulate.dice import Ints, between, cast_dice, draw_events, draw_weighted
from siei_match.simulate.rates import Taux

JAMAIS: Final = 2**31 - 1

VOIES: Final = (
    "rue|rue|rue|rue|avenue|avenue|boulevard|chemin|impasse|place|allée|route|cité|quai|square"
).split("|")
ODONYMES: Final = (
    "de l'Église|de la Gare|Victor Hugo|Jean Jaurès|de la République|du Général de Gaulle|"
    "Pasteur|des Écoles|du Moulin|de la Mairie|Gambetta|Émile Zola|des Lilas|des Acacias|"
    "du Stade|de la Fontaine|Jules Ferry|de Verdun|de la Paix|du Château|Saint-Martin|"
    "des Tilleuls|de Paris|du 8 Mai 1945|du 11 Novembre|Voltaire|Marcel Pagnol|Paul Éluard|"
    "Jean Moulin|de la Liberté|des Fleurs|du Lavoir|de la Forge|des Vignes|du Pont|Nationale|"
    "Albert Camus|Louis Aragon|Pierre Curie|Marie Curie|des Peupliers|du Cimetière|Molière|"
    "Anatole France|Léon Blum|des Roses|Lamartine|Balzac|George Sand|du Bois|de la Plage|"
    "d'Alsace|de Bretagne|Salvador Allende|Rosa Parks|Simone Veil|de l'Industrie|du Marché|"
    "Sadi Carnot|Jean Macé"
).split("|")
DOMAINES: Final = "exemple.fr courrier.example mail.example boite.example poste.example".split()
"""Reserved or invented domains: no mail sent by mistake can reach anyone."""


@dataclass(frozen=True)
class Adresses:
    """Addresses; a person's row points to one of them."""

    ligne1: pl.Series
    ligne2: pl.Series
    commune: Ints  # rank in `atlas.communes()`


def draw_adresses(des: np.random.Generator, commune: Ints) -> Adresses:
    n = len(commune)
    voie = pl.Series(VOIES).gather(des.integers(0, len(VOIES), n))
    nom = pl.Series(ODONYMES).gather(des.integers(0, len(ODONYMES), n))
    numero = 1 + des.exponential(28, n).astype(np.int64)
    bis = pl.Series(["", "", "", "", "", "", "", "", "", " bis"]).gather(des.integers(0, 10, n))
    batiment = pl.Series(list("ABCDEFGH")).gather(des.integers(0, 8, n))
    appartement = pl.Series(des.integers(1, 90, n)).cast(pl.String)
    collectif = draw_events(des, 0.25, n)
    ligne2 = pl.Series("b", ["Bât. "]).new_from_index(0, n) + batiment + " Appt " + appartement
    vide = pl.Series([None], dtype=pl.String).new_from_index(0, n)
    ligne1 = pl.Series(numero).cast(pl.String) + bis + " " + voie + " " + nom
    return Adresses(ligne1, ligne2.zip_with(pl.Series(collectif), vide), commune)


def draw_phones(des: np.random.Generator, combien: int) -> pl.Series:
    """Draw mobile numbers, ten digits with the leading zero."""
    prefixe = pl.Series(["06", "07"]).gather((des.random(combien) < 0.3).astype(np.int64))
    return prefixe + pl.Series(des.integers(0, 10**8, combien)).cast(pl.String).str.zfill(8)


def plain(noms: pl.Series) -> pl.Series:
    """Return names as in an e-mail address: a-z and dots."""
    return (
        noms.str.normalize("NFKD").str.to_lowercase()
        .str.replace_all(r"[^a-z \-']", "").str.replace_all(r"[ \-']+", ".")
    )  # fmt: skip


def make_mails(des: np.random.Generator, prenom: pl.Series, nom: pl.Series) -> pl.Series:
    n = len(prenom)
    chiffres = pl.Series(des.integers(1, 10000, n)).cast(pl.String)
    domaine = pl.Series(DOMAINES).gather(des.integers(0, len(DOMAINES), n))
    return plain(prenom) + "." + plain(nom) + chiffres + "@" + domaine


@dataclass(frozen=True)
class Foyers:
    origine: Ints
    nom: pl.Series
    autre_nom: pl.Series  # the other parent's
    commune: Ints
    adresses: Adresses  # two for each family: 2 f before the move, 2 f + 1 after
    demenage: Ints  # day of the move, or JAMAIS
    resp_nom: pl.Series
    resp_prenom: pl.Series
    resp_tel: pl.Series
    resp_tel2: pl.Series
    resp_mel: pl.Series


def draw_foyers(graine: int, combien: int, taux: Taux) -> Foyers:
    """Draw the families of the population."""
    des = cast_dice(graine, "foyers")
    origine = draw_weighted(des, np.array(list(names.ORIGINES.values())), combien)
    pere = names.draw_surnames(des, origine, taux.premier_nom)
    mere = names.draw_surnames(des, origine, taux.premier_nom)
    double = draw_events(des, taux.double_nom, combien)
    trait = pl.Series([" ", "-"]).gather((des.random(combien) < 0.5).astype(np.int64))
    # A name of three words or more, doubled, would be no plausible name.
    court = (~(pere + mere).str.contains(r"[ \-]")).to_numpy()
    nom = (pere + trait + mere).zip_with(pl.Series(double & court), pere)
    carte = atlas.communes()
    commune = draw_communes(des, origine)
    proche = draw_events(des, 0.7, combien)
    apres = np.where(proche, _nearby(des, commune, carte), draw_communes(des, origine))
    deux = np.stack([commune, apres], axis=1).ravel()
    part = draw_events(des, taux.demenagement, combien)
    demenage = np.where(part, between(des, "2025-10-01", "2027-02-28", combien), JAMAIS)
    feminin = draw_events(des, 0.65, combien)
    prenom = names.draw_first_names(des, ~feminin, np.full(combien, 2000), origine)
    resp_nom = mere.zip_with(pl.Series(feminin & draw_events(des, 0.4, combien)), pere)
    return Foyers(
        origine, nom, mere, commune, draw_adresses(des, deux), demenage, resp_nom, prenom,
        draw_phones(des, combien), draw_phones(des, combien), make_mails(des, prenom, resp_nom),
    )  # fmt: skip


def draw_communes(des: np.random.Generator, origine: Ints) -> Ints:
    carte = atlas.communes()
    commune = draw_weighted(des, carte.population, len(origine))
    mayotte = (carte.departement == "976").to_numpy()
    ici = np.flatnonzero(
        (origine == names.ORIGINE_RANG["mayotte"]) & (des.random(len(origine)) < 0.7)
    )
    commune[ici] = draw_weighted(des, carte.population * mayotte, len(ici))
    return commune


def _nearby(des: np.random.Generator, commune: Ints, carte: atlas.Communes) -> Ints:
    """Draw a commune of the same département: codes are sorted, so neighbours in rank."""
    rang = carte.rang_departement
    debut = np.searchsorted(rang, rang[commune], side="left")
    fin = np.searchsorted(rang, rang[commune], side="right")
    cumul = np.cumsum(carte.population)
    bas = np.where(debut > 0, cumul[np.maximum(debut - 1, 0)], 0)
    vise = bas + des.random(len(commune)) * (cumul[fin - 1] - bas)
    trouve: Ints = np.clip(np.searchsorted(cumul, vise, side="right"), debut, fin - 1)
    return trouve


def pick_establishment(des: np.random.Generator, genre: str, commune: Ints) -> pl.Series:
    """Draw an establishment of the département, or any where it has none."""
    carte, table = atlas.communes(), atlas.etablissements(genre)
    departement = carte.rang_departement[commune]
    nombre = table.nombre[departement]
    local = table.debut[departement] + (des.random(len(commune)) * nombre).astype(np.int64)
    ailleurs = des.integers(0, len(table.uai), len(commune))
    return table.uai.gather(np.where(nombre > 0, local, ailleurs))
