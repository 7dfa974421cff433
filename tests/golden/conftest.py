"""Whole runs on small fictive campaigns, made once per session."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from siei_match.campaign.results import PreparedRun
from siei_match.campaign.story import run_campaign
from siei_match.output.audit import Actor
from siei_match.reference.settings import Settings
from siei_match.simulate import simulate
from tests.deliveries import CODES, KEY
from tests.sharing import shared
from tests.zones import write_zones

EXPLOITANT = Actor("exploitant", datetime(2026, 10, 16, 8, 30, tzinfo=UTC), KEY.encode())
SAMPLES = Path(__file__).parents[2] / "sample_data"


@pytest.fixture(scope="session")
def few_zones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixteen platforms instead of 383: a run writes 34 lists and not 768."""
    return write_zones(tmp_path_factory.mktemp("zones"))


@pytest.fixture(scope="module", autouse=True)
def own_settings(few_zones: Path) -> Iterator[None]:
    """No test makes a key in the home folder of who runs it; every command has the few zones."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIEI_CLE", KEY)
        patch.setenv("SIEI_PSAD", str(few_zones))
        yield


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two campaigns over the same 400 fictive people."""

    def make(root: Path) -> dict[str, str]:
        made = simulate(root, 400, 7, campagnes=CODES).campagnes
        return {code: folder.relative_to(root).as_posix() for code, folder in made.items()}

    root, folders = shared(tmp_path_factory, "france", make)
    return {code: root / folder for code, folder in folders.items()}


@pytest.fixture(scope="session")
def settings(few_zones: Path) -> Settings:
    return Settings(cle=KEY, psad=few_zones)


@pytest.fixture(scope="session")
def published(
    deliveries: dict[str, Path], settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, PreparedRun]]:
    """The output folder after both campaigns, to be read only."""

    def make(sortie: Path) -> dict[str, PreparedRun]:
        return {
            code: run_campaign(deliveries[code], sortie, settings, actor=EXPLOITANT)
            for code in CODES
        }

    return shared(tmp_path_factory, "published", make)


@pytest.fixture(scope="session")
def sample(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, PreparedRun]]:
    """The output folder after both campaigns of sample_data with the zones that ship; read only."""

    def make(sortie: Path) -> dict[str, PreparedRun]:
        reglages = Settings(cle=KEY, psad=None)
        return {
            code: run_campaign(SAMPLES / code, sortie, reglages, actor=EXPLOITANT) for code in CODES
        }

    return shared(tmp_path_factory, "sample", make)
