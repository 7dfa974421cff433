"""From true events to typed rows: which record each row copies, its address, its small faults."""

import numpy as np
import polars as pl

from siei_match.simulate import atlas, noise
from siei_match.simulate.dice import Ints, blank, cast_dice, draw_events
from siei_match.simulate.rates import SourceRates
from siei_match.simulate.records import draw_records, vary_commune
from siei_match.simulate.world import World, locate


def type_rows(
    seed: int, world: World, extrait: str, events: pl.DataFrame, rates: SourceRates
) -> pl.DataFrame:
    """Return the rows of an extract, all years and campaigns, with everything a writer needs.

    A provider types an identity once and copies it from year to year; a share `ressaisie` of the
    rows, and every double, is typed again. `vrai_debut` and `true_commune` keep the truth.
    """
    rng = cast_dice(seed, "saisie", extrait)
    n = events.height
    doubles = np.flatnonzero(draw_events(rng, rates.doublon, n))
    rows = pl.concat([events, events[doubles]])
    new = np.r_[draw_events(rng, rates.ressaisie, n), np.ones(len(doubles), dtype=bool)]
    who = rows["personne"].to_numpy().astype(np.int64)
    distinct, dossier = np.unique(who, return_inverse=True)
    taken_up = who[new]
    dossier[new] = len(distinct) + np.arange(len(taken_up))
    people_drawn = world.personnes[np.concatenate([distinct, taken_up])]
    # Millions of rows: the records are let go as soon as the rows have copied them.
    rows = rows.hstack(
        draw_records(rng, people_drawn, world.foyers, rates).drop("personne")[dossier]
    )
    del people_drawn
    if "debut" in rows.columns:
        rows = _add_home(rng, world, rows, rates)
    if "uai" in rows.columns:
        # The MEF still places the row: the contract accepts it.
        rows = rows.with_columns(
            uai=blank(rows["uai"], draw_events(rng, rates.uai_absent, rows.height))
        )
    return rows


def _add_home(
    rng: np.random.Generator, world: World, rows: pl.DataFrame, rates: SourceRates
) -> pl.DataFrame:
    land = atlas.communes()
    if "annee" in rows.columns:
        first_day = pl.date(pl.col("annee").cast(pl.Int32), 9, 1)
        days = rows.select(pl.col("debut").fill_null(first_day).clip(first_day)).to_series()
    else:
        days = rows["debut"]
    who = rows["personne"].to_numpy().astype(np.int64)
    address = locate(world, who, days.to_physical().to_numpy().astype(np.int64))
    commune = world.addresses.commune[address]
    n = rows.height
    ligne1 = noise.alter(
        rng, world.addresses.ligne1.gather(address), rates.adresse_faute, noise.abbreviate_street
    )
    codes = vary_commune(rng, commune, rates.commune_variante)
    postal = _postal_code(land.code_postal.gather(commune), codes)
    if "annee" not in rows.columns:
        rows = _add_mission(rows, commune)
    return rows.with_columns(
        ligne1=blank(ligne1, draw_events(rng, rates.adresse_absente, n)),
        ligne2=blank(world.addresses.ligne2.gather(address), draw_events(rng, 0.3, n)),
        code_postal=noise.alter(rng, postal, rates.zero_perdu, noise.drop_zeros),
        code_commune=noise.alter(rng, codes, rates.zero_perdu, noise.drop_zeros),
        true_commune=land.code.gather(commune),
        tel=noise.alter(rng, rows["tel"], rates.zero_perdu, noise.drop_zeros),
    )


def _add_mission(rows: pl.DataFrame, commune: Ints) -> pl.DataFrame:
    """Add the label of the commune and the mission locale of its arrondissement."""
    land = atlas.communes()
    arrondissement = land.arrondissement.gather(commune)
    return rows.with_columns(
        nom_commune=land.nom.gather(commune),
        arrondissement=arrondissement,
        nom_arrondissement=land.nom.gather(_chief_towns(arrondissement, commune)),
    )


def _postal_code(postal: pl.Series, commune: pl.Series) -> pl.Series:
    """Return the postal code, that of the district in Paris, Lyon and Marseille."""
    table = pl.DataFrame({"p": postal, "c": commune})
    return table.select(
        pl.when(pl.col("c").str.contains(r"^751\d\d$"))
        .then(pl.lit("750") + pl.col("c").str.tail(2))
        .when(pl.col("c").str.contains(r"^6938\d$"))
        .then(pl.lit("6900") + pl.col("c").str.tail(1))
        .when(pl.col("c").str.contains(r"^132(?:0[1-9]|1[0-6])$"))
        .then(pl.lit("130") + pl.col("c").str.tail(2))
        .otherwise("p")
    ).to_series()


def _chief_towns(arrondissement: pl.Series, commune: Ints) -> Ints:
    """Return the most populated commune of each row's arrondissement, which names its mission."""
    land = atlas.communes()
    table = pl.DataFrame(
        {
            "a": land.arrondissement,
            "r": np.arange(len(land.code)),
            "p": land.population,
        }
    )
    chefs = table.sort("p", descending=True).unique("a", keep="first", maintain_order=True)
    ranks: Ints = arrondissement.replace_strict(
        chefs["a"], chefs["r"], return_dtype=pl.Int64
    ).to_numpy()
    return np.where(arrondissement.to_numpy() == "", commune, ranks)


def spoil(
    rng: np.random.Generator, rows: pl.DataFrame, rates: float, columns: dict[str, list[str]]
) -> tuple[pl.DataFrame, pl.Series]:
    """Return copies of a few rows, each breaking one rule that rejects, and the rule's name.

    `columns` says which columns to empty for each rule. They are further rows, so that no true
    event is lost with them. `nombre_de_champs` is left to the writer of lines.
    """
    count = int(rates * rows.height)
    chosen = rng.integers(0, max(rows.height, 1), count)
    rules = pl.Series("regle", list(columns)).gather(np.arange(count) % max(len(columns), 1))
    copies = rows[chosen]
    for rule, empty in columns.items():
        here = rules == rule
        copies = copies.with_columns(pl.when(pl.lit(~here)).then(pl.col(c)).alias(c) for c in empty)
    return copies, rules
