"""The second factor: RFC 6238's own vectors, then every way around it."""

import base64
import html
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from siei_match.output import audit
from siei_match.portal.signin import factors
from siei_match.portal.signin.accounts import find_account
from siei_match.portal.signin.totp import (
    STEP,
    address_of,
    code_at,
    find_step,
    new_secret,
    step_of,
)
from tests.portal.conftest import ACCOUNTS, PASSWORD, post, sign_in, token_of

COURRIEL = ACCOUNTS["coordonnateur"][0]
SEED = b"12345678901234567890"
SEEDS = {"sha1": SEED, "sha256": (SEED * 2)[:32], "sha512": (SEED * 4)[:64]}


@pytest.mark.parametrize(
    ("second", "sha1", "sha256", "sha512"),
    [
        (59, "94287082", "46119246", "90693936"),
        (1111111109, "07081804", "68084774", "25091201"),
        (1111111111, "14050471", "67062674", "99943326"),
        (1234567890, "89005924", "91819424", "93441116"),
        (2000000000, "69279037", "90698825", "38618901"),
        (20000000000, "65353130", "77737706", "47863826"),
    ],
)
def test_the_vectors_of_rfc_6238(second, sha1, sha256, sha512) -> None:
    step = step_of(datetime.fromtimestamp(second, UTC))
    told = {"sha1": sha1, "sha256": sha256, "sha512": sha512}
    assert {name: code_at(SEEDS[name], step, 8, name) for name in told} == told


@pytest.mark.parametrize(
    "count_code",
    list(
        enumerate("755224 287082 359152 969429 338314 254676 287922 162583 399871 520489".split())
    ),
)
def test_the_vectors_of_rfc_4226(count_code) -> None:
    count, code = count_code
    assert code_at(SEED, count) == code


@pytest.mark.parametrize(("away", "found"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])  # fmt: skip
def test_a_clock_may_be_a_step_off(away, found) -> None:
    secret, when = new_secret(), datetime(2027, 3, 20, 9, 0, tzinfo=UTC)
    code = code_at(base64.b32decode(secret), step_of(when) + away)
    assert (find_step(secret, f" {code[:3]} {code[3:]}", when, 0) is not None) is found


@pytest.mark.parametrize("code", ["", "0", "000000 1", "²²²²²²", "é" * 6, "1" * 5000])
def test_what_is_no_code_is_none(code) -> None:
    assert find_step(new_secret(), code, datetime(2027, 3, 20, tzinfo=UTC), 0) is None


def code_of(secret: str, clock, away: int = 0) -> str:
    return code_at(base64.b32decode(secret), step_of(clock()) + away)


def enrol(browser, clock) -> tuple[str, list[str]]:
    """Put a second factor in place as its owner does; return its secret and the spare codes."""
    begun = post(browser, "/second-facteur", {"geste": "commencer", "mot_de_passe": PASSWORD})
    assert begun.status_code == 303, begun.text
    page = browser.get("/second-facteur").text
    told = html.unescape(re.search(r'href="(otpauth:[^"]+)"', page)[1])
    secret = re.search(r"secret=([A-Z2-7]{32})", told)[1]
    assert told == address_of(secret, COURRIEL)
    assert secret in re.sub(r"[^A-Z2-7]", "", re.search(r"<code>(.*?)</code>", page)[1])
    done = post(browser, "/second-facteur", {"geste": "confirmer", "code": code_of(secret, clock)})
    assert done.status_code == 200, done.text
    return secret, re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)


def give(browser, code: str):
    token = token_of(browser.get("/connexion/second").text)
    return browser.post("/connexion/second", data={"jeton": token, "code": code})


@pytest.fixture
def enrolled(browse, clock) -> tuple[str, list[str]]:
    made = enrol(browse("coordonnateur"), clock)
    clock.pass_by(seconds=STEP)
    return made


def test_the_password_alone_opens_nothing_any_more(browse, enrolled, clock, sortie) -> None:
    secret, _ = enrolled
    browser = browse()
    assert sign_in(browser, COURRIEL, PASSWORD).headers["location"] == "/connexion/second"
    assert "__Host-siei" not in browser.cookies
    assert browser.get("/campagnes").headers["location"] == "/connexion?expiree=1"
    assert give(browser, "000000").status_code == 403
    assert give(browser, code_of(secret, clock)).headers["location"] == "/campagnes"
    assert browser.get("/campagnes").status_code == 200
    told = [e.details for e in audit.read_entries(sortie) if e.acte == "connexion"][-2:]
    assert told == [
        {"moyen": "second_facteur", "issue": "refusee"},
        {"moyen": "mot_de_passe_totp", "issue": "acceptee"},
    ]


def test_a_code_opens_once(browse, enrolled, clock) -> None:
    secret, _ = enrolled
    code = code_of(secret, clock)
    for status in (303, 403):
        browser = browse()
        sign_in(browser, COURRIEL, PASSWORD)
        assert give(browser, code).status_code == status
    # Nor does the one before it, which is still near.
    before = browse()
    sign_in(before, COURRIEL, PASSWORD)
    assert give(before, code_of(secret, clock, -1)).status_code == 403


def test_the_code_that_put_it_in_place_is_spent(browse, clock) -> None:
    secret, _ = enrol(browse("coordonnateur"), clock)
    browser = browse()
    sign_in(browser, COURRIEL, PASSWORD)
    assert give(browser, code_of(secret, clock)).status_code == 403


def test_a_spare_code_opens_once(browse, enrolled) -> None:
    _, spares = enrolled
    assert len(set(spares)) == 10
    for status in (303, 403):
        browser = browse()
        sign_in(browser, COURRIEL, PASSWORD)
        assert give(browser, spares[0].upper().replace("-", " ")).status_code == status
    other = browse()
    sign_in(other, COURRIEL, PASSWORD)
    assert give(other, spares[1]).status_code == 303
    assert "8 codes de secours" in other.get("/second-facteur").text


def test_what_is_kept_of_spare_codes_does_not_open(portail, enrolled) -> None:
    kept = [row["empreinte"] for row in portail.base.rows("select empreinte from secours")]
    assert len(kept) == 10
    assert not set(kept) & set(enrolled[1])


def test_wrong_codes_lock_it_for_a_while(browse, enrolled, clock) -> None:
    secret, _ = enrolled
    browser = browse()
    sign_in(browser, COURRIEL, PASSWORD)
    for _ in range(5):
        assert give(browser, "000000").status_code == 403
    assert give(browser, code_of(secret, clock)).status_code == 403
    clock.pass_by(minutes=16)
    sign_in(browser, COURRIEL, PASSWORD)
    assert give(browser, code_of(secret, clock)).status_code == 303


def test_fifty_codes_at_once_are_no_more_than_five(portail, accounts, clock, monkeypatch) -> None:
    account = find_account(portail.base, courriel=COURRIEL)
    secret = factors.prepare_factor(portail.base, account)
    bounds = {"when": clock(), "tries": 5, "lock": 15}
    assert factors.confirm_factor(portail.base, account, code_of(secret, clock), **bounds)
    all_in, looked = Barrier(50), []
    take = factors._take_try

    def wait(*given):
        all_in.wait(timeout=30)
        return take(*given)

    monkeypatch.setattr(factors, "_take_try", wait)
    monkeypatch.setattr(factors, "find_step", lambda *given: looked.append(given) and None)
    with ThreadPoolExecutor(50) as pool:
        found = list(pool.map(
            lambda n: factors.check_code(portail.base, account, f"{n:06d}", **bounds), range(50)
        ))  # fmt: skip
    assert found == [None] * 50
    assert len(looked) == 5


def test_one_code_in_two_requests_at_once_opens_one(portail, accounts, clock) -> None:
    account = find_account(portail.base, courriel=COURRIEL)
    secret = factors.prepare_factor(portail.base, account)
    bounds = {"when": clock(), "tries": 99, "lock": 15}
    factors.confirm_factor(portail.base, account, code_of(secret, clock), **bounds)
    clock.pass_by(seconds=STEP)
    code, bounds = code_of(secret, clock), bounds | {"when": clock()}
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(
            lambda _: factors.check_code(portail.base, account, code, **bounds), range(20)
        ))  # fmt: skip
    assert found.count("totp") == 1


def test_the_step_between_is_this_browser_s_and_short(browse, enrolled, clock) -> None:
    secret, _ = enrolled
    browser, other = browse(), browse()
    sign_in(browser, COURRIEL, PASSWORD)
    assert other.get("/connexion/second").headers["location"] == "/connexion"
    jeton = token_of(other.get("/connexion").text)
    sent = other.post("/connexion/second", data={"jeton": jeton, "code": code_of(secret, clock)})
    assert sent.headers["location"] == "/connexion?expiree=1"
    clock.pass_by(minutes=5)
    assert browser.get("/connexion/second").headers["location"] == "/connexion"


def test_who_knows_the_password_cannot_put_theirs_in_its_place(browse, enrolled, clock) -> None:
    """A session left open and the password: the old code, or a spare one, is asked for too."""
    secret, spares = enrolled
    browser = browse()
    sign_in(browser, COURRIEL, PASSWORD)
    give(browser, code_of(secret, clock))
    clock.pass_by(seconds=STEP)
    ask = {"geste": "commencer", "mot_de_passe": PASSWORD}
    assert post(browser, "/second-facteur", ask).status_code == 403
    assert post(browser, "/second-facteur", ask | {"code": "123456"}).status_code == 403
    wrong = {"geste": "commencer", "mot_de_passe": "faux", "code": spares[0]}
    assert post(browser, "/second-facteur", wrong).status_code == 403
    assert post(browser, "/second-facteur", ask | {"code": spares[0]}).status_code == 303
    # Until the new one has shown a code, the old one stays in force.
    clock.pass_by(seconds=STEP)
    later = browse()
    sign_in(later, COURRIEL, PASSWORD)
    assert give(later, code_of(secret, clock)).status_code == 303


def test_putting_it_in_place_ends_the_other_sessions(browse, clock) -> None:
    other, browser = browse("coordonnateur"), browse("coordonnateur")
    enrol(browser, clock)
    assert other.get("/campagnes").status_code == 303
    assert browser.get("/campagnes").status_code == 200


@pytest.fixture
def asked_of(portail, monkeypatch):
    """Ask for a second factor of these roles."""

    def ask(*roles: str) -> None:
        settings = portail.reglages.model_copy(update={"second_facteur": frozenset(roles)})
        object.__setattr__(portail, "reglages", settings)

    return ask


def test_a_role_that_asks_for_it_opens_nothing_before(browse, asked_of, clock) -> None:
    asked_of("coordonnateur")
    browser = browse()
    assert sign_in(browser, COURRIEL, PASSWORD).headers["location"] == "/second-facteur"
    for path in ("/campagnes", "/reponses"):
        assert browser.get(path).headers["location"] == "/second-facteur"
    assert "Votre rôle demande" in browser.get("/second-facteur").text
    assert 'href="/campagnes"' not in browser.get("/second-facteur").text
    enrol(browser, clock)
    assert browser.get("/campagnes").status_code == 200
    assert browse("relecteur").get("/relecture").status_code == 200, "another role is free"


def test_an_administrator_takes_a_lost_one_away_and_never_their_own(
    browse, enrolled, portail, accounts, sortie
) -> None:
    admin = browse("administrateur")
    page = f"/administration/comptes/{accounts['coordonnateur']}"
    assert "Retirer le second facteur" in admin.get(page).text
    assert post(admin, page, {"geste": "second_facteur"}).status_code == 303
    assert audit.read_entries(sortie)[-1].details["geste"] == "second_facteur_retire"
    assert sign_in(browse(), COURRIEL, PASSWORD).headers["location"] == "/campagnes"
    for name in ("administrateur", "relecteur"):
        other = f"/administration/comptes/{accounts[name]}"
        assert post(admin, other, {"geste": "second_facteur"}).status_code == 403


def test_no_secret_is_in_the_log_nor_in_the_page_later(browse, enrolled, sortie) -> None:
    secret, spares = enrolled
    log = (sortie / "memoire" / "audit.jsonl").read_text("utf-8")
    assert secret not in log
    assert not [code for code in spares if code in log]


def test_who_has_no_password_here_has_no_second_factor_here(portail, browse) -> None:
    from siei_match.portal.signin.accounts import create_account
    from siei_match.portal.signin.sessions import open_session

    account, _ = create_account(portail.base, "p@exemple.invalid", "P", [], [], local=False)
    browser = browse()
    browser.cookies.set("__Host-siei", open_session(portail.base, account, when=portail.clock()))
    assert browser.get("/second-facteur").status_code == 404


def test_a_waiting_step_is_forgotten(portail, accounts, clock) -> None:
    account = find_account(portail.base, courriel=COURRIEL)
    factors.open_passage(portail.base, account, "entree", clock())
    assert factors.find_passage(portail.base, "entree", clock()) == account.id
    later = clock() + timedelta(minutes=6)
    factors.open_passage(portail.base, account, "autre", later)
    assert len(portail.base.rows("select * from passages")) == 1
