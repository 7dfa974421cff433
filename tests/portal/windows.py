"""Debian's Chromium in front of the page, served on loopback: fixtures, and what a person's hands do."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from siei_match.output.holdings import SHOWN_PAIRS
from siei_match.portal import PortalSettings, create_app, open_portal
from siei_match.portal.signin.accounts import change_password, create_account
from tests.portal.browser import OPTIONS, axe_script, free_socket, require_browser, serving
from tests.portal.people import ACCOUNTS, PASSWORD
from tests.portal.provider import CLIENT, SECRET, Provider
from tests.publication import frame
from tests.releases import REGLAGES, copy

WIDE, NARROW = {"width": 1100, "height": 800}, {"width": 360, "height": 740}
LAPTOP, PHONE = {"width": 1366, "height": 768}, {"width": 375, "height": 700}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SHOTS = os.environ.get("SIEI_CAPTURES")
"""A folder to put screenshots in, to be looked at."""


class Hours:
    """The real time, moved by a test."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.moved


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    path = require_browser()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def provider(hours) -> Iterator[Provider]:
    made = Provider(hours)
    made.ecran = True
    made.start()
    yield made
    made.stop()


@pytest.fixture
def page_at(released, tmp_path, hours, provider) -> Iterator[tuple[str, Path]]:
    """The page, served on loopback with the provider and local accounts."""
    sortie = copy(released, tmp_path / "out")
    bound = free_socket()
    reglages = PortalSettings(
        url=f"http://127.0.0.1:{bound.getsockname()[1]}", comptes_locaux=True,
        oidc_emetteur=provider.url, oidc_client=CLIENT, oidc_secret=SECRET,
    )  # fmt: skip
    portail = open_portal(sortie, reglages, REGLAGES, clock=hours)
    for nom, (courriel, roles, psads) in ACCOUNTS.items():
        compte, _ = create_account(portail.base, courriel, nom, roles, psads, local=True)
        change_password(portail.base, compte, PASSWORD)
    with serving(create_app(portail), bound) as url:
        yield url, sortie
    portail.base.close()


@pytest.fixture
def visit(chromium, page_at):
    """Open a browser of one's own; no script of ours or others' may run, none may be refused."""
    opened, complaints = [], []

    def open_page(size=WIDE):
        context = chromium.new_context(
            viewport=size, locale="fr-FR", accept_downloads=True, java_script_enabled=True
        )
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        opened.append(context)
        page.goto(page_at[0])
        return page

    yield open_page
    for context in opened:
        context.close()
    # A refusal (403, 404…) is told by Chromium; what the policy blocked would be our mistake.
    assert not [text for text in complaints if "Failed to load resource" not in text]


def enter(page, role: str) -> None:
    page.get_by_label("Adresse électronique").fill(ACCOUNTS[role][0])
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def look(page, name: str) -> None:
    if SHOTS:
        width = page.viewport_size["width"]
        page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)


def check_page(page, where: str) -> None:
    """Axe finds nothing on a page, and nothing of it is wider than the screen."""
    # Through the developer's door: the page's own policy lets no script in.
    page.evaluate(axe_script())
    found = page.evaluate(f"axe.run(document, {RULES})")["violations"]
    told = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found]
    assert told == [], where
    inside = page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert inside, f"{where} is wider than the screen"


def tab_to(page, what: str, most: int = 90) -> None:
    """Press Tab until what has the focus matches, as somebody without a mouse does; where one is must be seen."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("what => document.activeElement.matches(what)", what):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline == "solid", f"{what} has the focus, and nothing shows it"
            page.wait_for_function(
                "() => { const r = document.activeElement.getBoundingClientRect();"
                " return r.top >= 0 && r.bottom <= innerHeight + 1; }",
                timeout=3_000,
            )
            return
    raise AssertionError(f"{what} cannot be reached")


def download(page, name: str) -> bytes:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    return Path(waiting.value.path()).read_bytes()


@pytest.fixture
def pairs_in_doubt(page_at) -> None:
    row = {
        "id_paire": f"d{1:031x}", "extrait_a": "scolarite", "fichier_a": "scolarite.csv",
        "ligne_a": 2, "extrait_b": "missions_locales", "fichier_b": "missions_locales.csv",
        "ligne_b": 1, "id_a": f"p{1:031x}", "id_b": f"p{2:031x}", "probabilite": 0.41,
        "decide": True, "statut": "diplome", "motif": "niveau_3",
        **{f"{name}_{side}": "0" * 32 for name in ("contenu", "identite", "traits")
           for side in "ab"},
    }  # fmt: skip
    folder = page_at[1] / "campagnes" / "2027-03"
    frame("doutes", [row]).write_parquet(folder / "doutes.parquet")
    told = {"id_paire": row["id_paire"], "rang": 0, "trait": "prénoms", "valeur_a": "Maëlys",
            "valeur_b": "Maël", "signe": "≠"}  # fmt: skip
    values = page_at[1] / SHOWN_PAIRS
    values.mkdir(parents=True)
    frame("valeurs_relecture", [told]).write_parquet(values / "2027-03.parquet")
    levels = {"niveau_nom": "egal", "niveau_naissance": "un_jour", "niveau_telephone": "different"}
    pl.read_parquet(folder / "liens.parquet").with_columns(
        **{name: pl.lit(level) for name, level in levels.items()}
    ).write_parquet(folder / "liens.parquet")
