"""The whole fictive France of a seed: people, families, lives. Everything true, nothing typed."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from siei_match.simulate import enrolments, homes, lives, people
from siei_match.simulate.cycles import CODES, STATES
from siei_match.simulate.dice import Ints, between, cast_dice, draw_events
from siei_match.simulate.homes import NEVER, HomeAddresses, Households
from siei_match.simulate.lives import Births, Lives
from siei_match.simulate.rates import SimulatedRates

# What SIFA's DIP_OBT says of the class that was passed; later in the list wins.
DIP_OBT = (
    ("01", ""), ("02", "G3"), ("03", "C3 AC3"), ("04", "K2 AK2 AQ2 F2"), ("06", "FC"),
    ("09", "FB2"), ("08", "PT APT FPT"), ("07", "LT TT AST"), ("11", "B2 AB2 FS2"),
)  # fmt: skip
DIP_OBT_TITLE = {
    "04": "niveau_3", "06": "niveau_3", "09": "niveau_4", "08": "baccalaureat",
    "07": "baccalaureat", "11": "superieur",
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """People are rows of `personnes`; the other frames name them by their number."""

    personnes: pl.DataFrame
    kept: Ints  # numbers of the people known to at least one extract, as many as asked
    foyers: Households
    addresses: HomeAddresses
    own_address: Ints  # address of those who left their parents, else -1
    depart: Ints  # day on which they left
    inscriptions: pl.DataFrame
    exams: pl.DataFrame
    suivis: pl.DataFrame


def draw_world(seed: int, personnes: int, rates: SimulatedRates, fin: date) -> World:
    """Draw families and lives until `personnes` people are known to an extract by `fin`."""
    factor = 1.15
    while True:
        born = lives.draw_births(seed, int(personnes * factor) + 40, rates)
        drawn_lives = lives.live(seed, born, rates)
        foyers = homes.draw_foyers(seed, int(born.foyer.max()) + 1, rates)
        inscriptions = enrolments.enrol(seed, drawn_lives, foyers.commune[born.foyer], rates)
        exams = enrolments.sit_exams(drawn_lives)
        suivis = enrolments.follow_up(seed, drawn_lives, born.year, rates)
        known = np.zeros(len(born.year), dtype=bool)
        for table in (
            enrolments.deliver_enrolments(inscriptions, fin),
            exams,
            enrolments.deliver_follow_ups(suivis, fin),
        ):
            known[table["personne"].to_numpy()] = True
        if known.sum() >= personnes:
            break
        factor *= 1.3
    kept = np.flatnonzero(known)[:personnes]
    gate = pl.Series(kept).cast(pl.UInt32).implode()
    among = pl.col("personne").is_in(gate)
    inscriptions = _held_on_entry(seed, inscriptions.filter(among), drawn_lives, rates)
    addresses, own, depart = _leave_home(seed, born, foyers, rates)
    return World(
        people.draw_people(seed, born, foyers, rates), kept, foyers, addresses, own,
        depart, inscriptions, exams.filter(among).with_columns(
            code_diplome=enrolments.diploma_codes(cast_dice(seed, "examens"), exams.filter(among))
        ), suivis.filter(among),
    )  # fmt: skip


def _held_on_entry(
    seed: int, inscriptions: pl.DataFrame, drawn_lives: Lives, rates: SimulatedRates
) -> pl.DataFrame:
    """Add DIP_OBT: the highest diploma obtained before the school year, at times unknown."""
    rank_of = np.zeros(len(CODES), dtype=np.int64)
    for rang, (_, classes) in enumerate(DIP_OBT):
        for code in classes.split():
            rank_of[list(STATES).index(code)] = rang
    obtained = pl.DataFrame(
        {
            "personne": pl.Series(drawn_lives.title_person[drawn_lives.title_obtained]).cast(
                pl.UInt32
            ),
            "session": pl.Series(drawn_lives.title_session[drawn_lives.title_obtained]).cast(
                pl.Int16
            ),
            "rang": pl.Series(rank_of[drawn_lives.title_state[drawn_lives.title_obtained]]).cast(
                pl.Int8
            ),
        }
    )
    best = (
        inscriptions.filter(pl.col("extrait") == "apprentissage")
        .select("personne", "annee").unique()
        .join(obtained, on="personne").filter(pl.col("session") <= pl.col("annee"))
        .group_by("personne", "annee").agg(pl.col("rang").max())
    )  # fmt: skip
    rows = inscriptions.join(best, on=["personne", "annee"], how="left", maintain_order="left")
    codes = pl.Series([code for code, _ in DIP_OBT])
    known = codes.gather(rows["rang"].fill_null(0).cast(pl.UInt32))
    vague = draw_events(cast_dice(seed, "dip_obt"), rates.diplome_entree_inconnu, rows.height)
    unknown = pl.Series(["99"]).new_from_index(0, rows.height)
    return rows.drop("rang").with_columns(dip_obt=unknown.zip_with(pl.Series(vague), known))


def _leave_home(
    seed: int, born: Births, foyers: Households, rates: SimulatedRates
) -> tuple[HomeAddresses, Ints, Ints]:
    """Give some adults an address of their own, from a day between the two years on."""
    rng = cast_dice(seed, "depart")
    n = len(born.year)
    part = (born.year <= 2008) & draw_events(rng, rates.depart_seul, n)
    who = np.flatnonzero(part)
    origine = foyers.origine[born.foyer[who]]
    own = homes.draw_addresses(rng, homes.draw_communes(rng, origine, rates.departements))
    base = len(foyers.addresses.commune)
    address = np.full(n, -1)
    address[who] = base + np.arange(len(who))
    depart = np.where(part, between(rng, "2025-09-01", "2027-02-28", n), NEVER)
    every = HomeAddresses(
        pl.concat([foyers.addresses.ligne1, own.ligne1]),
        pl.concat([foyers.addresses.ligne2, own.ligne2]),
        np.concatenate([foyers.addresses.commune, own.commune]),
    )
    return every, address, depart


def locate(world: World, personne: Ints, day: Ints) -> Ints:
    """Return the address (rank in `monde.adresses`) of each person on a day."""
    foyer = world.personnes["foyer"].to_numpy().astype(np.int64)[personne]
    home = 2 * foyer + (day >= world.foyers.moved[foyer])
    alone = (world.own_address[personne] >= 0) & (day >= world.depart[personne])
    return np.where(alone, world.own_address[personne], home)
