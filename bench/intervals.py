"""Do the intervals of sortants hold the truth? python bench/intervals.py [--personnes 20000] [--graines …] [--autres FOLDER]

Fresh worlds of our simulator (default rates, and bench/taux_durs.toml), and of another generator where its folder is
given (`monde.py`: a program, never imported). Per world the country's count, its interval and the truth; then how many of the
country's and of the académies' intervals hold the truth, and how many the bare count, for comparison.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import polars as pl
from pydantic import SecretStr
from worlds import TAUX, rates_of

from siei_match.campaign.story import run_campaign
from siei_match.reference.nomenclatures import load_psad
from siei_match.reference.settings import load_settings
from siei_match.simulate import simulate

CAMPAGNE: Final = "2026-10"
DAY: Final = date(2026, 10, 15)
GRAINES: Final = (9701, 9702, 9703)
PLACES: Final = ("pays", "academie")


@dataclass(frozen=True)
class World:
    """A delivery and its truth: `psad` of everybody who is to be on a list."""

    name: str
    delivery: Path
    listed: pl.DataFrame


def own_worlds(folder: Path, people: int, seeds: list[int]) -> Iterator[World]:
    for name in TAUX:
        for seed in seeds:
            france = simulate(folder / f"{name}-{seed}", people, seed, rates_of(name), (CAMPAGNE,))
            situations = pl.read_parquet(france.truth / "situations.parquet")
            listed = situations.filter("sortant", campagne=CAMPAGNE).select("psad")
            yield World(f"{name} {seed}", france.campagnes[CAMPAGNE], listed)


def other_worlds(folder: Path, people: int, seeds: list[int], generator: Path) -> Iterator[World]:
    for seed in seeds:
        place = folder / f"other-{seed}"
        subprocess.run(
            [sys.executable, str(generator / "monde.py"), str(place),
             "--personnes", str(people), "--graine", str(seed)],
            check=True, capture_output=True,
        )  # fmt: skip
        truth = pl.read_parquet(place / "verite" / CAMPAGNE / "decisions.parquet")
        zones = load_psad(None, DAY).communes.select("psad", psad_commune="code_commune")
        listed = truth.filter(pl.col("statut") == "sortant").join(
            zones, on="psad_commune", how="left"
        )
        yield World(f"other {seed}", place / "campagnes" / CAMPAGNE, listed.select("psad"))


def examine(world: World, out: Path) -> pl.DataFrame:
    """Run a world; return niveau, lieu, valeur, bas, haut, vrai."""
    settings = load_settings().model_copy(update={"cle": SecretStr("intervals" * 4)})
    run_campaign(world.delivery, out, settings)
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        told = base.sql("FROM intervalles WHERE indicateur = 'sortants'").pl()
        zones = base.sql("SELECT code AS psad, academie FROM psad").pl()
    true = world.listed.with_columns(pl.col("psad").cast(pl.String)).join(
        zones, on="psad", how="left"
    )
    places = pl.concat(
        true.with_columns(niveau=pl.lit(level), lieu=place).select("niveau", "lieu")
        for level, place in (("pays", pl.lit("pays")), ("academie", pl.col("academie")))
    )
    counts = places.group_by("niveau", "lieu").agg(vrai=pl.len().cast(pl.Int64))
    return told.join(counts, on=["niveau", "lieu"], how="left").with_columns(
        pl.col("vrai").fill_null(0)
    ).filter(pl.col("niveau").is_in(PLACES))  # fmt: skip


def count_held(found: pl.DataFrame) -> str:
    held = found.select(
        n=pl.len(),
        held=pl.col("vrai").is_between(pl.col("bas"), pl.col("haut")).sum(),
        bare=(pl.col("vrai") == pl.col("valeur")).sum(),
        wide=(pl.col("haut") - pl.col("bas")).mean(),
    ).row(0, named=True)
    return (
        f"{held['held']} of {held['n']} hold the truth ({held['held'] / max(1, held['n']):.0%}); "
        f"the bare count does {held['bare']} times; {held['wide'] or 0:.1f} wide on average"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--personnes", type=int, default=20_000)
    parser.add_argument("--graines", type=int, nargs="+", default=list(GRAINES))
    parser.add_argument("--autres", type=Path)
    chosen = parser.parse_args()
    print(
        "| world | sortants | interval | true | académies that hold the truth |\n|---|---|---|---|---|"
    )
    every = []
    with tempfile.TemporaryDirectory(prefix="siei-intervals-") as place:
        folder = Path(place)
        worlds = list(own_worlds(folder, chosen.personnes, chosen.graines))
        if chosen.autres:
            worlds += other_worlds(folder, chosen.personnes, chosen.graines, chosen.autres)
        for number, world in enumerate(worlds):
            found = examine(world, folder / f"out-{number}")
            every.append(found)
            top = found.filter(niveau="pays").row(0, named=True)
            parts = found.filter(niveau="academie")
            held = parts.filter(pl.col("vrai").is_between(pl.col("bas"), pl.col("haut"))).height
            print(
                f"| {world.name} | {top['valeur']} | [{top['bas']}, {top['haut']}] | {top['vrai']} | "
                f"{held} of {parts.height} |",
                flush=True,
            )
    for level in PLACES:
        print(f"\n{level}: {count_held(pl.concat(every).filter(niveau=level))}.")


if __name__ == "__main__":
    main()
