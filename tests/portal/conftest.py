"""A page over two small released campaigns, with a clock that tests set, and a browser."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from siei_match.portal import Portal, PortalSettings, create_app, open_portal
from siei_match.portal.signin.accounts import change_password, create_account
from tests.portal import many
from tests.portal.people import ACCOUNTS, AUTRE, PASSWORD, PSAD  # noqa: F401 - also told from here
from tests.portal.windows import (  # noqa: F401 - fixtures
    chromium,
    hours,
    page_at,
    pairs_in_doubt,
    provider,
    visit,
)
from tests.releases import REGLAGES, copy, publish_campaign, release_campaign

URL = "https://siei.invalid"


@dataclass
class Clock:
    now: datetime = field(default_factory=lambda: datetime(2027, 3, 20, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **elapsed: float) -> None:
        self.now += timedelta(**elapsed)


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sortie = tmp_path_factory.mktemp("portail") / "out"
    for code in ("2026-10", "2027-03"):
        publish_campaign(sortie, code)
        release_campaign(sortie, code)
    return sortie


@pytest.fixture(scope="session")
def released_many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two campaigns, the second of which names 33 young people on one list: what `released` is for tests of work."""
    return many.release_many(tmp_path_factory.mktemp("beaucoup") / "out", 33)


@pytest.fixture
def sortie(released: Path, tmp_path: Path) -> Path:
    return copy(released, tmp_path / "out")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portail(sortie: Path, clock: Clock) -> Iterator[Portal]:
    made = open_portal(sortie, PortalSettings(url=URL, comptes_locaux=True), REGLAGES, clock=clock)
    yield made
    made.base.close()


@pytest.fixture(scope="session")
def hashed() -> str:
    from siei_match.portal.signin.passwords import hash_password

    return hash_password(PASSWORD)


@pytest.fixture
def accounts(portail: Portal, hashed: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """One account per role; the password is hashed once for all tests."""
    made = {}
    with monkeypatch.context() as patch:
        patch.setattr("siei_match.portal.signin.accounts.hash_password", lambda password: hashed)
        for role, (courriel, roles, psads) in ACCOUNTS.items():
            compte, _ = create_account(portail.base, courriel, role, roles, psads, local=True)
            change_password(portail.base, compte, PASSWORD)
            made[role] = compte.id
    return made


@pytest.fixture
def browse(portail: Portal, accounts: dict[str, int]) -> Callable[..., TestClient]:
    """Give a browser of its own, signed in as who is named."""

    def open_browser(role: str | None = None) -> TestClient:
        browser = TestClient(create_app(portail), base_url=URL, follow_redirects=False)
        if role is not None:
            answer = sign_in(browser, ACCOUNTS[role][0], PASSWORD)
            assert answer.status_code == 303, answer.text
        return browser

    return open_browser


def token_of(page: str) -> str:
    found = re.search(r'name="jeton" value="([^"]+)"', page)
    assert found, "no form"
    return found.group(1)


def sign_in(browser: TestClient, courriel: str, password: str):
    jeton = token_of(browser.get("/connexion").text)
    return browser.post(
        "/connexion", data={"jeton": jeton, "courriel": courriel, "mot_de_passe": password}
    )


def post(browser: TestClient, path: str, data: dict | None = None, page: str = "", **more):
    """Send a form as a browser does, with the token of the page that it stands on."""
    shown = browser.get(page or path)
    return browser.post(path, data={"jeton": token_of(shown.text), **(data or {})}, **more)
