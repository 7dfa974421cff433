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
from siei_match.simulate.homes import Households, draw_phones, make_mails
from siei_match.simulate.lives import Births
from siei_match.simulate.rates import SimulatedRates

RNIE_LETTERS = "ABCDEFGHJK"
KEY_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"


def draw_people(seed: int, born: Births, foyers: Households, rates: SimulatedRates) -> pl.DataFrame:
    """Draw everyone's identity, in the order of `born`."""
    rng = cast_dice(seed, "personnes")
    n = len(born.year)
    origine = foyers.origine[born.foyer]
    name = foyers.nom.gather(born.foyer)
    other = foyers.other_name.gather(born.foyer)
    # Children of another union bear the other name.
    name = choose(draw_events(rng, 0.05, n) & ~born.twin, other, name)
    prenom = _first_names(rng, born, origine, rates)
    prenom2 = names.draw_first_names(rng, born.boy, np.full(n, 1999), origine)
    prenom3 = names.draw_first_names(rng, born.boy, np.full(n, 1999), origine)
    has_two = draw_events(rng, rates.deux_prenoms, n)
    has_three = has_two & draw_events(rng, rates.trois_prenoms, n)
    lieu, pays, town = _birthplaces(rng, born, origine, foyers)
    day = born.day.copy()
    # Registers made up later say 1 January, in every source.
    fictive = (pays.is_not_null()).to_numpy() & draw_events(rng, 0.04, n)
    day[fictive] = (
        (born.year[fictive] - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    )
    twins = np.flatnonzero(born.twin)
    for _ in range(3):  # triplets copy from the one before
        day[twins] = day[twins - 1]
        name = put(name, twins, name.gather(twins - 1))
    usage = choose(draw_events(rng, 0.5, n), other, name + "-" + other)
    sans_usage = ~draw_events(rng, rates.nom_usage, n) | (name == other).to_numpy()
    compose = name.str.contains(r"[ \-]").to_numpy()
    personnes = pl.DataFrame(
        {
            "personne": pl.Series(np.arange(n)).cast(pl.UInt32),
            "foyer": pl.Series(born.foyer).cast(pl.UInt32),
            "jumeau": born.twin,
            "sexe": choose(born.boy, _same("M", n), _same("F", n)),
            "nom": name,
            "nom_usage": blank(usage, sans_usage | compose),
            "prenom": prenom,
            "prenom2": blank(prenom2, ~has_two),
            "prenom3": blank(prenom3, ~has_three),
            "prenom_usuel_second": has_two & draw_events(rng, rates.prenom_usuel_second, n),
            "naissance": dates(day),
            "lieu": lieu,
            "pays": pays,
            "ville": town,
        }
    )
    personnes = _make_homonyms(rng, personnes, rates)
    return personnes.with_columns(
        ine=draw_ines(rng, born.year, 0),
        ine2=blank(draw_ines(rng, born.year, 1), ~draw_events(rng, rates.deux_ine, n)),
        tel=blank(draw_phones(rng, n), born.year > 2014),
        mel=make_mails(rng, personnes["prenom"], personnes["nom"]),
        tel2=draw_phones(rng, n),
        mel2=make_mails(rng, personnes["prenom"], personnes["nom"]),
    )


def _same(value: str, n: int) -> pl.Series:
    return pl.Series([value]).new_from_index(0, n)


def _first_names(
    rng: np.random.Generator, born: Births, origine: Ints, rates: SimulatedRates
) -> pl.Series:
    """Draw first names; brothers and sisters bear different ones."""
    prenom = names.draw_first_names(rng, born.boy, born.year, origine)
    near = np.flatnonzero(
        born.twin
        & draw_events(rng, rates.jumeaux_proches, len(born.year))
        & (born.boy == np.r_[False, born.boy[:-1]])
    )
    one, two = names.draw_similar(rng, born.boy[near])
    prenom = put(put(prenom, near - 1, one), near, two)
    for _ in range(4):
        key = pl.DataFrame({"f": born.foyer, "p": prenom})
        taken_up = np.flatnonzero(
            ~key.select(pl.struct("f", "p").is_first_distinct())["f"].to_numpy()
        )
        if not len(taken_up):
            break
        new = names.draw_first_names(
            rng, born.boy[taken_up], born.year[taken_up], origine[taken_up]
        )
        prenom = put(prenom, taken_up, new)
    return prenom


def _birthplaces(
    rng: np.random.Generator, born: Births, origine: Ints, foyers: Households
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Draw the commune of birth as coded that day, or the country (99xxx) and its town."""
    land, n = atlas.communes(), len(born.year)
    # Born in the town with a maternity ward: the bigger, the more births.
    maternities = land.population * (land.population > 8000)
    commune = draw_weighted(rng, maternities, n)
    nearby = foyers.commune[born.foyer]
    same_departement = _biggest_of(land, maternities)[land.departement_rank[nearby]]
    chance = rng.random(n)
    commune = np.where(chance < 0.55, same_departement, np.where(chance < 0.85, nearby, commune))
    twins = np.flatnonzero(born.twin)
    for _ in range(3):
        commune[twins] = commune[twins - 1]
    lieu = _code_at_birth(rng, land, commune, born)
    p_foreign = np.array([names.P_FOREIGN[o] for o in names.ORIGINS])
    foreign = rng.random(n) < p_foreign[origine]
    pays = pl.Series([""]).new_from_index(0, n)
    town = pays
    for name, rang in names.ORIGIN_RANK.items():
        here = np.flatnonzero(origine == rang)
        codes = names.ORIGIN_COUNTRY[name].split()
        tires = rng.integers(0, len(codes), len(here))
        pays = put(pays, here, pl.Series(codes).gather(tires))
        towns = pl.Series([names.TOWNS.get(c, "").split(" ")[0] for c in codes]).gather(tires)
        town = put(town, here, towns)
    for _ in range(3):
        foreign[twins] = foreign[twins - 1]
        pays = put(pays, twins, pays.gather(twins - 1))
        town = put(town, twins, town.gather(twins - 1))
        lieu = put(lieu, twins, lieu.gather(twins - 1))
    empty = (town == "").to_numpy()
    return blank(lieu, foreign), blank(pays, ~foreign), blank(town, ~foreign | empty)


def _biggest_of(land: atlas.Communes, weights: Floats) -> Ints:
    ranks = np.zeros(int(land.departement_rank.max()) + 1, dtype=np.int64)
    order = np.argsort(weights, kind="stable")
    ranks[land.departement_rank[order]] = order
    return ranks


def _code_at_birth(
    rng: np.random.Generator, land: atlas.Communes, commune: Ints, born: Births
) -> pl.Series:
    """Return the INSEE code in force on the birth day: merged communes kept their own before."""
    codes = land.code.gather(commune)
    earlier = land.earlier
    debut = np.searchsorted(earlier["rang"].to_numpy(), commune, side="left")
    number = np.searchsorted(earlier["rang"].to_numpy(), commune, side="right") - debut
    choices = debut + (rng.random(len(commune)) * np.maximum(number, 1)).astype(np.int64)
    choices = np.minimum(choices, earlier.height - 1)
    fins = earlier["fin"].to_physical().to_numpy()
    before: Bools = (number > 0) & (born.day < fins[choices]) & draw_events(rng, 0.4, len(commune))
    codes = choose(before, earlier["ancienne"].gather(choices), codes)
    return _arrondissement(rng, codes)


def _arrondissement(rng: np.random.Generator, codes: pl.Series) -> pl.Series:
    """Register births of Paris, Lyon and Marseille in an arrondissement."""
    for town, base, count in (("75056", 75101, 20), ("69123", 69381, 9), ("13055", 13201, 16)):
        here = np.flatnonzero((codes == town).to_numpy())
        tires = pl.Series(base + rng.integers(0, count, len(here))).cast(pl.String)
        codes = put(codes, here, tires)
    return codes


def _make_homonyms(
    rng: np.random.Generator, people_drawn: pl.DataFrame, rates: SimulatedRates
) -> pl.DataFrame:
    """Give some people the names and birth date of another of the same year and sex.

    A share of them is born in the other's commune too: namesakes come of families and names that
    are common in one place.
    """
    year = people_drawn["naissance"].dt.year().to_numpy()
    boy = (people_drawn["sexe"] == "M").to_numpy()
    order = np.lexsort((rng.random(people_drawn.height), boy, year))
    following = order[1:]
    model = order[:-1]
    alike = (year[following] == year[model]) & (boy[following] == boy[model])
    alike &= draw_events(rng, rates.homonymes_du_jour, len(following))
    foyer, twin = people_drawn["foyer"].to_numpy(), people_drawn["jumeau"].to_numpy()
    lie = twin | np.r_[twin[1:], False]
    alike &= (foyer[following] != foyer[model]) & ~lie[following]
    who, de = following[alike], model[alike]
    there = draw_events(rng, rates.homonymes_commune, len(who))
    copied = dict.fromkeys(("nom", "prenom", "naissance"), (who, de))
    copied |= dict.fromkeys(("lieu", "pays", "ville"), (who[there], de[there]))
    return people_drawn.with_columns(
        put(people_drawn[c], to, people_drawn[c].gather(source))
        for c, (to, source) in copied.items()
    )


def draw_ines(rng: np.random.Generator, year: Ints, series: int) -> pl.Series:
    """Return a unique INE each: RNIE for the young, BEA with its key for most of the older."""
    n = len(year)
    rang = np.arange(n, dtype=np.int64) * 2 + series
    # An affine map modulo a power of ten with an odd multiplier prime to 10 repeats nothing.
    new = (rang * 387_420_489 + 123_456_789) % 10**9
    letters = pl.Series(list(RNIE_LETTERS))
    two = letters.gather(rng.integers(0, 10, n)) + letters.gather(rng.integers(0, 10, n))
    rnie = pl.Series(new).cast(pl.String).str.zfill(9) + two
    academie = 1 + (rang // 10**6) * 5 + rng.integers(0, 5, n)
    number = (rang * 387_421 + 54_321) % 10**6
    ten = academie * 10**8 + (year + 6) % 100 * 10**6 + number
    key = pl.Series(list(KEY_LETTERS)).gather(ten % 23)
    bea = pl.Series(ten).cast(pl.String).str.zfill(10) + key
    young = (year >= 2007) | draw_events(rng, 0.25, n)
    return choose(young, rnie, bea)
