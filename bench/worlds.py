"""The worlds of the benchmark: normalised rows and their truth, made once each, never timed."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from siei_match.campaign.steps.receive import receive
from siei_match.campaign.steps.validate import sort_rows
from siei_match.reference.delivery import Campagne, Fichier
from siei_match.reference.vocabulary import RETOURS
from siei_match.simulate import SimulatedRates, simulate
from siei_match.stages.normalise import normalise

CAMPAGNE = "2026-10"
TABLES = ("traits", "parcours", "verite")
TAUX = {"default": None, "hard": Path(__file__).with_name("taux_durs.toml")}
"""Rates of the simulator: its own, and those that make linkage hard."""


def rates_of(name: str) -> SimulatedRates:
    path = TAUX[name]
    return SimulatedRates.from_toml(path) if path else SimulatedRates()


def draw_worlds(
    folder: Path, people: int, seeds: Iterable[int], names: Iterable[str] = tuple(TAUX)
) -> Iterator[tuple[str, int, Path]]:
    """Give the name of the rates, the seed and the folder of each world, made where it does not stand already."""
    for name in names:
        for seed in seeds:
            world = folder / f"{name}-{people}-{seed}"
            yield name, seed, make_world(world, people, seed, rates_of(name))


def read_world(world: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return `traits`, `parcours` and `verite` of a world that `make_world` left."""
    traits, parcours, truth = (pl.read_parquet(world / f"{name}.parquet") for name in TABLES)
    return traits, parcours, truth


def against_truth(traits: pl.DataFrame, groups: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """Return rid, extrait, ine, personne (the true one), rendu (the run's) of each row."""
    return (
        traits.select("rid", "extrait", "ine")
        .join(truth.select("rid", "personne"), on="rid")
        .join(groups.select("rid", rendu="personne"), on="rid")
    )


def make_world(dossier: Path, personnes: int, graine: int, taux: SimulatedRates) -> Path:
    """Simulate, extract, validate and normalise one campaign; do nothing if it stands already.

    `dossier` receives `traits.parquet`, `parcours.parquet` (what linkage reads) and
    `verite.parquet` (`rid`, `extrait`, `ine` as delivered, `personne`: what scoring reads).
    """
    if (dossier / "verite.parquet").is_file():
        return dossier
    with TemporaryDirectory(prefix="siei-monde-") as place:
        fait = simulate(Path(place), personnes, graine, taux, campagnes=(CAMPAGNE,))
        lignes = pl.read_parquet(fait.truth / "lignes.parquet")
        lignes = lignes.filter(pl.col("campagne") == CAMPAGNE)
        return keep_world(dossier, fait.campagnes[CAMPAGNE], lignes)


def make_other_world(dossier: Path, personnes: int, graine: int, generateur: Path) -> Path:
    """Do the same with a world that a generator of somebody else draws: a program, never imported.

    Args:
        dossier: see `make_world`.
        personnes: how many people.
        graine: of the draw.
        generateur: folder of `monde.py DIR --personnes N --graine N`, which writes `campagnes/CODE`, what a
            run reads, and `verite/CODE/lignes.parquet` (`extrait`, `fichier`, `ligne`, `ine`, `id_vrai`).

    Raises:
        SystemExit: the generator fails; its last words are told.
    """
    if (dossier / "verite.parquet").is_file():
        return dossier
    with TemporaryDirectory(prefix="siei-monde-") as place:
        asked = ["--personnes", str(personnes), "--graine", str(graine)]
        done = subprocess.run(
            [sys.executable, str(generateur / "monde.py"), place, *asked],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{generateur}/monde.py failed:\n{done.stderr[-2000:]}")
        lignes = pl.read_parquet(Path(place, "verite", CAMPAGNE, "lignes.parquet")).select(
            pl.col("extrait", "fichier").cast(pl.String),
            pl.col("ligne").cast(pl.UInt32),
            "ine",
            personne="id_vrai",
        )
        return keep_world(dossier, Path(place, "campagnes", CAMPAGNE), lignes)


def keep_world(dossier: Path, livraison: Path, lignes: pl.DataFrame) -> Path:
    """Normalise a delivery and put what contenders and scoring read into `dossier`.

    Args:
        dossier: see `make_world`.
        livraison: folder of the campaign.
        lignes: `extrait`, `fichier`, `ligne`, `ine` and `personne` of each row of it.
    """
    dossier.mkdir(parents=True, exist_ok=True)
    traits, parcours = normalise_delivery(livraison)
    traits.write_parquet(dossier / "traits.parquet")
    parcours.write_parquet(dossier / "parcours.parquet")
    verite = traits.select("rid", "extrait", "fichier", "ligne").join(
        lignes.select("extrait", "fichier", "ligne", "ine", "personne"),
        on=["extrait", "fichier", "ligne"],
        how="left",
        maintain_order="left",
    )
    verite.select("rid", "extrait", "ine", "personne").write_parquet(dossier / "verite.parquet")
    return dossier


def normalise_delivery(dossier: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `traits` and `parcours` of a delivery, as a run hands them to linkage."""
    livraison = receive(dossier)
    traits: list[pl.DataFrame] = []
    parcours: list[pl.DataFrame] = []
    for fichier in livraison.fichiers:
        if fichier.extrait != RETOURS:
            valides = read_valid(dossier, fichier, livraison.campagne)
            faits = normalise(valides, fichier, premier_rid=sum(t.height for t in traits))
            traits.append(faits.traits)
            parcours.append(faits.parcours)
    return pl.concat(traits), pl.concat(parcours)


def read_valid(dossier: Path, fichier: Fichier, campagne: Campagne) -> pl.DataFrame:
    tranches: list[pl.DataFrame] = []

    def keep(table: str, frame: pl.DataFrame, tranche: int) -> None:
        if table == "valides":
            tranches.append(frame)

    sort_rows(dossier, fichier, campagne, keep)
    return pl.concat(tranches)
