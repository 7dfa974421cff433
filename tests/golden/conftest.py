"""Whole runs on small fictive campaigns, made once per session."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siei_match.campaign.results import PreparedCampaign
from siei_match.campaign.story import run_campaign
from siei_match.output.audit import Acteur
from siei_match.reference.settings import Settings
from siei_match.simulate import simulate
from tests.deliveries import CODES, KEY

EXPLOITANT = Acteur("exploitant", datetime(2026, 10, 16, 8, 30, tzinfo=UTC))
SAMPLES = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="session", autouse=True)
def own_key() -> Iterator[None]:
    """No test makes a key in the home folder of who runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIEI_CLE", KEY)
        yield


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two campaigns over the same 400 fictive people."""
    return simulate(tmp_path_factory.mktemp("france"), 400, 7, campagnes=CODES).campagnes


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(cle=KEY)


@pytest.fixture(scope="session")
def published(
    deliveries: dict[str, Path], settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, PreparedCampaign]]:
    """The output folder after both campaigns, to be read only."""
    sortie = tmp_path_factory.mktemp("sortie")
    return sortie, {
        code: run_campaign(deliveries[code], sortie, settings, acteur=EXPLOITANT) for code in CODES
    }


@pytest.fixture(scope="session")
def sample(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, PreparedCampaign]]:
    """The output folder after both campaigns of sample_data, to be read only."""
    sortie = tmp_path_factory.mktemp("sample")
    return sortie, {
        code: run_campaign(SAMPLES / code, sortie, settings, acteur=EXPLOITANT) for code in CODES
    }
