"""Coming in by the provider, and every way in which its answer is not to be trusted."""

import logging
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from siei_match.output import audit
from siei_match.portal import PortalSettings, create_app, open_portal
from siei_match.portal.signin.accounts import create_account, find_account, set_active
from tests.portal.conftest import PSAD, URL, Clock, post
from tests.portal.provider import CLIENT, SECRET, Provider
from tests.releases import REGLAGES


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    provider = Provider(Clock())
    provider.start()
    yield provider
    provider.stop()


@pytest.fixture
def provider(running: Provider, clock) -> Provider:
    running.horloge = clock
    running.faute, running.pkce, running.courriel = "", False, "coord@exemple.invalid"
    running.asked.clear()
    running.left.clear()
    return running


@pytest.fixture
def page(provider, sortie, clock):
    """The page, with this provider alone; the account is its professional e-mail."""
    made = []

    def open_page(**settings):
        reglages = PortalSettings(
            url=URL, oidc_emetteur=provider.url, oidc_client=CLIENT, oidc_secret=SECRET, **settings
        )
        portail = open_portal(sortie, reglages, REGLAGES, clock=clock)
        made.append(portail)
        if find_account(portail.base, courriel="coord@exemple.invalid") is None:
            create_account(
                portail.base, "coord@exemple.invalid", "Coord", ["coordonnateur"], [PSAD],
                local=False,
            )  # fmt: skip
        return portail

    yield open_page
    for portail in made:
        portail.base.close()


def open_browser(portail) -> TestClient:
    return TestClient(create_app(portail), base_url=URL, follow_redirects=False)


def go_and_come_back(browser: TestClient) -> str:
    """Follow the way to the provider; return where it sends the browser back."""
    away = browser.get("/connexion/fournisseur").headers["location"]
    answer = httpx.get(away)
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def test_a_whole_sign_in_and_out(provider, page, sortie) -> None:
    browser = open_browser(page())
    assert "compte professionnel" in browser.get("/connexion").text
    assert "mot de passe" not in browser.get("/connexion").text.lower()
    back = go_and_come_back(browser)
    assert browser.get(back).headers["location"] == "/campagnes"
    assert browser.get("/campagnes").status_code == 200
    (asked,) = provider.asked
    assert set(asked) == {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce"}
    assert min(len(asked["state"]), len(asked["nonce"])) >= 32
    entry, view = audit.read_entries(sortie)[-2:]
    assert (view.par, view.acte) == (entry.par, "consultation")
    assert (entry.par, entry.details["moyen"]) == ("coord@exemple.invalid", "oidc")
    # Out here, and at the provider's.
    away = post(browser, "/deconnexion", page="/campagnes").headers["location"]
    assert away.startswith(f"{provider.url}/logout?")
    told = parse_qs(urlsplit(away).query)
    assert len(told["state"][0]) >= 32
    assert told["id_token_hint"][0].count(".") == 2
    assert httpx.get(away).headers["location"].startswith(f"{URL}/deconnexion/retour?state=")
    assert browser.get("/campagnes").status_code == 303
    policy = browser.get("/connexion").headers["content-security-policy"]
    assert f"form-action 'self' {provider.url};" in policy


def test_pkce_and_acr_are_sent_when_asked_for_only(provider, page) -> None:
    provider.pkce = True
    browser = open_browser(page(oidc_pkce=True, oidc_acr="eidas1"))
    assert browser.get(go_and_come_back(browser)).headers["location"] == "/campagnes"
    assert provider.asked[0]["code_challenge_method"] == "S256"
    assert provider.asked[0]["acr_values"] == "eidas1"
    provider.pkce = False
    refused = httpx.get(browser.get("/connexion/fournisseur").headers["location"])
    assert refused.status_code == 400, "as ProConnect refuses what it does not know"


@pytest.mark.parametrize(
    ("faute", "said"),
    [
        ("state", ""),
        ("iss", ""),
        ("decouverte", "another issuer's"),
        ("nonce", "nonce of another sign-in"),
        ("aud", "audience of another"),
        ("azp", "without ours as azp"),
        ("issuer", "issuer of another"),
        ("exp", "expired"),
        ("iat", "issued later"),
        ("nbf", "issued later"),
        ("acr", "not as strong as asked"),
        ("non_verifie", "no e-mail"),
        ("signature_id", "signature refused (BadSignature"),
        ("none_id", "signature refused"),
        ("hs256_id", "signature refused"),
        ("signature_userinfo", "signature refused (BadSignature"),
        ("none_userinfo", "signature refused"),
        ("hs256_userinfo", "signature refused"),
        ("non_signe", "the userinfo is not signed"),
        ("sujet", "userinfo of another subject"),
        ("sans_courriel", "no e-mail"),
    ],
)
def test_an_answer_that_is_not_to_be_trusted_opens_nothing(
    provider, page, sortie, caplog, faute, said
) -> None:
    browser = open_browser(page(oidc_acr="eidas1"))
    provider.faute = faute
    if faute == "decouverte":
        assert browser.get("/connexion/fournisseur").status_code == 503
    else:
        answer = browser.get(go_and_come_back(browser))
        assert answer.status_code == 403
        assert "pas abouti" in answer.text
        assert audit.read_entries(sortie)[-1].details["issue"] == "refusee"
    assert said in caplog.text
    assert browser.get("/campagnes").status_code == 303


def test_an_answer_serves_once_in_time_in_the_browser_that_asked(provider, page, clock) -> None:
    portail = page()
    browser, thief = open_browser(portail), open_browser(portail)
    thief.get("/connexion")
    back = go_and_come_back(browser)
    assert thief.get(back).status_code == 403
    # Whoever tried has used it up.
    assert browser.get(back).status_code == 403
    back = go_and_come_back(browser)
    assert browser.get(back).status_code == 303
    assert open_browser(portail).get(back).status_code == 403
    late = open_browser(portail)
    back = go_and_come_back(late)
    clock.pass_by(seconds=31)
    assert late.get(back).status_code == 403, "the code's 30 seconds"
    back = go_and_come_back(late)
    clock.pass_by(minutes=11)
    assert late.get(back).status_code == 403, "our ten minutes"
    assert late.get("/connexion/retour?error=access_denied&state=x").status_code == 403


def test_an_identity_without_an_account_has_no_rights(provider, page, sortie) -> None:
    portail = page()
    provider.courriel = "inconnue@exemple.invalid"
    browser = open_browser(portail)
    answer = browser.get(go_and_come_back(browser))
    assert answer.status_code == 403
    assert "aucun droit" in answer.text
    assert audit.read_entries(sortie)[-1].details["issue"] == "sans_droits"
    assert "inconnue@" not in (sortie / "memoire" / "audit.jsonl").read_text("utf-8")
    provider.courriel = "COORD@exemple.invalid"
    assert browser.get(go_and_come_back(browser)).status_code == 303, "an address has no case"
    compte = find_account(portail.base, courriel="coord@exemple.invalid")
    set_active(portail.base, compte, active=False)
    assert open_browser(portail).get(go_and_come_back(browser)).status_code == 403


def test_a_provider_that_turns_its_keys_is_followed(provider, page) -> None:
    portail = page()
    browser = open_browser(portail)
    assert browser.get(go_and_come_back(browser)).status_code == 303
    provider.turn_keys()
    other = open_browser(portail)
    assert other.get(go_and_come_back(other)).status_code == 303


def test_a_wrong_secret_or_a_dead_provider_is_told_without_a_trace(page, provider, caplog) -> None:
    # The browser of this test logs the addresses it goes to, where another test set its level.
    caplog.set_level(logging.WARNING, "httpx")
    portail = page(oidc_pkce=False)
    browser = open_browser(portail)
    back = go_and_come_back(browser)
    portail.provider._secret = "faux"
    assert browser.get(back).status_code == 403
    assert "the code was not taken" in caplog.text
    assert parse_qs(urlsplit(back).query)["code"][0] not in caplog.text
    assert SECRET not in caplog.text


def test_a_password_opens_nothing_where_there_are_no_local_accounts(page) -> None:
    browser = open_browser(page())
    shown = browser.get("/connexion")
    assert 'name="mot_de_passe"' not in shown.text
    answer = browser.post("/connexion", data={"courriel": "x", "mot_de_passe": "y"})
    assert answer.status_code in (403, 404)


def test_whoever_comes_back_from_nowhere_does_not_fill_the_log(page, sortie, clock) -> None:
    portail = page(connexions_par_minute=5)
    browser = open_browser(portail)
    statuses = [browser.get("/connexion/retour?state=x&code=y").status_code for _ in range(20)]
    assert statuses == [403] * 5 + [429] * 15
    assert len([e for e in audit.read_entries(sortie) if e.par == "inconnu"]) == 5


@pytest.mark.parametrize(
    "alike", ["coord@exemple.invalid".replace("c", "\u1d04"), "\u212aoord@x.fr"]
)
def test_an_address_that_only_looks_alike_opens_nobody_elses_account(page, alike) -> None:
    portail = page()
    create_account(portail.base, "koord@x.fr", "K", ["coordonnateur"], [PSAD], local=False)
    create_account(portail.base, "strasse@x.fr", "S", ["coordonnateur"], [PSAD], local=False)
    assert find_account(portail.base, courriel="KOORD@X.FR") is not None
    for courriel in (alike, "stra\u00dfe@x.fr", "\u017ftrasse@x.fr"):
        assert find_account(portail.base, courriel=courriel) is None
