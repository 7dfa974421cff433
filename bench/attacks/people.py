"""Attacks on who acts: 6, 13 and 14."""

import hashlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from bench.attacks.common import CODE, COMMENT, NEXT, Found, log_of, siei


def attack_6(place: Path) -> Found:
    """Fifty passwords tried at once against one account."""
    from concurrent.futures import ThreadPoolExecutor

    from siei_match.portal.base import open_base
    from siei_match.portal.signin.accounts import change_password, create_account, sign_in

    out = place / "six"
    out.mkdir(mode=0o700)
    base = open_base(out)
    account, _ = create_account(base, "a@exemple.invalid", "A", ["relecteur"], (), local=True)
    change_password(base, account, "le vrai mot de passe")
    when = datetime.now(UTC)

    def once(n: int) -> bool:
        password = "le vrai mot de passe" if n > 5 else "faux"
        return (
            sign_in(base, account.courriel, password, when=when, essais=5, blocage=15) is not None
        )

    with ThreadPoolExecutor(50) as pool:
        first = sum(pool.map(once, [0] * 50))
    opened = sum(once(n) for n in (9, 9))
    base.close()
    return not first and not opened, f"opened during the lock: {opened}"


def attack_13(place: Path) -> Found:
    """One person releases alone: under another name, by a line written in a colleague's, by a stolen code."""
    out = shutil.copytree(place / "out", place / "thirteen", symlinks=True)
    settings = place / "two.toml"
    settings.write_text('deux_personnes = ["publier"]\n')
    said = [NEXT, "--sortie", str(out), "--reglages", str(settings)]
    held = siei("release", *said, "--dry-run").stdout
    gates = [line.split()[1] for line in held.splitlines() if line.strip().startswith("HELD")]
    despite = [w for g in gates for w in ("--malgre", g, "--motif", "to be attacked")]
    siei("release", *said, *despite, "--par", "A. Martin")
    name = next((e["details"]["demande"] for e in log_of(out) if e["acte"] == "demande"), "none")
    done = siei("release", *said, "--confirm", name, "--par", "B. Leroy")
    alone = (out / "publiees" / NEXT / "etat.json").exists()
    forged = forge_request(out)
    siei("release", *said, "--confirm", forged, "--par", "B. Leroy")
    written = (out / "publiees" / NEXT / "etat.json").exists()
    codes = replay_codes(place)
    ok = name != "none" and done.returncode == 1 and not alone and not written and not codes
    return (
        ok,
        f"asked as {name}; released alone: {alone}; by a forged line: {written}; codes again: {codes}",
    )


def forge_request(out: Path) -> str:
    """Write a request in a colleague's name, chained as it should be, without the key."""
    from siei_match.output.audit import Actor
    from siei_match.release.second import Matter, ask

    manifest = (out / "campagnes" / NEXT / "manifeste.json").read_bytes()
    colleague = Actor("C. Petit", datetime.now(UTC), None)
    made = ask(out, Matter.PUBLISH, NEXT, colleague, manifest=hashlib.sha256(manifest).hexdigest())
    return made.id


def replay_codes(place: Path) -> int:
    """Give a code that was seen over a shoulder again, and a spare one: how often they opened."""
    import base64

    from siei_match.portal.base import open_base
    from siei_match.portal.signin import factors, totp
    from siei_match.portal.signin.accounts import create_account

    folder = place / "thirteen-page"
    folder.mkdir(mode=0o700)
    base = open_base(folder)
    account, _ = create_account(base, "a@exemple.invalid", "A", [], (), local=True)
    secret, when = factors.prepare_factor(base, account), datetime.now(UTC)
    bounds = {"when": when, "tries": 99, "lock": 1}
    code = totp.code_at(base64.b32decode(secret), totp.step_of(when))
    spares = factors.confirm_factor(base, account, code, **bounds) or []
    opened = [factors.check_code(base, account, given, **bounds)
              for given in (code, spares[0], spares[0], "000000")]  # fmt: skip
    base.close()
    return sum(by is not None for by in opened) - 1


def attack_14(place: Path) -> Found:
    """A mark made from what the log says; what waits on the page read from the disk; a forgotten account."""
    import pyrage

    from siei_match.portal.base import open_base
    from siei_match.portal.lists.marks import Download, mark_workbook, read_workbook_mark
    from siei_match.portal.lists.tracing import SECRET, trace
    from siei_match.portal.vault import read_vault
    from siei_match.release.workbooks import CLASSEUR

    out = shutil.copytree(place / "out", place / "fourteen", symlinks=True)
    key = place / "page.age"
    key.write_text(str(pyrage.x25519.Identity.generate()))
    key.chmod(0o400)
    vault = read_vault(key, out)
    base = open_base(out, vault=vault)
    secret = base.secret(SECRET)
    (workbook, *_) = sorted((out / "publiees" / CODE).rglob(f"liste.{CLASSEUR}"))
    told = Download("a@exemple.invalid", "2027-03-20T09:00:00.000+00:00", CODE, "P", CLASSEUR, "l")
    forged = place / "forged.xlsx"
    forged.write_bytes(mark_workbook(workbook.read_bytes(), told.mark(b"guessed")))
    marks = read_workbook_mark(forged.read_bytes()) == told.mark(secret)[:16] or trace(
        out, forged, vault
    )
    on_disk = [p.name for p in out.rglob("*") if p.is_file() and secret in p.read_bytes()]
    sealed = vault.seal(COMMENT.encode())
    base.close()
    left = forgotten(place)
    held = not marks and not on_disk and COMMENT.encode() not in sealed and not left
    return (
        held,
        f"forged mark: {bool(marks)}; secrets on the disk: {on_disk or 'none'}; forgotten accounts open: {left}",
    )


def forgotten(place: Path) -> int:
    """Count the accounts that nobody used for half a year and that are still open; one administrator stays."""
    from datetime import timedelta

    from siei_match.portal.base import open_base
    from siei_match.portal.config import PortalSettings
    from siei_match.portal.signin import terms
    from siei_match.portal.signin.accounts import create_account, list_accounts

    folder = place / "fourteen-page"
    folder.mkdir(mode=0o700)
    base, when = open_base(folder), datetime.now(UTC)
    for n, role in enumerate(("administrateur", "coordonnateur", "relecteur")):
        create_account(base, f"a{n}@exemple.invalid", f"A {n}", [role], (), local=True)
    terms.begin_terms(base, when)
    terms.close_unused(base, PortalSettings(), when + timedelta(days=184), lambda account: None)
    left = sum(account.active for account in list_accounts(base)) - 1
    base.close()
    return left
