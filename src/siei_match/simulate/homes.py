"""Families: surname, two addresses (before and after a move), parents' names and contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate import atlas, names
from siei_match.simulate.dice import Ints, between, cast_dice, draw_events, draw_weighted
from siei_match.simulate.rates import SimulatedRates

NEVER: Final = 2**31 - 1

WAYS: Final = (
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
DOMAINS: Final = "exemple.fr courrier.example mail.example boite.example poste.example".split()
"""Reserved or invented domains: no mail sent by mistake can reach anyone."""


@dataclass(frozen=True)
class HomeAddresses:
    """Addresses; a person's row points to one of them."""

    ligne1: pl.Series
    ligne2: pl.Series
    commune: Ints  # rank in `atlas.communes()`


def draw_addresses(rng: np.random.Generator, commune: Ints) -> HomeAddresses:
    n = len(commune)
    way = pl.Series(WAYS).gather(rng.integers(0, len(WAYS), n))
    name = pl.Series(ODONYMES).gather(rng.integers(0, len(ODONYMES), n))
    number = 1 + rng.exponential(28, n).astype(np.int64)
    bis = pl.Series(["", "", "", "", "", "", "", "", "", " bis"]).gather(rng.integers(0, 10, n))
    building = pl.Series(list("ABCDEFGH")).gather(rng.integers(0, 8, n))
    flat = pl.Series(rng.integers(1, 90, n)).cast(pl.String)
    collective = draw_events(rng, 0.25, n)
    ligne2 = pl.Series("b", ["Bât. "]).new_from_index(0, n) + building + " Appt " + flat
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, n)
    ligne1 = pl.Series(number).cast(pl.String) + bis + " " + way + " " + name
    return HomeAddresses(ligne1, ligne2.zip_with(pl.Series(collective), empty), commune)


def draw_phones(rng: np.random.Generator, count: int) -> pl.Series:
    """Draw mobile numbers, ten digits with the leading zero."""
    prefix = pl.Series(["06", "07"]).gather((rng.random(count) < 0.3).astype(np.int64))
    return prefix + pl.Series(rng.integers(0, 10**8, count)).cast(pl.String).str.zfill(8)


def plain(names: pl.Series) -> pl.Series:
    """Return names as in an e-mail address: a-z and dots."""
    return (
        names.str.normalize("NFKD").str.to_lowercase()
        .str.replace_all(r"[^a-z \-']", "").str.replace_all(r"[ \-']+", ".")
    )  # fmt: skip


def make_mails(rng: np.random.Generator, prenom: pl.Series, name: pl.Series) -> pl.Series:
    n = len(prenom)
    digits = pl.Series(rng.integers(1, 10000, n)).cast(pl.String)
    domain = pl.Series(DOMAINS).gather(rng.integers(0, len(DOMAINS), n))
    return plain(prenom) + "." + plain(name) + digits + "@" + domain


@dataclass(frozen=True)
class Households:
    origine: Ints
    nom: pl.Series
    other_name: pl.Series  # the other parent's
    commune: Ints
    addresses: HomeAddresses  # two for each family: 2 f before the move, 2 f + 1 after
    moved: Ints  # day of the move, or JAMAIS
    guardian_surname: pl.Series
    guardian_first_name: pl.Series
    resp_tel: pl.Series
    resp_tel2: pl.Series
    guardian_mail: pl.Series


def draw_foyers(seed: int, count: int, rates: SimulatedRates) -> Households:
    """Draw the families of the population."""
    rng = cast_dice(seed, "foyers")
    origine = draw_weighted(rng, np.array(list(names.ORIGINS.values())), count)
    father = names.draw_surnames(rng, origine, rates.premier_nom)
    mere = names.draw_surnames(rng, origine, rates.premier_nom)
    double = draw_events(rng, rates.double_nom, count)
    trait = pl.Series([" ", "-"]).gather((rng.random(count) < 0.5).astype(np.int64))
    # A name of three words or more, doubled, would be no plausible name.
    court = (~(father + mere).str.contains(r"[ \-]")).to_numpy()
    name = (father + trait + mere).zip_with(pl.Series(double & court), father)
    land = atlas.communes()
    commune = draw_communes(rng, origine, rates.departements)
    near = draw_events(rng, 0.7, count)
    after = np.where(
        near, _nearby(rng, commune, land), draw_communes(rng, origine, rates.departements)
    )
    two = np.stack([commune, after], axis=1).ravel()
    part = draw_events(rng, rates.demenagement, count)
    moved = np.where(part, between(rng, "2025-10-01", "2027-02-28", count), NEVER)
    feminine = draw_events(rng, 0.65, count)
    prenom = names.draw_first_names(rng, ~feminine, np.full(count, 2000), origine)
    guardian_surname = mere.zip_with(pl.Series(feminine & draw_events(rng, 0.4, count)), father)
    return Households(
        origine, name, mere, commune, draw_addresses(rng, two), moved, guardian_surname, prenom,
        draw_phones(rng, count), draw_phones(rng, count), make_mails(rng, prenom, guardian_surname),
    )  # fmt: skip


def draw_communes(rng: np.random.Generator, origine: Ints, departements: Sequence[str]) -> Ints:
    """Draw where families live, by population; in these départements alone, if any is named."""
    land = atlas.communes()
    if departements:
        inside = land.departement.is_in(list(departements)).to_numpy()
        return draw_weighted(rng, land.population * inside, len(origine))
    commune = draw_weighted(rng, land.population, len(origine))
    mayotte = (land.departement == "976").to_numpy()
    here = np.flatnonzero(
        (origine == names.ORIGIN_RANK["mayotte"]) & (rng.random(len(origine)) < 0.7)
    )
    commune[here] = draw_weighted(rng, land.population * mayotte, len(here))
    return commune


def _nearby(rng: np.random.Generator, commune: Ints, land: atlas.Communes) -> Ints:
    """Draw a commune of the same département: codes are sorted, so neighbours in rank."""
    rang = land.departement_rank
    debut = np.searchsorted(rang, rang[commune], side="left")
    fin = np.searchsorted(rang, rang[commune], side="right")
    running = np.cumsum(land.population)
    low = np.where(debut > 0, running[np.maximum(debut - 1, 0)], 0)
    vise = low + rng.random(len(commune)) * (running[fin - 1] - low)
    found: Ints = np.clip(np.searchsorted(running, vise, side="right"), debut, fin - 1)
    return found


def pick_establishment(rng: np.random.Generator, genre: str, commune: Ints) -> pl.Series:
    """Draw an establishment of the département, or any where it has none."""
    land, table = atlas.communes(), atlas.schools(genre)
    departement = land.departement_rank[commune]
    number = table.nombre[departement]
    local = table.debut[departement] + (rng.random(len(commune)) * number).astype(np.int64)
    elsewhere = rng.integers(0, len(table.uai), len(commune))
    return table.uai.gather(np.where(number > 0, local, elsewhere))
