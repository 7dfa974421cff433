"""Coming in by a password, staying, going out."""

import html
import json
import re
import time

import pytest

from siei_match.output import audit
from siei_match.output.audit import read_entries
from siei_match.portal.door.visit import Visit
from siei_match.portal.opening import REFUSALS_NOTED
from siei_match.portal.signin import accounts as accounts_module
from siei_match.portal.signin.accounts import (
    AccountRefusedError,
    create_account,
    find_account,
    reset_password,
    set_active,
)
from siei_match.portal.signin.passwords import refuse_password, verify_password
from tests.portal.conftest import ACCOUNTS, PASSWORD, post, sign_in, token_of

COURRIEL = ACCOUNTS["coordonnateur"][0]


def test_a_password_opens_and_is_noted(browse, sortie) -> None:
    browser = browse("coordonnateur")
    assert browser.get("/").headers["location"] == "/campagnes"
    entry = audit.read_entries(sortie)[-1]
    assert (entry.acte, entry.par) == ("connexion", COURRIEL)
    assert entry.details == {"moyen": "mot_de_passe", "issue": "acceptee"}


def test_no_account_and_a_wrong_password_look_the_same(browse, sortie) -> None:
    browser = browse()
    jeton = token_of(browser.get("/connexion").text)
    pages = {
        browser.post(
            "/connexion", data={"jeton": jeton, "courriel": courriel, "mot_de_passe": "faux"}
        ).text
        for courriel in (COURRIEL, "inconnu@exemple.invalid", "", "mon mot de passe ici")
    }
    assert len(pages) == 1
    assert "mon mot de passe" not in (sortie / "memoire" / "audit.jsonl").read_text("utf-8")


def test_wrong_passwords_in_a_row_lock_an_account_for_a_while(browse, clock) -> None:
    browser = browse()
    for _ in range(5):
        assert sign_in(browser, COURRIEL, "faux").status_code == 403
    assert sign_in(browser, COURRIEL, PASSWORD).status_code == 403
    clock.pass_by(minutes=14)
    assert sign_in(browser, COURRIEL, PASSWORD).status_code == 403
    clock.pass_by(minutes=2)
    assert sign_in(browser, COURRIEL, PASSWORD).status_code == 303


def test_attempts_of_one_address_are_limited(browse, clock) -> None:
    browser = browse()
    statuses = [sign_in(browser, f"a{n}@exemple.invalid", "x").status_code for n in range(21)]
    assert statuses == [403] * 20 + [429]
    assert sign_in(browser, COURRIEL, PASSWORD).status_code == 429
    clock.pass_by(minutes=1)
    assert sign_in(browser, COURRIEL, PASSWORD).status_code == 303


def test_a_session_ends_when_idle_and_in_any_case(browse, clock) -> None:
    browser = browse("coordonnateur")
    clock.pass_by(minutes=29)
    assert browser.get("/campagnes").status_code == 200
    clock.pass_by(minutes=31)
    assert browser.get("/campagnes").headers["location"] == "/connexion?expiree=1"
    browser = browse("coordonnateur")
    for _ in range(19):
        clock.pass_by(minutes=25)
        assert browser.get("/campagnes").status_code == 200
    clock.pass_by(minutes=25)
    assert browser.get("/campagnes").status_code == 303


def test_a_forged_session_opens_nothing(browse, portail) -> None:
    browser = browse()
    for token in ("x", "", "a" * 43, "' or 1=1 --"):
        browser.cookies.set("__Host-siei", token)
        assert browser.get("/campagnes").status_code == 303
    # What the memory holds is not what a cookie needs.
    browse("coordonnateur")
    kept = portail.base.row("select empreinte from sessions")["empreinte"]
    browser.cookies.set("__Host-siei", kept)
    assert browser.get("/campagnes").status_code == 303


def test_a_session_is_new_at_each_sign_in(browse) -> None:
    browser = browse("coordonnateur")
    first = browser.cookies["__Host-siei"]
    post(browser, "/deconnexion", page="/campagnes")
    sign_in(browser, COURRIEL, PASSWORD)
    assert browser.cookies["__Host-siei"] != first


def test_a_first_password_must_be_changed(browse, portail) -> None:
    compte = find_account(portail.base, courriel=COURRIEL)
    first = reset_password(portail.base, compte)
    browser = browse()
    assert sign_in(browser, COURRIEL, first).headers["location"] == "/mot-de-passe"
    assert browser.get("/campagnes").headers["location"] == "/mot-de-passe"

    def change(ancien: str, nouveau: str, encore: str = ""):
        data = {"ancien": ancien, "nouveau": nouveau, "confirmation": encore or nouveau}
        return post(browser, "/mot-de-passe", data)

    new = "quatre mots bien longs"
    for refused in (
        change("faux", new),
        change(first, "court"),
        change(first, new, "autre chose de long"),
        change(first, "aaaaaaaaaaaaaaaaaaa"),
        change(first, "le mot de passe coord"),
        change(first, first),
    ):
        assert refused.status_code == 403
        assert 'role="alert"' in refused.text
    other = browse()
    sign_in(other, COURRIEL, first)
    old = browser.cookies["__Host-siei"]
    assert change(first, new).headers["location"] == "/campagnes"
    assert browser.cookies["__Host-siei"] != old
    assert browser.get("/campagnes").status_code == 200
    assert other.get("/campagnes").status_code == 303, "the other sessions have ended"


def test_a_first_password_that_nobody_changed_in_time_opens_nothing(
    browse, portail, accounts, clock, sortie
) -> None:
    compte = find_account(portail.base, courriel=COURRIEL)
    page = f"/administration/comptes/{compte.id}"

    def give() -> str:
        shown = post(browse("administrateur"), page, {"geste": "mot_de_passe"}).text
        assert "dans les 7 jours" in shown
        return re.search(r"<code>([^<]+)</code>", shown).group(1)

    given = give()
    clock.pass_by(days=6, hours=23)
    assert sign_in(browse(), COURRIEL, given).headers["location"] == "/mot-de-passe"
    clock.pass_by(hours=1)
    late = sign_in(browse(), COURRIEL, given)
    assert late.status_code == 403
    assert "n'ouvre plus rien" in html.unescape(late.text)
    assert not late.headers.get_list("set-cookie") or "siei=" not in late.headers["set-cookie"]
    assert read_entries(sortie)[-1].details["raison"] == "premier_expire"
    wrong = sign_in(browse(), COURRIEL, "un autre mot de passe")
    assert "n'ouvre plus rien" not in html.unescape(wrong.text), "told to who knows it alone"
    again = give()
    assert again != given
    assert sign_in(browse(), COURRIEL, again).status_code == 303, "another has its own time"


def test_a_password_that_its_owner_chose_has_no_such_term(browse, clock) -> None:
    browse("coordonnateur")
    clock.pass_by(days=30)
    assert sign_in(browse(), COURRIEL, PASSWORD).status_code == 303


def test_a_first_password_given_before_this_rule_has_its_time_from_the_next_try(
    browse, portail, clock, accounts
) -> None:
    compte = find_account(portail.base, courriel=COURRIEL)
    first = reset_password(portail.base, compte)
    clock.pass_by(days=30)
    assert sign_in(browse(), COURRIEL, first).status_code == 303
    clock.pass_by(days=7)
    assert sign_in(browse(), COURRIEL, first).status_code == 403


def test_a_closed_account_is_out_at_once(browse, portail) -> None:
    browser = browse("coordonnateur")
    set_active(portail.base, find_account(portail.base, courriel=COURRIEL), active=False)
    assert browser.get("/campagnes").status_code == 303
    assert sign_in(browse(), COURRIEL, PASSWORD).status_code == 403


@pytest.mark.parametrize(
    ("courriel", "nom", "roles"),
    [
        ("pas une adresse", "Nom", []),
        ("deux@lignes\n.fr", "Nom", []),
        ("a@b.fr", "", []),
        ("a@b.fr", "Nom\nautre", []),
        ("a@b.fr", "Nom", ["roi"]),
        (COURRIEL.upper(), "Nom", []),
    ],
)
def test_an_account_that_makes_no_sense_is_refused(accounts, portail, courriel, nom, roles) -> None:
    with pytest.raises(AccountRefusedError):
        create_account(portail.base, courriel, nom, roles, [], local=True)


def test_an_account_of_the_provider_has_no_password(browse, portail) -> None:
    _, password = create_account(portail.base, "p@exemple.invalid", "P", [], [], local=False)
    assert password is None
    assert sign_in(browse(), "p@exemple.invalid", "").status_code == 403


def test_passwords_are_kept_as_argon2id(portail) -> None:
    _, password = create_account(portail.base, "p@exemple.invalid", "P", [], [], local=True)
    row = portail.base.row("select hachage from comptes")
    assert row["hachage"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(row["hachage"], password)
    assert not verify_password("$argon2id$damaged", password)
    assert refuse_password(PASSWORD, COURRIEL) is None


def test_what_is_kept_is_its_owner_s_alone(browse, sortie) -> None:
    browse("coordonnateur")
    for path in (sortie / "memoire").iterdir():
        assert path.stat().st_mode & 0o077 == 0, path.name
    assert json.loads((sortie / "memoire" / "audit.tete").read_text("utf-8"))["n"] > 0


def test_tries_at_once_are_no_more_than_tries_in_a_row(
    portail, accounts, clock, monkeypatch
) -> None:
    """Fifty tries that all begin before the first is judged: five passwords are looked at."""
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from siei_match.portal.signin import accounts as module

    all_in = Barrier(50)
    row_of = portail.base.row

    def judge(hashed: str | None, password: str) -> bool:
        all_in.wait(timeout=30)
        return password == PASSWORD

    monkeypatch.setattr(module, "verify_password", judge)

    def once(n: int) -> bool:
        password = PASSWORD if n >= 25 else f"faux {n}"
        found = module.sign_in(portail.base, COURRIEL, password, when=clock(), essais=5, blocage=15)
        return found is not None

    with ThreadPoolExecutor(50) as pool:
        opened = sum(pool.map(once, range(50)))
    assert opened <= 5
    assert row_of("select bloque from comptes where courriel = ?", COURRIEL) is not None


@pytest.mark.parametrize(
    "common",
    ["Motdepasse2026!", "M0tdepasse-2027", "azertyuiop1234!", "P@ssword123456", "Bienvenue.2026.siei",
     "qwertyuiopazerty", "Administrateur-01", "Juillet2026Aout2027"],
)  # fmt: skip
def test_what_everybody_tries_first_is_refused(common) -> None:
    assert "tout le monde" in (refuse_password(common, COURRIEL) or "")


@pytest.mark.parametrize(
    "good", [PASSWORD, "agrafe correcte pile cheval", "gR7!kz-Qp2_wv9Lt", "é" * 7 + "bcdfghjk"]
)
def test_what_is_more_than_common_words_is_taken(good) -> None:
    assert refuse_password(good, COURRIEL) is None


def test_a_long_password_of_half_words_is_judged_at_once() -> None:
    start = time.perf_counter()
    refuse_password("passwordpasspasswpassword" * 7 + "abcdefgh!", COURRIEL)
    assert time.perf_counter() - start < 1


def test_a_try_writes_as_much_whether_the_account_exists_is_locked_or_not(
    portail, accounts, clock
) -> None:
    def written(courriel: str) -> int:
        before = portail.base._connection.total_changes
        accounts_module.sign_in(portail.base, courriel, "faux", when=clock(), essais=2, blocage=15)
        return portail.base._connection.total_changes - before

    tried = [COURRIEL, COURRIEL, COURRIEL, "nobody@exemple.invalid", "nobody@exemple.invalid"]
    # The second locks the account, the third meets the lock; sqlite counts a row put in place of
    # another as one.
    assert [written(courriel) for courriel in tried] == [1, 1, 1, 1, 1]


def test_tries_of_many_addresses_do_not_fill_the_log(
    browse, portail, clock, sortie, monkeypatch
) -> None:
    """Whoever has a thousand addresses is not slowed by one's rate: what they write is bounded, and counted."""
    addresses = iter(f"192.0.2.{n}" for n in range(250))
    monkeypatch.setattr(Visit, "address", lambda visit: next(addresses))
    monkeypatch.setattr("siei_match.portal.signin.accounts.verify_password", lambda *_: False)
    browser = browse()
    jeton = token_of(browser.get("/connexion").text)

    def tries(n: int, courriel: str) -> list[dict]:
        before = len(audit.read_entries(sortie))
        data = {"jeton": jeton, "courriel": courriel, "mot_de_passe": "faux"}
        assert {browser.post("/connexion", data=data).status_code for _ in range(n)} == {403}
        return [dict(entry.details) for entry in audit.read_entries(sortie)[before:]]

    assert len(tries(100, "inconnu@exemple.invalid")) == REFUSALS_NOTED
    # Tries of one account are told though others' have been too many.
    assert len(tries(100, COURRIEL)) == REFUSALS_NOTED
    clock.pass_by(minutes=1)
    assert [told.get("non_notees") for told in tries(2, COURRIEL)] == [100 - REFUSALS_NOTED, None]
