"""Play the numbered attacks of SECURITY.md against a fresh demonstration: `python -m bench.attacks [N …]`.

Each prints `held` or `broken`, and what was seen; the exit code is the number of those that broke. The
attacker is another user of the machine (`nobody`) where this is run by root, as CI and containers do;
else the same user plays with what another could do.
"""

import argparse
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

ROOT: Final = Path(__file__).parents[1]
CODE: Final = "2026-10"
NEXT: Final = "2027-03"
KEY: Final = "0123456789abcdef" * 4
NOBODY: Final = 65534
COMMENT: Final = "COMMENTAIRE-POUR-NOUS-SEULS"
NAMES: Final = ("ine", "nom_naissance", "nom_usage", "prenoms", "date_naissance", "adresse", "telephones", "courriel",
                "commentaire")  # fmt: skip
FLOATS: Final = ("DOUBLE", "FLOAT", "DECIMAL", "HUGEINT")

Found = tuple[bool, str]


def as_nobody(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as another user of this machine, where we may."""
    other = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    whole = [*(other if os.geteuid() == 0 else ()), *command]
    return subprocess.run(
        whole, env={"PATH": os.environ["PATH"], **environment}, capture_output=True, text=True
    )


def said_to_nobody(url: str) -> str:
    """Return how an API answers to another user's deployment of a shell command."""
    told = {"name": "mine", "flow_id": "0" * 32,
            "pull_steps": [{"run_shell_script": {"script": "id"}}]}  # fmt: skip
    asked = urllib.request.Request(
        url, json.dumps(told).encode(), {"Content-Type": "application/json"}
    )
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        # The interpreter may stand where nobody reaches it: what is loaded goes on as they.
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            status = urllib.request.urlopen(asked, timeout=20).status
        except urllib.error.HTTPError as refused:
            status = refused.code
        os.write(write, str(status).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def siei(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "siei_match.cli", *arguments],
        env={**os.environ, "SIEI_CLE": KEY, **environment}, capture_output=True, text=True,
    )  # fmt: skip


class Open(BaseHTTPRequestHandler):
    """An API as Prefect's server stands without a password."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def prefect(home: Path, password: str) -> Iterator[str]:
    """Start Prefect's server as docs/prefect.md does, and give its API's address."""
    port, secret = 4291, f"siei:{password}"
    told = {
        **os.environ, "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_SERVER_API_AUTH_STRING": secret,
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1",
         "--port", str(port)],
        env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}/api"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/health", timeout=1)
                break
            except (urllib.error.URLError, OSError):
                time.sleep(0.5)
        yield url
    finally:
        server.terminate()
        server.wait()


def attack_1(place: Path) -> Found:
    """Another user deploys a shell command on Prefect's server; nothing of ours works for an open one."""
    home = place / "prefect"
    home.mkdir(mode=0o700)
    with prefect(home, "a-long-secret") as url:
        said = said_to_nobody(f"{url}/deployments/")
    started = []
    with HTTPServer(("127.0.0.1", 0), Open) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for kind in ("serve", "worker", "run"):
            words = [kind, *((str(place), str(place / "o")) if kind == "run" else ())]
            done = subprocess.run(
                [sys.executable, "-m", "siei_match.flows", *words],
                env={**os.environ, "PREFECT_HOME": str(home),
                     "PREFECT_API_URL": f"http://127.0.0.1:{server.server_port}/api"},
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            if done.returncode != 1 or "without a password" not in done.stderr:
                started.append(kind)
        server.shutdown()
    held = said == "401" and not started
    return (
        held,
        f"a deployment of another user: {said}; started against an open API: {started or 'none'}",
    )


def attack_2(place: Path) -> Found:
    """Weights drawn from how rare a name is, in what the group reads (rates: bench.guess)."""
    out = place / "out"
    faults = []
    for path in sorted(out.rglob("*.parquet")):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            schema = pl.read_parquet_schema(path)
            faults += [f"{path.name}.{n}" for n, kind in schema.items() if kind.is_float()]
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        told = base.sql(
            "SELECT table_name, column_name FROM information_schema.columns"
            f" WHERE data_type IN {FLOATS} AND table_name IN ('liens', 'preuves')"
        ).fetchall()
        columns = base.sql("SELECT column_name FROM information_schema.columns").fetchall()
    faults += [".".join(row) for row in told]
    named = {name for (name,) in columns} & {*NAMES}
    closed = [out / "campagnes" / CODE / "liens.parquet", *out.rglob("mouvements.csv")]
    opened = [p.name for p in closed if stat.S_IMODE(p.stat().st_mode) & 0o077
              or (os.geteuid() == 0 and not as_nobody("cat", str(p)).returncode)]  # fmt: skip
    held = not faults and not opened and not named and len(closed) > 1
    return held, (
        f"numbers that the group reads: {faults or 'none'}; names: {sorted(named) or 'none'};"
        f" open files: {opened or 'none'}"
    )


def attack_3(place: Path) -> Found:
    """Movements, answers' comments, and files that a platform did not confirm outlive their subject."""
    out = shutil.copytree(place / "out", place / "three", symlinks=True)
    waiting = out / "memoire" / "depots"
    waiting.mkdir(mode=0o700, exist_ok=True)
    (waiting / "jeton.csv").write_text("id_signalement;nom\ns;NOM-QUI-RESTE\n")
    done = siei("purge", "--avant", f"{date(2030, 1, 1)}", "--tout", "--sortie", str(out))
    left = [p.name for p in out.rglob("*") if p.is_file() and b"NOM-QUI-RESTE" in p.read_bytes()]
    moved, moves = excluded_mover(place)
    held = done.returncode == 0 and not left and not moved and moves > 0
    return (
        held,
        f"files that still have the name: {left or 'none'}; of {moves} movers one, excluded: {moved or 'none'}",
    )


def excluded_mover(place: Path) -> tuple[list[str], int]:
    """Exclude somebody whom mouvements.csv names; return where they still are, and the file's rows.

    A comment of a platform is looked for in the same bytes.
    """
    from tests.golden.test_purge import readings

    out = shutil.copytree(place / "out", place / "three-moved", symlinks=True)
    told = [pl.read_csv(p, separator=";", infer_schema=False) for p in
            (out / "campagnes").rglob("mouvements.csv")]  # fmt: skip
    movers = pl.concat([frame for frame in told if frame.height])
    answers = place / "answers.csv"
    one = movers["id_signalement"][0]
    answers.write_text(
        f"id_signalement;date_retour;retour;commentaire\n{one};2027-03-12;suivi;{COMMENT}\n"
    )
    siei("collect", str(answers), "--sortie", str(out))
    done = siei("personne", "exclude", one, "--motif", "autre", "--jusqu-au", "2035-01-01",
                "--sortie", str(out))  # fmt: skip
    if done.returncode:
        return [done.stderr], movers.height
    # Once the exclusion ends the answer decides again: it stays, the owner's alone, with no name or comment.
    kept = f"{out}/memoire/retours/"
    return [
        p.relative_to(out).as_posix() for p in sorted(out.rglob("*"))
        if p.is_file() and any(COMMENT.encode() in c or (one.encode() in c and not str(p).startswith(kept))
                             for c in readings(p))
    ], movers.height  # fmt: skip


def attack_4(place: Path) -> Found:
    """The audit log without its seals, an act changed, chained again; then an honest act."""
    out = shutil.copytree(place / "out", place / "four", symlinks=True)
    log = out / "memoire" / "audit.jsonl"
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    before = hashlib.sha256(b"siei-match audit 1").hexdigest()
    for line in lines:
        line |= {"par": "quelqu'un d'autre", "cle": None, "sceau": None, "precedent": before}
        del line["empreinte"]
        text = json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        before = line["empreinte"] = hashlib.sha256(text.encode()).hexdigest()
    log.write_text("".join(
        json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"
        for line in lines
    ))  # fmt: skip
    tete = json.dumps({"n": len(lines), "empreinte": before}) + "\n"
    (out / "memoire" / "audit.tete").write_text(tete)
    found = [siei("audit", "verify", "--sortie", str(out)).returncode]
    siei("purge", "--avant", "2020-01-01", "--sortie", str(out))
    found.append(siei("audit", "verify", "--sortie", str(out)).returncode)
    return found == [1, 1], f"verify before and after an honest act: {found} (1: broken log told)"


def attack_5(place: Path) -> Found:
    """Small workbooks that ask for gigabytes and minutes."""
    from siei_match.collect import apart
    from siei_match.reference.errors import DeliveryError
    from tests.unit import test_collect_apart as made

    told, held = [], True
    apart.read_sheets_apart(made.a_workbook(), "retour.xlsx")
    for make in (made.wide_row, made.styles, made.sparse_sheets, made.many_rows):
        content = make()
        pid, start = apart._Reader.current()._process.pid, time.monotonic()
        try:
            apart.read_sheets_apart(content, "retour.xlsx")
            held = False
        except DeliveryError:
            pass
        took = time.monotonic() - start
        status = Path(f"/proc/{pid}/status")
        peak = status.read_text().partition("VmHWM:")[2].split()[0] if status.exists() else "0"
        told.append(f"{make.__name__} {len(content) >> 10} kB {took:.1f} s {int(peak) >> 10} MB")
        held &= took < 30 and int(peak) < 1 << 21
    return held, "; ".join(told)


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


def attack_7(place: Path) -> Found:
    """A link laid in a folder that everybody writes, where a draft will be."""
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    theirs = place / "theirs"
    link = shared / f".liste-{CODE}-non_affecte.csv.en-cours"
    as_nobody("ln", "-s", str(theirs), str(link))
    done = siei("export", CODE, "--psad", "non_affecte", "--sortie", str(place / "out"),
                "--vers", str(shared))  # fmt: skip
    left = [p.name for p in shared.iterdir() if not p.is_symlink()]
    held = done.returncode == 1 and not theirs.exists() and not left
    return held, f"export ended {done.returncode}; written there: {left or 'nothing'}"


def attack_10(place: Path) -> Found:
    """Small counts of places, by adding and subtracting all that the base and the report tell."""
    from bench.subtraction import play

    return play(place / "out", NEXT, 60)


def attack_12(place: Path) -> Found:
    """Who opposed, read by the group; a name that is not one's own; real people's lists in a demonstration."""
    out = shutil.copytree(place / "out", place / "twelve", symlinks=True)
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        [(one,)] = base.sql("SELECT id_signalement FROM signalements ORDER BY 1 LIMIT 1").fetchall()
    siei("personne", "exclude", one, "--motif", "opposition", "--jusqu-au", "2035-01-01",
         "--par", "MINISTRE", "--sortie", str(out))  # fmt: skip
    with duckdb.connect(out / "siei.duckdb", read_only=True) as base:
        [(marked,)] = base.sql(
            "SELECT count(*) FROM rejets WHERE regle = 'personne_exclue'"
        ).fetchall()
    files = [p for p in out.glob("campagnes/*/rejets.parquet") if p.stat().st_mode & 0o077]
    lines = (out / "memoire" / "audit.jsonl").read_text("utf-8").splitlines()
    last = [entry for line in lines if (entry := json.loads(line))["par"] == "MINISTRE"]
    declared = bool(last) and all("utilisateur_systeme" in entry["details"] for entry in last)
    demo = siei("portal", "--demo", "--sortie", str(out))
    held = not marked and not files and declared and demo.returncode == 1
    return held, (
        f"rows that mark who opposed: {marked}; rejets open to the group: {len(files)}; declared names marked: "
        f"{declared}; demonstration of an unmarked folder ended {demo.returncode}"
    )


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


def log_of(out: Path) -> list[dict]:
    lines = (out / "memoire" / "audit.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


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


def attack_15(place: Path) -> Found:
    """A unit that lets its process do much; an old file of advisories taken for an all-clear."""
    exposed = []
    for unit in ("siei", "siei-portal", "siei-expected"):
        if shutil.which("systemd-analyze"):
            path = ROOT / "docs" / "recipes" / f"{unit}.service"
            done = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", "--threshold=30", str(path)],
                capture_output=True, text=True,
            )  # fmt: skip
            exposed += [unit] if done.returncode else []
    old = place / "advisories.json"
    old.write_text(json.dumps({"id": "X", "modified": "2020-01-01T00:00:00Z", "affected": [
        {"package": {"ecosystem": "PyPI", "name": "another"}, "versions": ["1"]}]}))  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tools.check_advisories", str(old)], cwd=ROOT, capture_output=True
    )
    return not exposed and done.returncode == 2, (
        f"units over 3: {exposed or 'none'}; an old file of advisories ends with {done.returncode} (2: refused)"
    )


ATTACKS: Final[dict[int, Callable[[Path], Found]]] = {
    1: attack_1, 2: attack_2, 3: attack_3, 4: attack_4, 5: attack_5, 6: attack_6, 7: attack_7,
    10: attack_10, 12: attack_12,
    13: attack_13, 14: attack_14, 15: attack_15,
}  # fmt: skip


def prepare(place: Path) -> None:
    """Run a campaign of the samples and release it: what the attacks are played against."""
    out = str(place / "out")
    for code in (CODE, NEXT):
        done = siei("run", str(ROOT / "sample_data" / code), "--sortie", out)
        if done.returncode:
            raise SystemExit(done.stderr)
    held = siei("release", CODE, "--sortie", out)
    if held.returncode:
        words = [w for line in held.stderr.split() if line.startswith("garde_") for w in (line,)]
        siei("release", CODE, "--sortie", out, *(w for g in words for w in ("--malgre", g)))
    # Others may enter the place, as they may enter /tmp: what stands there closes itself.
    place.chmod(0o755)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, default=sorted(ATTACKS))
    chosen = parser.parse_args().numbers
    broken = 0
    with tempfile.TemporaryDirectory(prefix="siei-attacks-") as name:
        place = Path(name)
        prepare(place)
        for number in chosen:
            held, seen = ATTACKS[number](place)
            broken += not held
            print(f"{number:3} {'held' if held else 'BROKEN':6} {seen}", flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
