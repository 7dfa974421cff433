"""Closed by default: every way to a page says whom it is for, and every role is tried on each."""

from typing import Any

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from siei_match.portal import PortalSettings, create_app
from siei_match.portal.door.access import OpenTo, Way
from siei_match.portal.routes import WAYS
from siei_match.release.permissions import RIGHTS, Permission
from tests.portal.conftest import ACCOUNTS, AUTRE, PSAD, URL, post, token_of
from tests.publication import IDS

VALUES = {
    "code:campagne": "2027-03", "psad": PSAD, "format": "csv", "id:int": "1", "jeton": "x",
    "signalement": f"s{IDS[0][1:]}", "lien": "x",
}  # fmt: skip
WITHOUT = (
    "/connexion/lien/{lien}",
    "/connexion/fournisseur",
    "/connexion/retour",
    "/aucun",
    "/relecture/{code:campagne}",
)
"""Pages that say 404 where there is no provider, no pair, or nothing to say."""
ROLES = [None, *ACCOUNTS]


def fill(path: str) -> str:
    for name, value in VALUES.items():
        path = path.replace(f"{{{name}}}", value)
    assert "{" not in path, f"give a value for {path}"
    return path


def test_every_route_is_declared(portail) -> None:
    routes = create_app(portail).routes
    found = [route for route in routes if isinstance(route, Route)]
    assert all(isinstance(route.endpoint.way, Way) for route in found)
    assert len(found) == len(WAYS)
    # Besides them, the style sheet and the icon alone.
    assert [r.path for r in routes if not isinstance(r, Route)] == ["/fixes"]
    assert all(isinstance(route, Route | Mount) for route in routes)


def test_a_way_cannot_be_added_without_saying_whom_it_is_for() -> None:
    with pytest.raises(TypeError, match="acces"):
        Way("GET", "/nouvelle", lambda demande: demande.page("refus.html.j2"))  # type: ignore[call-arg]


def test_whom_each_way_is_for() -> None:
    # Spelled out a second time, so that opening a page to others is seen in review.
    assert {v.chemin for v in WAYS if v.access == OpenTo.TOUS} == {
        "/", "/sante", "/accessibilite", "/connexion", "/connexion/fournisseur",
        "/connexion/second", "/connexion/retour", "/deconnexion/retour", "/connexion/lien/{lien}",
    }  # fmt: skip
    assert {v.chemin for v in WAYS if v.access == OpenTo.SIGNED_IN} == {
        "/deconnexion", "/aucun", "/mot-de-passe", "/second-facteur",
    }  # fmt: skip
    assert {v.access for v in WAYS if v.chemin.startswith("/administration")} <= {
        Permission.PUBLISH, Permission.MANAGE_ACCOUNTS, Permission.SEE_AUDIT,
    }  # fmt: skip
    # Besides these, the page of a list names people where its state lets it be downloaded.
    assert {v.chemin.rpartition("{psad}")[2] for v in WAYS if v.access == Permission.DOWNLOAD} == {
        "", "/appels", "/jeunes/{signalement}", "/liste.{format}", "/mouvements.csv",
    }  # fmt: skip


def allowed(role: str | None, voie: Way) -> bool:
    """The oracle: what the table of rights says."""
    if voie.access == OpenTo.TOUS:
        return True
    if role is None:
        return False
    if voie.access == OpenTo.SIGNED_IN:
        return True
    return any(
        voie.access in droits for name, droits in RIGHTS.items() if name in ACCOUNTS[role][1]
    )


@pytest.mark.parametrize("role", ROLES)
def test_every_route_as_every_role(browse, portail, role) -> None:
    """Refused ones look alike; a form without its token is refused even to who may send it."""
    for voie in WAYS:
        browser = browse() if role is None else browse_fast(portail, role)
        answer = browser.request(voie.methode, fill(voie.chemin))
        seen = (role, voie.methode, voie.chemin, answer.status_code)
        if voie.methode == "POST":
            assert answer.status_code in (403, 404), seen
            if role is not None and not allowed(role, voie):
                assert answer.status_code == 404, seen
        elif allowed(role, voie):
            assert answer.status_code != 500, seen
            own = role in ("coordonnateur", "administrateur", None) or PSAD not in fill(voie.chemin)
            if own and voie.chemin not in WITHOUT:
                assert answer.status_code in (200, 303, 403), seen
        elif role is None:
            assert answer.headers["location"] == "/connexion?expiree=1", seen
        else:
            assert answer.status_code == 404, seen
            assert "n'y a pas accès" in answer.text, seen


def browse_fast(portail, role: str) -> TestClient:
    """A browser with a session, without the second that a password takes."""
    from siei_match.portal.signin.accounts import find_account
    from siei_match.portal.signin.sessions import open_session

    compte = find_account(portail.base, courriel=ACCOUNTS[role][0])
    assert compte
    browser = TestClient(create_app(portail), base_url=URL, follow_redirects=False)
    browser.cookies.set("__Host-siei", open_session(portail.base, compte, when=portail.clock()))
    return browser


def test_a_first_password_opens_nothing_but_its_change(browse, portail) -> None:
    browser = browse("coordonnateur")
    portail.base.run("update comptes set a_changer = 1")
    for voie in WAYS:
        if isinstance(voie.access, Permission) and voie.methode == "GET":
            answer = browser.get(fill(voie.chemin))
            assert answer.headers["location"] == "/mot-de-passe", voie


# Forms


def test_a_form_from_elsewhere_is_refused(browse) -> None:
    browser = browse("coordonnateur")
    jeton = token_of(browser.get("/campagnes").text)
    for data, headers in (
        ({}, {}),
        ({"jeton": "faux"}, {}),
        ({"jeton": jeton}, {"Sec-Fetch-Site": "cross-site"}),
        ({"jeton": jeton}, {"Sec-Fetch-Site": "same-site"}),
    ):
        answer = browser.post("/deconnexion", data=data, headers=headers)
        assert answer.status_code == 403
    assert browser.get("/campagnes").status_code == 200


def test_a_form_of_another_session_is_refused(browse) -> None:
    other = token_of(browse("autre").get("/campagnes").text)
    browser = browse("coordonnateur")
    assert browser.post("/deconnexion", data={"jeton": other}).status_code == 403


def test_a_form_replayed_after_leaving_is_refused(browse) -> None:
    browser = browse("coordonnateur")
    cookies = dict(browser.cookies)
    jeton = token_of(browser.get("/campagnes").text)
    assert browser.post("/deconnexion", data={"jeton": jeton}).status_code == 303
    browser.cookies.update(cookies)
    assert browser.post("/deconnexion", data={"jeton": jeton}).status_code == 403
    assert browser.get("/campagnes").headers["location"].startswith("/connexion")


def test_leaving_ends_this_session_alone(browse) -> None:
    one, other = browse("coordonnateur"), browse("coordonnateur")
    assert post(one, "/deconnexion", page="/campagnes").status_code == 303
    assert one.get("/campagnes").status_code == 303
    assert other.get("/campagnes").status_code == 200


# Headers, sizes, names


def test_headers_of_every_answer(browse) -> None:
    browser = browse("coordonnateur")
    for path in ("/connexion", "/campagnes", "/inconnue", f"/campagnes/2027-03/{PSAD}/liste.csv"):
        headers = browser.get(path).headers
        assert headers["cache-control"] == "no-store"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"].startswith("max-age=63072000")
    style = browser.get("/fixes/portail.css")
    assert style.status_code == 200
    assert "no-store" not in style.headers.get("cache-control", "")


def test_cookies_are_for_this_host_alone_and_no_script(browse) -> None:
    browser = browse(None)
    cookies: list[Any] = [browser.get("/connexion").headers["set-cookie"]]
    browser = browse("coordonnateur")
    jeton = token_of(browser.get("/campagnes").text)
    cookies.append(browser.post("/deconnexion", data={"jeton": jeton}).headers["set-cookie"])
    for cookie in cookies:
        assert cookie.startswith("__Host-siei")
        for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
            assert word in cookie
        assert "Domain" not in cookie


def test_pages_hold_no_script_nor_style(browse) -> None:
    browser = browse("coordonnateur")
    for path in ("/campagnes", f"/campagnes/2027-03/{PSAD}", "/mot-de-passe", "/accessibilite"):
        text = browser.get(path).text
        for word in (
            "<script",
            "<style",
            "style=",
            "onclick",
            "javascript:",
            "http://",
            "https://",
        ):
            assert word not in text.replace('xmlns="http://www.w3.org/2000/svg"', ""), (path, word)


@pytest.mark.parametrize(
    ("headers", "size"),
    [({}, 300_000), ({"content-length": "999999999999"}, 10), ({"content-length": "x"}, 10)],
)
def test_a_form_that_is_too_large_is_refused(browse, headers, size) -> None:
    answer = browse(None).post("/connexion", content=b"x" * size, headers=headers)
    assert answer.status_code == 413


def test_a_body_that_hides_its_size_is_cut(browse) -> None:
    def endless():
        for _ in range(100):
            yield b"x" * 10_000

    answer = browse(None).post(
        "/connexion",
        content=endless(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 413


def test_another_host_name_is_refused(browse) -> None:
    assert browse(None).get("/connexion", headers={"host": "evil.invalid"}).status_code == 400


def test_a_failure_says_nothing(browse, portail, monkeypatch, caplog) -> None:
    def fail(self, code):
        raise ValueError("QUEMENER Maëlys, née le 15/05/2008")

    browser = browse("coordonnateur")
    monkeypatch.setattr(type(portail.reader), "publication", fail)
    answer = browser.get(f"/campagnes/2027-03/{PSAD}")
    assert answer.status_code == 500
    assert "QUEMENER" not in answer.text
    assert "QUEMENER" not in caplog.text
    assert "ValueError at test_portal_access.py" in caplog.text


def test_each_view_of_a_list_or_its_counts_is_noted(browse, sortie) -> None:
    from siei_match.output.audit import read_entries

    browser = browse("coordonnateur")
    for path in ("/campagnes", f"/campagnes/2027-03/{PSAD}", f"/campagnes/2027-03/{AUTRE}"):
        browser.get(path)
    looks = [e for e in read_entries(sortie) if e.acte in ("consultation", "acces")]
    # Each once: a page that names people says how many, and the door nothing more.
    assert [(e.acte, e.details.get("psad"), e.details.get("lignes")) for e in looks] == [
        ("consultation", None, None), ("acces", PSAD, 1),
    ]  # fmt: skip
    assert all(e.par == "coord@exemple.invalid" for e in looks)
    browser.get(f"/campagnes/2027-03/{PSAD}?tab=traites")
    nobody = read_entries(sortie)[-1]
    assert (nobody.acte, nobody.details["psad"]) == ("consultation", PSAD), "nobody was named"


@pytest.mark.parametrize(
    ("url", "host", "ours"),
    [
        ("https://siei.invalid", "siei.invalid", True),
        ("https://siei.invalid", "siei.invalid:443", True),
        ("https://siei.invalid", "SIEI.invalid", True),
        ("https://siei.invalid", "siei.invalid:80", False),
        ("https://siei.invalid", "siei.invalid:8443", False),
        ("https://siei.invalid", "siei.invalid:", False),
        ("https://siei.invalid", "siei.invalid:99999", False),
        ("https://siei.invalid", "siei.invalid:443@other.invalid", False),
        ("https://siei.invalid", "other.invalid", False),
        ("https://siei.invalid", "", False),
        ("https://siei.invalid:8443", "siei.invalid:8443", True),
        ("https://siei.invalid:8443", "siei.invalid", False),
        ("http://127.0.0.1:8765", "localhost:9000", True),
        ("http://127.0.0.1:8765", "siei.invalid:8765", False),
        ("http://127.0.0.1:8765", "[::1", False),
    ],
)
def test_only_the_page_s_own_name_and_port_are_answered(url, host, ours) -> None:
    assert PortalSettings(url=url, comptes_locaux=True).is_ours(host) == ours


def test_a_request_for_another_port_is_refused(browse) -> None:
    browser = browse("coordonnateur")
    assert browser.get("/sante", headers={"host": "siei.invalid:8443"}).status_code == 400
    assert browser.get("/sante", headers={"host": "siei.invalid:443"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/administration/comptes/" + "9" * 30, None, "", 404),
        ("/administration/audit?avant=" + "9" * 12, None, "", 200),
        ("/connexion", b"no boundary", "multipart/form-data", 400),
        ("/connexion", b"--x\r\nno header", "multipart/form-data; boundary=x", 400),
    ],
)
def test_bad_input_is_refused_and_never_a_failure_of_ours(
    browse, caplog, path, body, kind, status
) -> None:
    browser = browse("administrateur")
    if body is None:
        answer = browser.get(path)
    else:
        answer = browser.post(path, content=body, headers={"content-type": kind})
    assert answer.status_code in (status, 403)
    assert not [r for r in caplog.records if r.name.startswith("siei_match.portal.door")]
