"""What platforms would answer to a campaign's lists, from the true lives: the next one's `retours`."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from siei_match.output.databases.reading import reading
from siei_match.reference.errors import OutputError
from siei_match.reference.french import FRENCH_DATE
from siei_match.reference.vocabulary import ANNULE, ANSWERS, BINDING_ANSWERS, RETOURS, UNPLACED
from siei_match.simulate import files
from siei_match.simulate.dice import Ints, cast_dice, dates, draw_weighted
from siei_match.simulate.pairs import find_owners

REPONSES: Final = tuple(answer for answer in ANSWERS if answer != ANNULE)
# Odds of each answer, by what the platform finds when it calls.
CHANCES: Final[Mapping[str, Mapping[str, int]]] = {
    "sortant": {
        "en_formation": 4, "en_emploi": 11, "service_civique": 1, "suivi": 16, "rendez_vous": 6,
        "contacte_sans_reponse": 12, "injoignable": 17, "coordonnees_incorrectes": 9, "refus": 10,
        "ne_souhaite_plus": 2, "demenage": 6, "autre": 6,
    },
    "en_formation": {
        "en_formation": 84, "contacte_sans_reponse": 5, "injoignable": 6,
        "coordonnees_incorrectes": 3, "demenage": 2,
    },
    "diplome": {
        "en_formation": 4, "en_emploi": 8, "diplome": 70, "injoignable": 15, "demenage": 3,
    },
    "double": {"injoignable": 8, "doublon": 92},
}  # fmt: skip
ANSWERED_SHARE: Final = 0.6
MISTAKEN_SHARE: Final = 0.04
"""Answers before which the platform had said `en_formation` by mistake."""
TAKEN_BACK_SHARE: Final = 0.02
"""Answers that the platform took back afterwards."""
MISTAKE: Final = "en_formation"


def simulate_retours(
    sortie: Path, truth: Path, campagne: str, following: Path, seed: int
) -> pl.DataFrame:
    """Answer a share of the lists of `campagne`, into the input folder of the next one.

    Inputs: the output of `siei run` on `campagne`, the truth of its simulation, and the next
    campaign's input folder, where `retours.csv` is written and declared in campagne.toml. The
    true answers go to `verite/retours.parquet`. Returns the rows written.

    Raises:
        OutputError: the campaign has not been run into `sortie`, or is already answered.
    """
    if (following / "retours.csv").exists():
        raise OutputError(
            "retours.csv: already there.", remedy="Remove it and simulate the campaign again."
        )
    told, stands = draw_answers(sortie, truth, campagne, seed)
    table = told.select(
        "id_signalement", "personne",
        date_retour=pl.when("iso").then(pl.col("jour").dt.strftime("%Y-%m-%d"))
        .otherwise(pl.col("jour").dt.strftime(FRENCH_DATE)),
        retour="retour",
        psad_destination=pl.when(
            (pl.col("retour") == "demenage") & (pl.col("elsewhere") != pl.col("psad"))
        ).then("elsewhere"),
        commentaire=pl.when(pl.col("retour") == "autre").then(pl.lit("Réponse fictive.")),
    )  # fmt: skip
    code = _declare(following, table.drop("personne"))
    files.write_parquet(
        truth / "retours.parquet",
        table.filter(stands)
        .select(
            "personne",
            "retour",
            "psad_destination",
            campagne=pl.lit(code),
            liant=pl.col("retour").is_in(BINDING_ANSWERS),
        )
        .sort("personne", "retour")
        .unique("personne", keep="first", maintain_order=True),
    )
    return table.drop("personne")


def draw_answers(
    sortie: Path, truth: Path, campagne: str, seed: int
) -> tuple[pl.DataFrame, pl.Series]:
    """Draw what platforms answer to the lists of a campaign, mistakes and what is taken back too.

    Returns the answers (`id_signalement`, `personne`, `psad` that gives it, `retour`, `jour`,
    `elsewhere`, another platform), in the order in which they are given, and which of them stand.

    Raises:
        OutputError: the campaign has not been run into `sortie`.
    """
    reported = _read_signalements(sortie, campagne)
    found = _find_out(reported, sortie, truth, campagne)
    rng = cast_dice(seed, "retours", campagne)
    found = found.filter(pl.lit(pl.Series(rng.random(found.height) < ANSWERED_SHARE)))
    answers = pl.Series(REPONSES).gather(_draw_answers(rng, found["finding"]))
    year, month = map(int, campagne.split("-"))
    base = int(np.datetime64(date(year, month, 25), "D").astype(np.int64))
    days = dates(base + rng.integers(0, 90, found.height))
    found = found.with_columns(iso=pl.Series(rng.random(found.height) < 0.5))
    zones = reported.filter(pl.col("psad") != UNPLACED)["psad"].unique().sort()
    elsewhere = zones.gather(rng.integers(0, len(zones), found.height))
    return _correct(rng, found.with_columns(retour=answers, jour=days, elsewhere=elsewhere))


def _correct(rng: np.random.Generator, told: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Add what platforms said by mistake: rows in the order of their days, and which ones stand."""
    mistaken = pl.lit(pl.Series(rng.random(told.height) < MISTAKEN_SHARE))
    taken_back = pl.lit(pl.Series(rng.random(told.height) < TAKEN_BACK_SHARE))
    rows = pl.concat(
        [
            told.with_columns(step=pl.lit(1), stands=~taken_back),
            told.filter(mistaken).with_columns(
                jour=pl.col("jour").dt.offset_by("-1d"),
                retour=pl.lit(MISTAKE),
                step=pl.lit(0),
                stands=pl.lit(value=False),
            ),
            # Of a mistake alone there is one answer to take back; of a mistake and its correction, two.
            *(
                told.filter(taken_back, which).with_columns(
                    jour=pl.col("jour").dt.offset_by(f"{step - 1}d"),
                    retour=pl.lit(ANNULE),
                    step=pl.lit(step),
                    stands=pl.lit(value=False),
                )
                for step, which in ((2, pl.lit(value=True)), (3, mistaken))
            ),
        ]
    ).sort("personne", "id_signalement", "step")
    return rows.drop("step", "stands"), rows["stands"]


def _read_signalements(sortie: Path, campagne: str) -> pl.DataFrame:
    base = sortie / "siei.duckdb"
    if not base.is_file():
        raise OutputError("siei.duckdb: missing.", remedy=f"Run `siei run` on {campagne} first.")
    with reading(base) as connection:
        table = connection.sql(
            "SELECT id_signalement, id_personne, psad FROM signalements "
            "WHERE campagne = $campagne ORDER BY id_signalement",
            params={"campagne": campagne},
        ).pl()
    return pl.DataFrame(table)


def _find_out(reported: pl.DataFrame, sortie: Path, truth: Path, campagne: str) -> pl.DataFrame:
    """Return, for each signalement, the person and what a call finds out (`finding`)."""
    identites = pl.read_parquet(sortie / "campagnes" / campagne / "identites.parquet", glob=False)
    true_rows = pl.read_parquet(truth / "lignes.parquet", glob=False).filter(
        pl.col("campagne") == campagne
    )
    rows = identites.join(true_rows, on=["extrait", "fichier", "ligne"], maintain_order="left")
    situations = (
        pl.read_parquet(truth / "situations.parquet", glob=False)
        .filter(pl.col("campagne") == campagne)
        .select("personne", "statut")
    )
    return (
        reported.join(find_owners(rows), on="id_personne", how="left")
        .join(situations, on="personne", how="left")
        .sort("personne", "id_signalement")
        .with_columns(deja=pl.col("personne").cum_count().over("personne") > 1)
        .with_columns(
            finding=pl.when("deja").then(pl.lit("double"))
            .when(pl.col("statut").is_in(["en_formation", "diplome"])).then("statut")
            .otherwise(pl.lit("sortant"))
        )
        .drop_nulls("personne")
    )  # fmt: skip


def _draw_answers(rng: np.random.Generator, findings: pl.Series) -> Ints:
    ranks = np.zeros(len(findings), dtype=np.int64)
    for finding, chances in CHANCES.items():
        here = np.flatnonzero((findings == finding).to_numpy())
        odds = [chances.get(answer, 0) for answer in REPONSES]
        ranks[here] = draw_weighted(rng, np.array(odds, dtype=np.float64), len(here))
    return ranks


def _declare(following: Path, table: pl.DataFrame) -> str:
    """Write retours.csv, declare it in campagne.toml and return the campaign's code."""
    path = following / "retours.csv"
    rows = files.write_csv(path, table, [])
    fichier = files.describe(path, RETOURS, rows)
    toml = following / "campagne.toml"
    text = toml.read_text(encoding="utf-8")
    read = tomllib.loads(text)
    extraction = read["fichiers"][0]["date_extraction"].isoformat()
    heading = (
        f'\n[[fichiers]]\nextrait = "{RETOURS}"\nnom = "{fichier.nom}"\n'
        f"date_extraction = {extraction}\n"
        f'lignes = {fichier.lignes}\nsha256 = "{fichier.sha256}"\n'
    )
    toml.write_text(text + heading, encoding="utf-8")
    return str(read["campagne"]["code"])
