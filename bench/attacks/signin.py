"""Attack 11: signing in as another, by the provider or a password; finding out who has an account."""

import http.client
import os
import re
import shutil
import statistics
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import httpx

from bench.attacks.common import Found, siei
from bench.attacks.page import PASSWORD, Page, open_accounts, serving, token_of
from siei_match.portal.base import open_base
from siei_match.portal.signin.accounts import create_account, set_active
from tests.portal.provider import CLIENT, SECRET, Provider

OWNERS: Final = ("koord@x.fr", "strasse@x.fr", "office@x.fr", "i@x.fr")
ALIKE: Final = ("\u212aoord@x.fr", "stra\u00dfe@x.fr", "\u017ftrasse@x.fr", "o\ufb03ce@x.fr", "\u0131@x.fr", "\u0130@x.fr",
                "\uff4boord@x.fr", "koord@x.fr\u200b", "koord\u0000@x.fr", "\u043aoord@x.fr", "koord@\u0445.fr")  # fmt: skip
FAULTS: Final = ("non_verifie", "nbf", "iat", "exp", "nonce", "aud", "azp", "issuer", "acr", "signature_id", "none_id", "hs256_id",
                 "signature_userinfo", "non_signe", "sujet", "sans_courriel", "state", "iss")  # fmt: skip
COMMON: Final = ("Motdepasse2026!", "M0tdepasse-2027", "azertyuiop1234!", "P@ssword123456", "Bienvenue.2026.siei",
                 "qwertyuiopazerty", "Administrateur-01", "Juillet2026Aout2027", "aaaaaaaaaaaaaaaa", "court")  # fmt: skip
TRIES: Final = 60
APART: Final = 0.68
"""How often the slower of two tries, drawn one of each kind, may be of one kind: a half tells nothing, and of sixty
tries of each kind chance alone stays below this 999 times in a thousand."""


def attack_11(place: Path) -> Found:
    """The provider's answers changed; addresses that look alike; common passwords; times that tell."""
    told, held = [], True
    for part in (by_the_provider, by_plain_issuer, by_common_passwords, by_time):
        good, seen = part(place)
        held &= good
        told.append(f"{'held' if good else 'BROKEN':6} {part.__name__}: {seen}")
    return held, "\n    ".join(["", *told])


def by_the_provider(place: Path) -> Found:
    """Come back from the provider as somebody who looks alike, or with an answer that was changed."""
    out = Path(shutil.copytree(place / "out", place / "eleven", symlinks=True))
    base = open_base(out)
    for courriel in OWNERS:
        create_account(base, courriel, "O", ["coordonnateur"], [], local=False)
    base.close()
    provider = Provider(lambda: datetime.now(UTC))
    provider.start()
    told = {"OIDC_EMETTEUR": provider.url, "OIDC_CLIENT": CLIENT, "OIDC_SECRET": SECRET,
            "OIDC_ACR": "eidas1", "CONNEXIONS_PAR_MINUTE": "1000"}  # fmt: skip
    try:
        with serving(out, [], **told) as page:
            honest = [
                come_back(page, provider, courriel, "") for courriel in ("koord@x.fr", "KOORD@X.FR")
            ]
            alike = [who for who in ALIKE if come_back(page, provider, who, "") != 403]
            changed = [
                fault for fault in FAULTS if come_back(page, provider, OWNERS[0], fault) != 403
            ]
    finally:
        provider.stop()
    return honest == [303, 303] and not alike and not changed, (
        f"the owner: {honest}; {len(ALIKE)} addresses alike, let in: {[ascii(a) for a in alike] or 'none'};"
        f" {len(FAULTS)} answers changed, taken: {changed or 'none'}"
    )


def come_back(page: Page, provider: Provider, courriel: str, fault: str) -> int:
    provider.courriel, provider.faute = courriel, fault
    with page.browser(follow_redirects=False) as browser:
        away = browser.get("/connexion/fournisseur").headers["location"]
        back = httpx.get(away).headers["location"]
        return browser.get(back).status_code


def by_plain_issuer(place: Path) -> Found:
    """Start a page whose provider is asked in plain HTTP."""
    done = siei("portal", "--sortie", str(place / "out"), SIEI_PORTAIL_OIDC_EMETTEUR="http://idp.invalid",
                SIEI_PORTAIL_OIDC_CLIENT=CLIENT, SIEI_PORTAIL_OIDC_SECRET=SECRET)  # fmt: skip
    refused = done.returncode == 1 and "must be https" in done.stderr
    return refused, f"refused: {refused}"


def by_common_passwords(place: Path) -> Found:
    """Choose what everybody tries first, on the page."""
    out = Path(shutil.copytree(place / "out", place / "eleven-passwords", symlinks=True))
    with (
        serving(out, open_accounts(out), CONNEXIONS_PAR_MINUTE="1000") as page,
        closing(page.come_in(0)) as browser,
    ):
        taken = []
        for new in COMMON:
            form = {"ancien": PASSWORD, "nouveau": new, "confirmation": new}
            jeton = token_of(browser.get("/mot-de-passe"))
            answer = browser.post("/mot-de-passe", data={"jeton": jeton, **form})
            taken += [new] if answer.status_code != 403 else []
    return not taken, f"{len(COMMON)} tried, taken: {taken or 'none'}"


def by_time(place: Path) -> Found:
    """Tell from the time of an answer whether an address has an account, a locked or a closed one, or none."""
    out = Path(shutil.copytree(place / "out", place / "eleven-times", symlinks=True))
    psads = open_accounts(out)
    base = open_base(out)
    closed, _ = create_account(base, "closed@exemple.invalid", "C", [], [], local=True)
    create_account(base, "provider@exemple.invalid", "P", [], [], local=False)
    set_active(base, closed, active=False)
    base.close()
    kinds = {"none": "nobody@exemple.invalid", "known": "c0@exemple.invalid", "locked": "c1@exemple.invalid",
             "closed": closed.courriel, "provider's": "provider@exemple.invalid"}  # fmt: skip
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    pages = set()
    with serving(out, psads, CONNEXIONS_PAR_MINUTE="100000", ESSAIS="90") as page:
        asked = Trying(page)
        for _ in range(91):
            asked.once(kinds["locked"])
        for _ in range(TRIES):
            for kind, courriel in kinds.items():
                took, text = asked.once(courriel)
                times[kind].append(took)
                pages.add(text)
    found = {kind: apart(times["none"], seen) for kind, seen in times.items() if kind != "none"}
    held = all(1 - APART < one < APART for one in found.values()) and len(pages) == 1
    told = ", ".join(f"{kind} {one:.2f}" for kind, one in found.items())
    middle = {kind: f"{1000 * statistics.median(seen):.0f}" for kind, seen in times.items()}
    return held, (
        f"slower than none, of pairs drawn (0.5 tells nothing): {told}; medians in ms {middle}; {len(pages)} page for all;"
        f" load {os.getloadavg()[0]:.1f}"
    )


def apart(one: list[float], other: list[float]) -> float:
    """Return how often a time of the other is longer than one of the first, of all pairs."""
    return sum((b > a) + (a == b) / 2 for a in one for b in other) / (len(one) * len(other))


class Trying:
    """Wrong passwords, each by a connection of its own, timed from the last byte sent to the first received."""

    def __init__(self, page: Page) -> None:
        self._port = page.port
        with page.browser() as browser:
            answer = browser.get("/connexion")
            self._jeton = token_of(answer)
            self._cookie = answer.headers["set-cookie"].partition(";")[0]

    def once(self, courriel: str) -> tuple[float, str]:
        asked = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        form = {"jeton": self._jeton, "courriel": courriel, "mot_de_passe": "pas le bon mot"}
        head = {"Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"}
        asked.connect()
        start = time.perf_counter()
        asked.request("POST", "/connexion", urlencode(form), head)
        answer = asked.getresponse()
        took = time.perf_counter() - start
        text = re.sub(r'value="[^"]+"', "", answer.read().decode())
        asked.close()
        return took, text
