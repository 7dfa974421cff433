"""A small released campaign, for the tests of the release and of the page."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from siei_match.audit import Acteur
from siei_match.release import Parution, release
from siei_match.settings import Settings
from tests.deliveries import KEY
from tests.publication import publish

QUAND = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ACTEUR = Acteur("a.martin", QUAND)
REGLAGES = Settings(cle=KEY)
MOTIF = "campagne d'essai, vue ensemble"
TENUES = ("rejets", "a_verifier", "erreurs", "sources")
"""The gates that hold the campaign of `tests.publication` back."""
MALGRE = dict.fromkeys(TENUES, MOTIF)


def publish_campaign(sortie: Path, code: str = "2026-10") -> Path:
    publish(sortie, code)
    return sortie


def release_campaign(sortie: Path, code: str = "2026-10") -> Parution:
    return release(sortie, code, REGLAGES, acteur=ACTEUR, malgre=MALGRE)


def copy(source: Path, target: Path) -> Path:
    return Path(shutil.copytree(source, target))
