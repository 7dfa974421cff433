"""Bad input to the page: bytes, addresses, forms, numbers. Nothing of it is a failure of ours."""

import re
import socket
from pathlib import Path
from typing import Final
from urllib.parse import quote

import httpx

from bench.attacks.common import CODE, Found
from bench.attacks.page import PASSWORD, Page, open_accounts, serving, token_of
from siei_match.portal.base import open_base
from siei_match.portal.routes import WAYS
from siei_match.portal.signin.accounts import change_password, create_account, find_account

LONG: Final = "9" * 40
VALUES: Final = ("", "0", "-1", LONG, "1e999", "nan", "\0", "é", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "../../etc/passwd",
                 "%", "%00", "%ff%fe", "' or 1=1 --", "<x>", "{{7*7}}", "a" * 9_000, "\r\nX: y", "2026-10", "tous")  # fmt: skip
FIELDS: Final = ("id", "avant", "apres", "page", "q", "tab", "tri", "acte", "compte", "du", "au", "psad", "code", "state",
                 "iss", "jour", "geste", "retour", "roles", "depot", "vues", "note", "nom", "courriel", "paire", "motif")  # fmt: skip
RAW: Final = (
    b"\x00" * 100, b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: %s\r\n\r\n", b"GET /%%ff%%c0%%ae HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"GET http://other.invalid/ HTTP/1.1\r\nHost: %s\r\n\r\n", b"GET * HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"TRACE / HTTP/1.1\r\nHost: %s\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: %s\r\n\r\n", b"HEAD /connexion HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: %s\r\nHost: %s\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    b"POST /connexion HTTP/1.1\r\nHost: %s\r\nContent-Length: -1\r\n\r\n",
    b"POST /connexion HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /connexion HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"POST /connexion HTTP/1.1\r\nHost: %s\r\nContent-Type: multipart/form-data; boundary=\r\nContent-Length: 2\r\n\r\n--",
    b"POST /connexion HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded; charset=klingon\r\nContent-Length: 3\r\n\r\na=\xff",
    b"GET / HTTP/1.1\r\nHost: %s\r\nCookie: siei=\xff\xff; siei-entree=\x01\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    b"GET /fixes/portail.css HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    b"GET /fixes/../../../etc/passwd HTTP/1.1\r\nHost: %s\r\n\r\n", b"GET /fixes/%%2e%%2e/app.py HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"GET /fixes/%%00 HTTP/1.1\r\nHost: %s\r\n\r\n", b"GET /fixes/portail.css HTTP/1.1\r\nHost: %s\r\nRange: bytes=9-1,-,zz\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: %s\r\nA: " + b"b" * 70_000 + b"\r\n\r\n",
    b"GET /?" + b"a=b&" * 7_000 + b" HTTP/1.1\r\nHost: %s\r\n\r\n",
)  # fmt: skip


def find_failures(place: Path) -> Found:
    """Send all of it as a stranger, a coordinator and an administrator; ask by other names and ports."""
    import shutil

    out = Path(shutil.copytree(place / "out", place / "nine", symlinks=True))
    psads = open_accounts(out)
    base = open_base(out)
    for role in ("administrateur", "relecteur", "region"):
        account, _ = create_account(
            base, f"{role}@exemple.invalid", role, [role], psads if role == "region" else [], local=True
        )  # fmt: skip
        change_password(base, find_account(base, id=account.id) or account, PASSWORD)
    base.close()
    many = {"CONNEXIONS_PAR_MINUTE": "100000", "TELECHARGEMENTS_PAR_MINUTE": "100000"}
    with serving(out, psads, **many) as page:
        sent, faults = send_raw(page)
        for who in ("", "c0", "administrateur", "relecteur", "region"):
            more, wrong = try_ways(page, who)
            sent, faults = sent + more, faults + wrong
        named = ask_by_names(page)
        said = page.said.read_text("utf-8", "replace")
        faults += [
            line
            for line in said.splitlines()
            if re.search(r"Traceback|Error at|Exception in", line)
        ]
    return not faults and not named, (
        f"{sent} requests; failures of ours: {faults[:3] or 'none'}; answered under another name: {named or 'none'}"
    )


def send_raw(page: Page) -> tuple[int, list[str]]:
    faults = []
    ours = f"127.0.0.1:{page.port}".encode()
    for raw in RAW:
        with socket.create_connection(("127.0.0.1", page.port)) as opened:
            opened.settimeout(3)
            try:
                opened.sendall(raw.replace(b"%s", ours).replace(b"%%", b"%"))
                answer = opened.recv(1 << 16)
            except OSError:
                answer = b""
        if answer.startswith(b"HTTP/1.1 5") or b"root:" in answer or b"import " in answer:
            faults.append(f"{raw[:60]!r}: {answer[:20]!r}")
    return len(RAW), faults


def try_ways(page: Page, who: str) -> tuple[int, list[str]]:
    """Ask for every way with values that make no sense, in its path, its query and its form."""
    faults, sent = [], 0
    with page.browser("127.0.3.1", follow_redirects=False) as browser:
        jeton = token_of(browser.get("/connexion"))
        if who:
            form = {"courriel": f"{who}@exemple.invalid", "mot_de_passe": PASSWORD}
            if browser.post("/connexion", data={"jeton": jeton, **form}).status_code != 303:
                raise RuntimeError(f"{who} is not let in")
            first = {"c": "/campagnes", "a": "/administration", "r": "/relecture"}.get(who[0], "/")
            first = "/avancement" if who == "region" else first
            jeton = token_of(browser.get(first))
        for n, way in enumerate(WAYS):
            if way.chemin in ("/deconnexion", "/connexion") and who:
                continue
            for value in VALUES[n % 2 :: 2] if way.methode == "GET" else VALUES[n % 4 :: 4]:
                path = re.sub(r"\{code:campagne\}", CODE, way.chemin)
                path = path.replace(
                    "{psad}", page.psads[0] if n % 3 else quote(value, safe="%") or "x"
                )
                path = re.sub(r"\{[^}]+\}", quote(value, safe="%") or "x", path)
                told = dict.fromkeys(FIELDS, value)
                status = ask(browser, way.methode, path, told, jeton)
                sent += 1
                faults += (
                    [f"{who} {way.methode} {way.chemin} {value[:20]!r}: {status}"]
                    if status >= 500
                    else []
                )
    return sent, faults


def ask(browser: httpx.Client, method: str, path: str, told: dict[str, str], jeton: str) -> int:
    try:
        if method == "GET":
            return browser.get(path, params={k: v[:300] for k, v in told.items()}).status_code
        return browser.post(path, data={**told, "jeton": jeton}).status_code
    except (httpx.InvalidURL, httpx.HTTPError):
        return 0


def ask_by_names(page: Page) -> list[str]:
    """Ask under names that are not the page's; return those that it answered."""
    wrong = ["evil.invalid", f"evil.invalid:{page.port}", "127.0.0.1.evil.invalid", f"127.0.0.1:{page.port}@evil.invalid",
             "127.0.0.1:99999", "", "localhost.", f"[::1]:{page.port}", "127.0.0.1:"]  # fmt: skip
    with page.browser() as browser:
        found = [
            host
            for host in wrong
            if browser.get("/sante", headers={"Host": host}).status_code != 400
        ]
        if browser.get("/sante").status_code != 200:
            found.append("and not under its own")
    return found
