"""The two deliveries: each extract's rows as known on the day, shuffled, written, declared."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from siei_match.simulate import enrolments, extracts, files, typed
from siei_match.simulate.dice import cast_dice
from siei_match.simulate.files import WrittenFile
from siei_match.simulate.rates import SimulatedRates
from siei_match.simulate.records import readable_ine
from siei_match.simulate.world import World

# Columns emptied so that a copied row breaks a rule of the contract that rejects.
INVALID: Final = {
    "scolarite": {
        "nombre_de_champs": [],
        "sans_nom": ["NOM_DE_FAMILLE", "NOM_USAGE"],
        "sans_prenom": ["PRENOM", "PRENOM2", "PRENOM3"],
        "sans_annee": ["DATE_NAISS"],
        "sans_formation": ["UAI", "CODE_MEF"],
    },
    "agricole": {
        "nombre_de_champs": [],
        "sans_nom": ["nomUsuel"],
        "sans_prenom": ["prenomUsuel"],
        "sans_annee": ["dateNaissance"],
        "sans_formation": ["uai", "codeMef"],
    },
    "apprentissage": {
        "nombre_de_champs": [],
        "sans_nom": ["NOM", "NOM2"],
        "sans_prenom": ["PRENOM1", "PRENOM2", "PRENOM3"],
        "sans_annee": ["DATE_NAIS"],
    },
    "diplomes": {
        "nombre_de_champs": [],
        "sans_nom": ["NOM_DE_FAMILLE"],
        "sans_prenom": ["PRENOM", "PRENOM2"],
        "sans_annee": ["DATE_NAISS"],
    },
    "contrats": {
        "sans_nom": ["nom", "nomUsage"],
        "sans_prenom": ["prenom"],
        "sans_annee": ["dateNaissance"],
    },
    "missions_locales": {
        "sans_nom": ["nomNaissance", "nomUsage"],
        "sans_prenom": ["prenom"],
        "sans_annee": ["dateNaissance"],
    },
}


@dataclass(frozen=True)
class DeliveredYear:
    """A campaign to deliver: its folder and its days."""

    code: str
    dossier: Path
    extraction: date
    year: int  # September of the year N


Write = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]


@dataclass(frozen=True)
class WrittenDelivery:
    fichiers: list[WrittenFile]
    lignes: list[pl.DataFrame]  # truth: which row is whom
    events: list[pl.DataFrame]  # delivered rows with an address, as they truly are


def deliver_file(
    seed: int,
    campagne: DeliveredYear,
    rows: pl.DataFrame,
    extrait: str,
    name: str,
    *,
    rates: float,
    year: int | None = None,
    separator: str = ";",
    encodage: str | None = None,
) -> tuple[WrittenFile, pl.DataFrame]:
    """Shuffle, write and describe one file; return with it the truth of its rows."""
    rng = cast_dice(seed, "livraison", campagne.code, name)
    rows = rows[rng.permutation(rows.height)]
    text = _writer(extrait)(rows, rng)
    typos = INVALID[extrait.replace("_agricoles", "")]
    numbered = text.with_columns(personne__=rows["personne"])
    copies, rules = typed.spoil(rng, numbered, rates, typos)
    path = campagne.dossier / name
    sifa = extrait == "apprentissage"
    if path.suffix == ".parquet":
        count = files.write_parquet(path, pl.concat([text, copies.drop("personne__")]))
    else:
        code = encodage or "utf-8"
        brutes = files.csv_bytes(
            copies.drop("personne__"), separator=separator, heading=False,
            quoted=not sifa, encodage="utf-8",
        ).decode().splitlines()  # fmt: skip
        brutes = [
            row + separator + "X" if rule == "nombre_de_champs" else row
            for row, rule in zip(brutes, rules.to_list(), strict=True)
        ]
        count = files.write_csv(
            path, text, brutes, separator=separator, heading=not sifa,
            quoted=not sifa, encodage=code,
        )  # fmt: skip
    n = text.height + copies.height
    truth = pl.DataFrame(
        {
            "campagne": pl.Series([campagne.code]).new_from_index(0, n),
            "extrait": pl.Series([extrait]).new_from_index(0, n),
            "fichier": pl.Series([name]).new_from_index(0, n),
            "ligne": pl.Series(np.arange(1, n + 1)).cast(pl.UInt32),
            "personne": pl.concat([rows["personne"], copies["personne__"]]),
            "ine": readable_ine(_find_ine(rows, extrait)).extend_constant(None, copies.height),
            "invalide": pl.concat(
                [pl.Series([None], dtype=pl.String).new_from_index(0, text.height), rules]
            ),
        }
    )
    return files.describe(path, extrait, count, year, encodage), truth


def _find_ine(rows: pl.DataFrame, extrait: str) -> pl.Series:
    empty = pl.Series([None], dtype=pl.String).new_from_index(0, rows.height)
    return empty if extrait == "missions_locales" else rows["ine"]


def deliver_enrolments(
    seed: int, world: World, extrait: str, campagnes: list[DeliveredYear], rates: SimulatedRates
) -> dict[str, WrittenDelivery]:
    """Write an enrolment extract for every campaign: the year N-1 and the year N."""
    source = getattr(rates, extrait)
    events = world.inscriptions.filter(pl.col("extrait") == extrait)
    if extrait == "apprentissage":
        events = events.with_columns(uai_avant=pl.lit(None, pl.String))
    rows = typed.type_rows(seed, world, extrait, events, source)
    result = {}
    for campagne in campagnes:
        true_rows = enrolments.deliver_enrolments(rows.select(_TRUE_COLUMNS), campagne.extraction)
        delivery = WrittenDelivery([], [], [true_rows.select(_TRUE_COLUMNS)])
        for year in (campagne.year - 1, campagne.year):
            name, options = _name_file(extrait, year, year == campagne.year)
            fichier, truth = deliver_file(
                seed, campagne,
                enrolments.deliver_enrolments(
                    rows.filter(pl.col("annee") == year), campagne.extraction
                ),
                extrait, name, rates=source.ligne_invalide, year=year, **options,
            )  # fmt: skip
            delivery.fichiers.append(fichier)
            delivery.lignes.append(truth)
        result[campagne.code] = delivery
    return result


_TRUE_COLUMNS: Final = [
    "personne", "extrait", "annee", "debut", "fin", "rupture", "cycle", "true_commune", "dip_obt",
]  # fmt: skip


def _writer(extrait: str) -> Write:
    write: dict[str, Write] = {
        "scolarite": lambda rows, rng: extracts.write_scolarite(rows),
        "agricole": lambda rows, rng: extracts.write_agricole(rows),
        "apprentissage": extracts.write_apprentissage,
        "diplomes": lambda rows, rng: extracts.write_diplomes(rows),
        "missions_locales": extracts.write_missions_locales,
        "contrats": lambda rows, rng: extracts.write_contracts(rows),
    }
    return write[extrait.replace("_agricoles", "")]


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
        fichier, truth = deliver_file(
            seed, campagne, known, extrait, f"{extrait}.csv", rates=source.ligne_invalide
        )
        # The same stays as SIFA's: the truth has them already.
        result[campagne.code] = WrittenDelivery([fichier], [truth], [])
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
        fichier, truth = deliver_file(
            seed, campagne, rows, extrait, name, rates=source.ligne_invalide
        )
        result[campagne.code] = WrittenDelivery([fichier], [truth], [])
    return result


def deliver_follow_ups(
    seed: int, world: World, campagnes: list[DeliveredYear], rates: SimulatedRates
) -> dict[str, WrittenDelivery]:
    extrait = "missions_locales"
    source = rates.missions_locales
    rows = typed.type_rows(seed, world, extrait, world.suivis, source)
    result = {}
    for campagne in campagnes:
        known = enrolments.deliver_follow_ups(rows, campagne.extraction)
        fichier, truth = deliver_file(
            seed, campagne, known, extrait, f"{extrait}.parquet",
            rates=source.ligne_invalide,
        )  # fmt: skip
        true_ones = known.select(
            "personne", extrait=pl.lit(extrait), annee=pl.lit(None, pl.Int16), debut="debut",
            fin="fin", rupture=pl.lit(None, pl.Date), cycle=pl.lit(None, pl.String),
            true_commune="true_commune", dip_obt=pl.lit(None, pl.String),
        )  # fmt: skip
        result[campagne.code] = WrittenDelivery([fichier], [truth], [true_ones])
    return result
