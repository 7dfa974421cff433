"""Attacks on the places, memory and time of the page: 5 and 8."""

import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx

from bench.attacks.common import ROOT, Found, siei
from bench.attacks.crowd import SAID
from bench.attacks.page import OURS, Page, honest, open_accounts, serving, token_of

SECONDS: Final = 5.0
LONGEST: Final = 20.0
"""Seconds after which somebody who looks at a list gives up; of a machine that others use, five times what it takes without an
attack if that is more."""
GROWTH: Final = 250
"""Megabytes that an attack may add to the page."""
CROWDS: Final = (*(f"{kind} from one" for kind in SAID), *(f"{kind} from many" for kind in SAID),
                 "passwords from many")  # fmt: skip


def attack_5(place: Path) -> Found:
    """Small workbooks that ask for gigabytes and minutes, sent to the page by two accounts at once."""
    from tests.unit import test_collect_apart as made

    out = copied(place, "five")
    files = {make.__name__: make() for make in
             (made.wide_row, made.styles, made.sparse_sheets, made.many_rows)}  # fmt: skip
    seen: list[int] = []
    with serving(out, open_accounts(out), DEPOTS_PAR_JOUR="1000") as page:
        before = page.memory()
        with honest(page, 2) as calm:
            time.sleep(SECONDS)
        start = time.monotonic()
        with honest(page, 2) as waited:
            # Signed in once: what is sent counts here, not how often somebody signs in.
            attackers = [page.come_in(n, f"127.0.2.{n + 1}") for n in (0, 1)]
            senders = [threading.Thread(target=send_all, args=(page, n, attackers[n], files, seen))
                       for n in (0, 1) for _ in range(6)]  # fmt: skip
            for one in senders:
                one.start()
            for one in senders:
                one.join()
            for browser in attackers:
                browser.close()
            took, reader = time.monotonic() - start, page.reader()
        with closing(page.come_in(2, OURS)) as browser:
            last = send(page, 2, browser, "r.csv", b"id_signalement;retour\n")
    refused = seen.count(403)
    held = set(seen) <= {403, 429} and refused >= len(files) and last in (200, 403)
    bearable = max(LONGEST, 5 * max(calm.signed_in))
    held &= not waited.refused and max(waited.signed_in) < bearable and reader < 2048
    held &= waited.memory - before < GROWTH
    return held, (
        f"{len(seen)} files of {max(map(len, files.values())) >> 10} kB at most in {took:.0f} s, {refused} read and refused; the "
        f"reader {reader} MB; waited without it {calm.tell()}, with it {waited.tell()}"
    )


def send_all(
    page: Page, n: int, browser: httpx.Client, files: dict[str, bytes], seen: list[int]
) -> None:
    for name, content in files.items():
        seen.append(send(page, n, browser, f"{name}.xlsx", content))


def send(page: Page, n: int, browser: httpx.Client, name: str, content: bytes) -> int:
    form = {"jeton": token_of(browser.get("/reponses")), "psad": page.psads[n]}
    return browser.post("/reponses", data=form, files={"fichier": (name, content)}).status_code


def copied(place: Path, name: str) -> Path:
    import shutil

    return Path(shutil.copytree(place / "out", place / name, symlinks=True))


def attack_8(place: Path) -> Found:
    """Half-open connections, idle ones, answers that nobody takes, passwords; then doors left open."""
    out, told, held = copied(place, "eight"), [], True
    with serving(out, open_accounts(out), CONNEXIONS_PAR_MINUTE="20") as page:
        before = page.memory()
        with honest(page, 0) as calm:
            time.sleep(SECONDS)
        told.append(f"no attack: {calm.tell()}")
        for kind in CROWDS:
            with honest(page, 0) as waited:
                made = subprocess.run(
                    [sys.executable, "-m", "bench.attacks.crowd", kind, str(page.port), str(SECONDS)],
                    cwd=ROOT, capture_output=True, text=True, timeout=120,
                ).stdout.strip()  # fmt: skip
            good = bool(made) and int(made) > 0 and not waited.refused
            bearable = max(LONGEST, 5 * max(calm.signed_in))
            held &= good and max(waited.signed_in) < bearable and waited.memory - before < GROWTH
            told.append(f"{kind} ({made or 'not'} made): {waited.tell()}")
    doors = open_doors(out, place)
    return held and not doors, "\n    ".join(
        [
            f"waited at most, and memory ({before} MB at first):",
            *told,
            f"doors left open: {doors or 'none'}",
        ]
    )


def open_doors(out: Path, place: Path) -> list[str]:
    """Start pages that must not be served so, or not without a word; return those that were."""
    found = []
    for address in ("0.0.0.0", "::", "192.0.2.1"):
        done = siei("portal", "--sortie", str(out), "--adresse", address, "--port", "8799")
        found += [] if done.returncode == 1 and "plain HTTP" in done.stderr else [address]
    settings = place / "proxied.toml"
    settings.write_text('[portail]\nurl = "https://siei.invalid"\ncomptes_locaux = true\n')
    nothing = place / "nothing"
    done = siei("portal", "--sortie", str(nothing), "--reglages", str(settings))
    found += [] if "mandataires" in done.stderr else ["a proxy that is not named"]
    plain = siei("portal", "--sortie", str(out), SIEI_PORTAIL_URL="http://siei.invalid")
    found += [] if plain.returncode == 1 else ["a plain address"]
    return found
