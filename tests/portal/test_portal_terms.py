"""Rights end and are reviewed yearly; what nobody uses closes: by a clock that moves."""

import pytest

from siei_match.cli import main
from siei_match.output import audit
from siei_match.portal.base import open_base
from siei_match.portal.signin import terms
from siei_match.portal.signin.accounts import find_account
from siei_match.portal.signin.welcome import close_what_nobody_used
from tests.deliveries import KEY
from tests.portal.conftest import ACCOUNTS, PASSWORD, post, sign_in

COURRIEL = ACCOUNTS["coordonnateur"][0]
REVUE = "/administration/revue"


@pytest.fixture(autouse=True)
def begun(portail, accounts, clock) -> None:
    terms.begin_terms(portail.base, clock())


def is_open(portail, role: str) -> bool:
    return find_account(portail.base, courriel=ACCOUNTS[role][0]).active


@pytest.mark.parametrize(("days", "opened"), [(182, True), (183, False), (400, False)])
def test_an_account_closes_after_six_months_without_use(
    portail, browse, clock, sortie, days, opened
) -> None:
    clock.pass_by(days=days)
    assert (sign_in(browse(), COURRIEL, PASSWORD).status_code == 303) is opened
    assert is_open(portail, "coordonnateur") is opened
    closed = [e for e in audit.read_entries(sortie) if e.details.get("raison") == "inutilise"]
    assert (len(closed) == 0) is opened
    assert not closed or {e.par for e in closed} == {"siei portal"}


def test_a_sign_in_begins_the_six_months_anew(portail, browse, clock) -> None:
    clock.pass_by(days=180)
    browse("coordonnateur")
    clock.pass_by(days=180)
    close_what_nobody_used(portail)
    assert is_open(portail, "coordonnateur")
    assert not is_open(portail, "relecteur")


def test_the_password_without_the_second_factor_is_no_use(portail, browse, clock) -> None:
    from siei_match.portal.signin.accounts import sign_in as password_alone

    clock.pass_by(days=182)
    assert password_alone(portail.base, COURRIEL, PASSWORD, when=clock(), essais=5, blocage=15)
    clock.pass_by(days=1)
    close_what_nobody_used(portail)
    assert not is_open(portail, "coordonnateur")


def test_one_administrator_stays_to_open_the_others(portail, browse, clock) -> None:
    clock.pass_by(days=1000)
    close_what_nobody_used(portail)
    assert [role for role in ACCOUNTS if is_open(portail, role)] == ["administrateur"]


def test_rights_that_nobody_reviewed_open_nothing_after_a_year(browse, clock) -> None:
    browser = browse("coordonnateur")
    for _ in range(364):
        clock.pass_by(days=1)
        if clock().day == 1:
            browser = browse("coordonnateur")
    browser = browse("coordonnateur")
    assert browser.get("/campagnes").status_code == 200
    clock.pass_by(days=1)
    browser = browse()
    assert sign_in(browser, COURRIEL, PASSWORD).headers["location"] == "/aucun"
    for path in ("/campagnes", "/reponses"):
        assert browser.get(path).headers["location"] == "/aucun"
    said = browser.get("/aucun")
    assert said.status_code == 403
    assert "ont atteint leur terme" in said.text


def test_a_session_ends_its_rights_at_the_term_itself(portail, browse, clock) -> None:
    clock.pass_by(days=180)
    browse("coordonnateur")
    clock.pass_by(days=180)
    browse("coordonnateur")
    clock.pass_by(days=4, hours=23, minutes=50)
    browser = browse("coordonnateur")
    assert browser.get("/campagnes").status_code == 200
    clock.pass_by(minutes=20)
    assert browser.get("/campagnes").headers["location"] == "/aucun"


def test_the_page_of_the_review_tells_what_ends_and_renews_what_is_ticked(
    portail, browse, accounts, clock, sortie
) -> None:
    admin = browse("administrateur")
    assert "Aucun compte à revoir" in admin.get(REVUE).text
    clock.pass_by(days=150)
    browse("coordonnateur")
    page = browse("administrateur").get(REVUE).text
    assert "relecteur" in page
    assert "Droits revus : coordonnateur" not in page, (
        "came today; its rights have half a year left"
    )
    clock.pass_by(days=160)
    admin = browse("administrateur")
    page = admin.get(REVUE).text
    assert "Droits revus : coordonnateur" in page
    assert "Droits revus : administrateur" not in page, "nobody renews their own"
    assert "par un autre" in page
    both = {"compte": [accounts["coordonnateur"], accounts["administrateur"]]}
    assert post(admin, REVUE, both).headers["location"] == REVUE
    renewed = find_account(portail.base, id=accounts["coordonnateur"])
    own = find_account(portail.base, id=accounts["administrateur"])
    assert renewed.reviewed == clock()
    assert own.reviewed < clock()
    last = audit.read_entries(sortie)[-1]
    assert last.details == {
        "geste": "revue", "compte": accounts["coordonnateur"], "roles": "coordonnateur",
    }  # fmt: skip
    assert post(admin, REVUE, {}).status_code == 403


def test_giving_rights_is_a_review_of_them_but_of_one_s_own(
    portail, browse, accounts, clock
) -> None:
    clock.pass_by(days=100)
    admin = browse("administrateur")
    for role in ("relecteur", "administrateur"):
        rights = {"geste": "droits", "role": [role], "psad": ""}
        post(admin, f"/administration/comptes/{accounts[role]}", rights)
    told = [find_account(portail.base, id=accounts[r]) for r in ("relecteur", "administrateur")]
    assert [account.reviewed == clock() for account in told] == [True, False]


def test_an_account_that_is_opened_again_does_not_close_at_once(
    portail, browse, accounts, clock
) -> None:
    clock.pass_by(days=200)
    admin = browse("administrateur")
    page = f"/administration/comptes/{accounts['relecteur']}"
    assert not is_open(portail, "relecteur")
    post(admin, page, {"geste": "ouvrir"})
    close_what_nobody_used(portail)
    assert is_open(portail, "relecteur")


def test_the_command_renews_where_no_administrator_is_left(
    portail, sortie, clock, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("SIEI_CLE", KEY)
    courriel = ACCOUNTS["administrateur"][0]
    command = ["account", courriel, "X", "--role", "administrateur", "--sortie", str(sortie)]
    assert main(command) == 1, "it stands"
    assert main([*command, "--renew"]) == 0
    base = open_base(sortie)
    reviewed = find_account(base, courriel=courriel).reviewed
    base.close()
    assert reviewed != clock()
    assert audit.read_entries(sortie)[-1].details["geste"] == "revue"
    stranger = ["account", "qui@exemple.invalid", *command[2:], "--renew"]
    assert main(stranger) == 1
