"""The two deliveries: each extract's rows as known on the day, shuffled, written, declared."""

from typing import Final

import polars as pl

from siei_match.reference.vocabulary import SCOLARITE
from siei_match.simulate import enrolments, siecle, situations, typed
from siei_match.simulate.dice import cast_dice
from siei_match.simulate.one_file import DeliveredYear, WrittenDelivery, deliver_file
from siei_match.simulate.rates import SimulatedRates
from siei_match.simulate.world import World


def deliver_enrolments(
    seed: int, world: World, extrait: str, campagnes: list[DeliveredYear], rates: SimulatedRates
) -> dict[str, WrittenDelivery]:
    """Write an enrolment extract for every campaign: the year N-1 and the year N.

    Where a campaign has what SIECLE's exports also tell, its pupils have a second guardian, and the schools that the
    exports of the year N recall are rows of the year N-1.
    """
    source = getattr(rates, extrait)
    events = world.inscriptions.filter(pl.col("extrait") == extrait)
    if extrait == "apprentissage":
        events = events.with_columns(uai_avant=pl.lit(None, pl.String))
    rows = typed.type_rows(seed, world, extrait, events, source)
    result = {}
    for campagne in campagnes:
        true_rows = enrolments.deliver_enrolments(rows.select(_TRUE_COLUMNS), campagne.extraction)
        delivery = WrittenDelivery(events=[true_rows.select(_TRUE_COLUMNS)])
        years = {
            year: enrolments.deliver_enrolments(
                rows.filter(pl.col("annee") == year), campagne.extraction
            )
            for year in (campagne.year - 1, campagne.year)
        }
        if extrait == SCOLARITE and campagne.siecle:
            years = _as_siecle(seed, world, events, years)
        for year, known in years.items():
            name, options = _name_file(extrait, year, year == campagne.year)
            deliver_file(
                delivery, seed, campagne, known, extrait, name,
                rates=source.ligne_invalide, year=year, **options,
            )  # fmt: skip
        result[campagne.code] = delivery
    return result


def _as_siecle(
    seed: int, world: World, events: pl.DataFrame, years: dict[int, pl.DataFrame]
) -> dict[int, pl.DataFrame]:
    """Add to the rows of two school years what SIECLE's exports also tell."""
    families = world.personnes["foyer"].to_numpy()
    before, current = sorted(years)
    two = {
        year: siecle.add_second_guardians(seed, world.foyers, families, rows)
        for year, rows in years.items()
    }
    own, recalled = siecle.recall_schools(two[current], events)
    return {before: pl.concat([two[before], recalled], how="diagonal"), current: own}


_TRUE_COLUMNS: Final = [
    "personne", "extrait", "annee", "debut", "fin", "rupture", "cycle", "true_commune", "dip_obt",
]  # fmt: skip


def _name_file(extrait: str, year: int, current: bool) -> tuple[str, dict[str, str]]:
    """Return the file's name and form: the contract's mix of formats, one of each."""
    school_year = f"{year}-{year + 1}"
    if extrait == "scolarite":
        return f"scolarite_{school_year}.csv.gz", {}
    if extrait == "agricole":
        return f"agricole_{school_year}.csv", {}
    if current:
        return f"apprentissage_{school_year}.txt", {"separator": ";", "encodage": "utf-8"}
    return f"apprentissage_{school_year}.txt", {"separator": "|", "encodage": "iso-8859-15"}


def deliver_contracts(
    seed: int, world: World, campagnes: list[DeliveredYear], rates: SimulatedRates
) -> dict[str, WrittenDelivery]:
    """Write the contracts of the apprentices that SIFA tells, typed by others: a row per school year."""
    extrait, source = "contrats", rates.apprentissage
    events = world.inscriptions.filter(pl.col("extrait") == "apprentissage")
    events = events.with_columns(uai_avant=pl.lit(None, pl.String))
    rows = typed.type_rows(seed, world, extrait, events, source)
    result = {}
    for campagne in campagnes:
        known = enrolments.deliver_enrolments(
            rows.filter(pl.col("annee") >= campagne.year - 1), campagne.extraction
        )
        # The same stays as SIFA's: the truth has them already.
        result[campagne.code] = delivery = WrittenDelivery()
        deliver_file(
            delivery, seed, campagne, known, extrait, f"{extrait}.csv",
            rates=source.ligne_invalide,
        )  # fmt: skip
    return result


def deliver_exams(
    seed: int, world: World, extrait: str, campagnes: list[DeliveredYear], rates: SimulatedRates
) -> dict[str, WrittenDelivery]:
    source = getattr(rates, extrait)
    rng = cast_dice(seed, "resultats", extrait)
    exams = world.exams.filter(pl.col("extrait") == extrait)
    absent = pl.Series(rng.random(exams.height) < 0.3)
    exams = exams.with_columns(
        resultat=pl.when("admis").then(pl.lit("ADMIS"))
        .when(pl.lit(absent)).then(pl.lit("ABSENT"))
        .otherwise(pl.lit("AJOURNE"))
    )  # fmt: skip
    rows = typed.type_rows(seed, world, extrait, exams, source)
    name = f"{extrait}.csv.gz" if extrait == "diplomes" else f"{extrait}.csv"
    result = {}
    for campagne in campagnes:
        result[campagne.code] = delivery = WrittenDelivery()
        deliver_file(delivery, seed, campagne, rows, extrait, name, rates=source.ligne_invalide)
    return result


def deliver_follow_ups(
    seed: int,
    world: World,
    campagnes: list[DeliveredYear],
    rates: SimulatedRates,
    *,
    histories: bool,
) -> dict[str, WrittenDelivery]:
    """Write the mission locale's follow-ups; with `histories`, a row for each situation of each."""
    extrait = "missions_locales"
    source = rates.missions_locales
    rows = typed.type_rows(seed, world, extrait, world.suivis, source)
    result = {}
    for campagne in campagnes:
        known = enrolments.deliver_follow_ups(rows, campagne.extraction)
        told = known
        if histories:
            rng = cast_dice(seed, "situations", campagne.code)
            enrolled = enrolments.deliver_enrolments(world.inscriptions, campagne.extraction)
            told = situations.tell_histories(rng, known, enrolled, campagne.extraction)
        true_ones = known.select(
            "personne", extrait=pl.lit(extrait), annee=pl.lit(None, pl.Int16), debut="debut",
            fin="fin", rupture=pl.lit(None, pl.Date), cycle=pl.lit(None, pl.String),
            true_commune="true_commune", dip_obt=pl.lit(None, pl.String),
        )  # fmt: skip
        result[campagne.code] = delivery = WrittenDelivery(events=[true_ones])
        deliver_file(
            delivery, seed, campagne, told, extrait, f"{extrait}.parquet",
            rates=source.ligne_invalide,
        )  # fmt: skip
    return result
