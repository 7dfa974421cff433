"""A small released campaign, for the tests of the release and of the page."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from siei_match.output import open_staging, place_staging
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings
from siei_match.release import Released, release
from siei_match.stages.publish import publish_campaign as write_campaign
from tests.deliveries import KEY
from tests.publication import execution, resultats

QUAND = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ACTEUR = Actor("a.martin", QUAND)
REGLAGES = Settings(cle=KEY)
MOTIF = "campagne d'essai, vue ensemble"
TENUES = ("rejets", "a_verifier", "erreurs", "sources")
"""The gates that hold the campaign of `tests.publication` back."""
MALGRE = dict.fromkeys(TENUES, MOTIF)


def publish_campaign(sortie: Path, code: str = "2026-10") -> Path:
    """Publish the small campaign, its signalements in the form that answers are read in."""
    made = resultats(code)
    real = pl.concat_str(pl.lit("s"), pl.col("id_signalement").str.slice(2)).alias("id_signalement")
    made = replace(
        made,
        listes=made.listes.with_columns(real),
        signalements=made.signalements.with_columns(real),
    )
    with open_staging(sortie, code) as staging:
        write_campaign(staging, execution(code), made)
        place_staging(staging)
    return sortie


def release_campaign(sortie: Path, code: str = "2026-10") -> Released:
    return release(sortie, code, REGLAGES, actor=ACTEUR, despite=MALGRE)


def copy(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target))
