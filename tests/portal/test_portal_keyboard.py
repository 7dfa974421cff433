"""A morning of a region, a clerk and an administrator without a mouse, on a laptop and at the width of a phone."""

import re
from pathlib import Path

import pytest

from siei_match.portal.base import open_base
from siei_match.portal.signin.accounts import find_account
from siei_match.review import list_judgements
from tests.portal.many import CODE
from tests.portal.people import ACCOUNTS, PASSWORD
from tests.portal.windows import LAPTOP, PHONE, check_page, look, tab_to

pytestmark = pytest.mark.slow

SIZES = pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])


@pytest.fixture(scope="session")
def released(released_many: Path) -> Path:
    return released_many


def follow(page, what: str, address: str) -> None:
    tab_to(page, what)
    with page.expect_navigation(url=re.compile(address)):
        page.keyboard.press("Enter")


def sign_in(page, role: str, address: str) -> None:
    tab_to(page, "#courriel")
    page.keyboard.type(ACCOUNTS[role][0])
    tab_to(page, "#mot_de_passe")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation(url=re.compile(address)):
        page.keyboard.press("Enter")


@SIZES
def test_a_region_reads_its_counts_and_takes_them_away(visit, size) -> None:
    page = visit(size)
    sign_in(page, "region", "/avancement$")
    check_page(page, "/avancement")
    tab_to(page, f'a[href="/avancement/{CODE}.csv"]')
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename == f"avancement-{CODE}.csv"
    follow(page, 'form[action="/deconnexion"] button', "/connexion")


@SIZES
def test_a_clerk_judges_a_pair_and_takes_it_back(visit, page_at, pairs_in_doubt, size) -> None:
    page = visit(size)
    sign_in(page, "relecteur", "/relecture$")
    check_page(page, "/relecture")
    follow(page, f'main a[href="/relecture/{CODE}"]', f"/relecture/{CODE}")
    check_page(page, "a pair")
    tab_to(page, 'input[name="reponse"]')
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    chosen = page.evaluate("document.activeElement.value")
    assert chosen == "autre"
    follow(page, 'form:has(input[name="reponse"]) button', f"/relecture/{CODE}")
    look(page, "clavier-relecture")
    check_page(page, "the last pair")
    assert list_judgements(page_at[1])["etat"].to_list() != ["retiree"]
    follow(page, f'form[action="/relecture/{CODE}/reprendre"] button', "reprise=1")
    assert list_judgements(page_at[1])["etat"].to_list() == ["retiree"]


@SIZES
def test_an_administrator_finds_an_account_and_closes_it(visit, page_at, size) -> None:
    page = visit(size)
    sign_in(page, "administrateur", "/administration$")
    check_page(page, "/administration")
    follow(page, 'a[href="/administration/comptes"]', "/administration/comptes$")
    check_page(page, "the accounts")
    tab_to(page, 'input[type="search"]')
    page.keyboard.type("coord@")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    follow(page, 'main a[href^="/administration/comptes/"]', r"/administration/comptes/\d+")
    check_page(page, "an account")
    tab_to(page, 'input[name="confirme"]')
    page.keyboard.press("Space")
    with page.expect_navigation():
        tab_to(page, "button.grave")
        page.keyboard.press("Enter")
    assert "est fermé" in page.get_by_role("status").inner_text()
    base = open_base(page_at[1])
    closed = find_account(base, courriel=ACCOUNTS["coordonnateur"][0])
    base.close()
    assert closed is not None
    assert not closed.active
    follow(page, 'a[href="/administration/audit"]', "/administration/audit$")
    check_page(page, "the log")
