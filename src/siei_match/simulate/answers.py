"""What platforms would answer to a campaign's lists, from the true lives: the next one's `retours`."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import polars as pl

from siei_match.reference.errors import OutputError
from siei_match.reference.french import FRENCH_DATE
from siei_match.reference.vocabulary import RETOURS, RETOURS_LIANTS
from siei_match.simulate import files
from siei_match.simulate.dice import Ints, cast_dice, dates, draw_weighted
from siei_match.simulate.pairs import find_owners

REPONSES: Final = (
    "en_formation", "en_emploi", "diplome", "suivi", "injoignable", "refus", "demenage",
    "doublon", "autre",
)  # fmt: skip
# Odds of each answer, by what the platform finds when it calls.
CHANCES: Final = {
    "sortant": (4, 12, 0, 22, 38, 12, 6, 0, 6),
    "en_formation": (84, 0, 0, 0, 14, 0, 2, 0, 0),
    "diplome": (4, 8, 70, 0, 15, 0, 3, 0, 0),
    "double": (0, 0, 0, 0, 8, 0, 0, 92, 0),
}
PART_REPONDUE: Final = 0.6


def simulate_retours(
    sortie: Path, verite: Path, campagne: str, suivante: Path, graine: int
) -> pl.DataFrame:
    """Answer a share of the lists of `campagne`, into the input folder of the next one.

    Inputs: the output of `siei run` on `campagne`, the truth of its simulation, and the next
    campaign's input folder, where `retours.csv` is written and declared in campagne.toml. The
    true answers go to `verite/retours.parquet`. Returns the rows written.

    Raises:
        OutputError: the campaign has not been run into `sortie`, or is already answered.
    """
    signales = _read_signalements(sortie, campagne)
    if (suivante / "retours.csv").exists():
        raise OutputError(
            "retours.csv: already there.", remedy="Remove it and simulate the campaign again."
        )
    trouves = _find_out(signales, sortie, verite, campagne)
    des = cast_dice(graine, "retours", campagne)
    trouves = trouves.filter(pl.lit(pl.Series(des.random(trouves.height) < PART_REPONDUE)))
    reponses = pl.Series(REPONSES).gather(_draw_answers(des, trouves["constat"]))
    annee, mois = map(int, campagne.split("-"))
    base = int(np.datetime64(date(annee, mois, 25), "D").astype(np.int64))
    jours = dates(base + des.integers(0, 90, trouves.height))
    iso = pl.Series(des.random(trouves.height) < 0.5)
    zones = signales["psad"].unique().sort()
    ailleurs = zones.gather(des.integers(0, len(zones), trouves.height))
    table = trouves.with_columns(retour=reponses, jour=jours, ailleurs=ailleurs).select(
        "id_signalement", "personne",
        date_retour=pl.when(pl.lit(iso)).then(pl.col("jour").dt.strftime("%Y-%m-%d"))
        .otherwise(pl.col("jour").dt.strftime(FRENCH_DATE)),
        retour="retour",
        psad_destination=pl.when(pl.col("retour") == "demenage").then("ailleurs"),
        commentaire=pl.when(pl.col("retour") == "autre").then(pl.lit("Réponse fictive.")),
    )  # fmt: skip
    code = _declare(suivante, table.drop("personne"))
    files.write_parquet(
        verite / "retours.parquet",
        table.select(
            "personne",
            "retour",
            "psad_destination",
            campagne=pl.lit(code),
            liant=pl.col("retour").is_in(RETOURS_LIANTS),
        )
        .sort("personne", "retour")
        .unique("personne", keep="first", maintain_order=True),
    )
    return table.drop("personne")


def _read_signalements(sortie: Path, campagne: str) -> pl.DataFrame:
    base = sortie / "siei.duckdb"
    if not base.is_file():
        raise OutputError("siei.duckdb: missing.", remedy=f"Run `siei run` on {campagne} first.")
    with duckdb.connect(str(base), read_only=True) as connexion:
        table = connexion.sql(
            "SELECT id_signalement, id_personne, psad FROM signalements "
            "WHERE campagne = $campagne ORDER BY id_signalement",
            params={"campagne": campagne},
        ).pl()
    return pl.DataFrame(table)


def _find_out(signales: pl.DataFrame, sortie: Path, verite: Path, campagne: str) -> pl.DataFrame:
    """Return, for each signalement, the person and what a call finds out (`constat`)."""
    identites = pl.read_parquet(sortie / "campagnes" / campagne / "identites.parquet")
    vraies = pl.read_parquet(verite / "lignes.parquet").filter(pl.col("campagne") == campagne)
    lignes = identites.join(vraies, on=["extrait", "fichier", "ligne"], maintain_order="left")
    situations = (
        pl.read_parquet(verite / "situations.parquet")
        .filter(pl.col("campagne") == campagne)
        .select("personne", "statut")
    )
    return (
        signales.join(find_owners(lignes), on="id_personne", how="left")
        .join(situations, on="personne", how="left")
        .sort("personne", "id_signalement")
        .with_columns(deja=pl.col("personne").cum_count().over("personne") > 1)
        .with_columns(
            constat=pl.when("deja").then(pl.lit("double"))
            .when(pl.col("statut").is_in(["en_formation", "diplome"])).then("statut")
            .otherwise(pl.lit("sortant"))
        )
        .drop_nulls("personne")
    )  # fmt: skip


def _draw_answers(des: np.random.Generator, constats: pl.Series) -> Ints:
    rangs = np.zeros(len(constats), dtype=np.int64)
    for constat, chances in CHANCES.items():
        ici = np.flatnonzero((constats == constat).to_numpy())
        rangs[ici] = draw_weighted(des, np.array(chances, dtype=np.float64), len(ici))
    return rangs


def _declare(suivante: Path, table: pl.DataFrame) -> str:
    """Write retours.csv, declare it in campagne.toml and return the campaign's code."""
    chemin = suivante / "retours.csv"
    lignes = files.write_csv(chemin, table, [])
    fichier = files.describe(chemin, RETOURS, lignes)
    toml = suivante / "campagne.toml"
    texte = toml.read_text(encoding="utf-8")
    lue = tomllib.loads(texte)
    extraction = lue["fichiers"][0]["date_extraction"].isoformat()
    annonce = (
        f'\n[[fichiers]]\nextrait = "{RETOURS}"\nnom = "{fichier.nom}"\n'
        f"date_extraction = {extraction}\n"
        f'lignes = {fichier.lignes}\nsha256 = "{fichier.sha256}"\n'
    )
    toml.write_text(texte + annonce, encoding="utf-8")
    return str(lue["campagne"]["code"])
