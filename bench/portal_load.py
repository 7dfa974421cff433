"""Fifty coordinators work for a minute, over loopback; a run and a release in the middle.

    .venv/bin/python -m bench.portal_load [--secondes 60] [--coordonnateurs 50] [--lignes 600] [--calme]

Each signs in, then looks at its list, downloads it in one of the three formats or opens a young person's page, at times
answers there or looks at the totals, and thinks for two seconds (`THINKS`) before it begins again: far quicker than people,
who call in between. With --calme nothing is run or released meanwhile: what the page takes by itself. Every file is compared with what was released: before the release its old bytes, after it the new ones,
never anything else; all after the minute, since the clients share the server's machine. Prints a line of JSON; exit code 1
if a bound is broken.
"""

import argparse
import asyncio
import hashlib
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import httpx
import polars as pl

from siei_match.campaign.story import run_campaign
from siei_match.output import PreparedCampaign, open_staging, place_staging
from siei_match.output.audit import Actor
from siei_match.output.manifest import Execution
from siei_match.portal.base import open_base
from siei_match.portal.signin.accounts import change_password, create_account
from siei_match.reference.settings import Settings, load_key, load_settings
from siei_match.release import release
from siei_match.stages.publish import CampaignTables, publish_campaign
from tests.unmarked import without_mark

ROOT = Path(__file__).parents[1]
OURS = (sys.executable, "-m", "bench.portal_load")
CODE, KEY, PASSWORD = "2026-10", "bench" * 8, "un mot de passe long"
FORMATS = ("xlsx", "csv", "parquet")
THINKS = 2.0
"""Seconds between two rounds of a coordinator, of two to four requests each."""
P95_MAX, REQUESTS_MAX, GROWTH_MAX = 0.3, 60_000, 0.10


def make_world(sortie: Path, n: int, lignes: int) -> list[str]:
    """Run the sample campaign, then give the first `n` platforms a list of `lignes` rows."""
    run_campaign(ROOT / "sample_data" / CODE, sortie, load_settings())
    psads = sorted(p.name[5:] for p in (sortie / "campagnes" / CODE / "listes").iterdir())[:n]
    enlarge(sortie, psads, lignes, "A")
    return psads


def enlarge(sortie: Path, psads: list[str], lignes: int, version: str) -> None:
    """Publish the campaign again with long lists; `version` stands in each row's commune."""
    folder = sortie / "campagnes" / CODE
    listes = pl.concat(
        pl.read_parquet(path, hive_partitioning=False)
        for path in sorted(folder.glob("listes/psad=*/liste.parquet"))
    )
    seed = listes.head(20)
    rows = pl.concat([seed] * (lignes // seed.height + 1)).head(lignes)
    many = pl.concat(
        rows.with_columns(
            id_signalement=pl.concat_str(
                pl.lit(f"s{rank:04x}"), pl.int_range(lignes).cast(pl.String).str.zfill(27)
            ),
            psad=pl.lit(psad),
            commune=pl.lit(version),
        )
        for rank, psad in enumerate(psads)
    )
    with duckdb.connect(str(sortie / "siei.duckdb"), read_only=True) as base:
        psad, communes = (base.sql(f"from {t}").pl() for t in ("psad", "psad_communes"))
    tables = {
        part.name: pl.read_parquet(path)
        for part in fields(CampaignTables)
        if (path := folder / f"{part.name}.parquet").exists()
    }
    told = (
        PreparedCampaign(CODE, folder)
        .manifest()
        .model_dump(exclude={"format", "version", "fichiers", "etapes"})
    )
    with open_staging(sortie, CODE) as staging:
        annexes = {
            path.stem: Path(shutil.copy(path, staging.travail))
            for path in folder.glob("*.parquet")
            if path.stem not in tables or path.stem == "reponses"
        }
        publish_campaign(
            staging,
            Execution(**told),
            CampaignTables(**tables, listes=many, psad=psad, psad_communes=communes),
            annexes,
        )
        place_staging(staging)


def show(sortie: Path) -> None:
    acteur = Actor("bench", datetime.now(UTC), load_key(Settings()))
    wide = Settings(garde_volume=1e9, garde_volume_psad=1e9, garde_rejets=1, garde_a_verifier=1)
    release(sortie, CODE, wide, actor=acteur)


def digest(content: bytes, kind: str) -> str:
    """Each download bears a mark of its own: what is compared is the file without it."""
    return hashlib.sha256(repr(without_mark(content, kind)).encode()).hexdigest()


def digests(sortie: Path, psads: list[str]) -> dict[str, str]:
    folder = sortie / "publiees" / CODE / "listes"
    return {
        f"{psad}.{kind}": digest((folder / f"psad={psad}" / f"liste.{kind}").read_bytes(), kind)
        for psad in psads
        for kind in FORMATS
    }


@dataclass
class Seen:
    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    requests: int = 0
    files: list[tuple[bytes, str, str]] = field(default_factory=list)
    """What was sent, as whose list, before, during or after the release."""
    busy: int = 0
    """Answers that were refused because a run held the folder: nothing was kept, and it was said."""


async def coordinate(url, psad, rank, state, seen: Seen, ready, seconds: int) -> None:
    """One coordinator: signs in, waits for the others, then looks and downloads until the end."""
    async with httpx.AsyncClient(base_url=url, timeout=120) as browser:
        page = await browser.get("/connexion")
        jeton = re.search(r'name="jeton" value="([^"]+)"', page.text).group(1)
        form = {"jeton": jeton, "courriel": f"c{rank}@bench.invalid", "mot_de_passe": PASSWORD}
        answer = await browser.post("/connexion", data=form)
        if answer.status_code != 303:
            raise SystemExit(f"sign-in: {answer.status_code}")
        await ready.wait()
        until = time.monotonic() + seconds
        await asyncio.sleep(rank / 25)
        turn, answered, here = rank, 0, f"/campagnes/{CODE}/{psad}"
        while time.monotonic() < until and seen.requests < REQUESTS_MAX:
            kind = FORMATS[turn % 3]
            page = await ask(browser, "liste", here, seen)
            young = re.findall(r'href="([^"]+/jeunes/[^"]+)"', page.text)
            if turn % 2 and young:
                one = await ask(browser, "jeune", young[turn % len(young)], seen)
                if turn % 4 == 1 and one.status_code == 200:
                    await reply(browser, str(one.url.path), one.text, seen)
                    answered += 1
            else:
                file = await ask(browser, kind, f"{here}/liste.{kind}", seen)
                # A workbook is made anew as soon as an answer is filled in.
                if file.status_code == 200 and not (kind == "xlsx" and answered):
                    seen.files.append((file.content, f"{psad}.{kind}", state["release"]))
            if turn % 10 == 0:
                await ask(browser, "totaux", "/campagnes", seen)
            turn += 1
            await asyncio.sleep(THINKS)


async def ask(browser, name: str, path: str, seen: Seen) -> httpx.Response:
    """Ask for a page, and keep how long it took."""
    began = time.perf_counter()
    answer = await browser.get(path)
    seen.times.setdefault(name, []).append(time.perf_counter() - began)
    seen.requests += 1
    if answer.status_code != 200:
        seen.wrong.append(f"{name} {answer.status_code}")
    return answer


async def reply(browser, path: str, page: str, seen: Seen) -> None:
    """Answer on a young person's page, as its form does; a run that holds the folder is told (503)."""
    form = {
        "jeton": re.findall(r'name="jeton" value="([^"]+)"', page)[-1],
        "vues": re.findall(r'name="vues" value="(\d+)"', page)[-1],
        "retour": "contacte_sans_reponse", "geste": "ajouter", "note": "à rappeler",
    }  # fmt: skip
    began = time.perf_counter()
    answer = await browser.post(path, data=form)
    seen.times.setdefault("reponse", []).append(time.perf_counter() - began)
    seen.requests += 1
    if answer.status_code not in (303, 503):
        seen.wrong.append(f"reponse {answer.status_code}")
    seen.busy += answer.status_code == 503


def check(content: bytes, name: str, when: str, known, seen: Seen) -> None:
    if name.endswith(".xlsx") and when == "during":
        return  # made by the release that is under way
    found = digest(content, name.rpartition(".")[2])
    allowed = {"before": ("A",), "during": ("A", "B"), "after": ("B",)}[when]
    if found not in {known[version].get(name) for version in allowed}:
        seen.wrong.append(f"{name} is not a released file ({when})")


async def disturb(sortie: Path, psads, lignes: int, state, ready, seconds: float) -> None:
    """Run another campaign, then run this one again and release it, while they download."""
    await ready.wait()
    await asyncio.sleep(seconds * 0.25)
    environment = os.environ | {"SIEI_CLE": KEY}
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "siei_match.cli", "run", str(ROOT / "sample_data" / "2027-03"),
        "--sortie", str(sortie), env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    state["run"] = await run.wait()
    again = [*OURS, "--rejouer", str(sortie), "--lignes", str(lignes), *psads]
    prepared = await asyncio.create_subprocess_exec(*again, env=environment, cwd=ROOT)
    await prepared.wait()
    state["release"] = "during"
    shown = await asyncio.create_subprocess_exec(
        *OURS, "--publier", str(sortie), env=environment, cwd=ROOT
    )
    if await shown.wait() or prepared.returncode:
        raise RuntimeError("the second list was not released")
    # A request that had begun may still answer with the old list.
    await asyncio.sleep(2)
    state["release"] = "after"


async def watch(pid: int, memory: list[int], ready, seconds: int) -> None:
    await ready.wait()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        status = Path(f"/proc/{pid}/status").read_text()
        memory.append(int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024)
        await asyncio.sleep(1)


async def play(url: str, pid: int, sortie: Path, psads, arguments) -> dict:
    known, state, seen, memory = (
        {"A": digests(sortie, psads), "B": {}},
        {"release": "before"},
        Seen(),
        [],
    )
    calm = [] if arguments.calme else [1]
    ready = asyncio.Barrier(len(psads) + 1 + len(calm))
    seconds = arguments.secondes
    await asyncio.gather(
        watch(pid, memory, ready, seconds),
        *(disturb(sortie, psads, arguments.lignes, state, ready, seconds) for _ in calm),
        *(
            coordinate(url, psad, rank, state, seen, ready, seconds)
            for rank, psad in enumerate(psads)
        ),
    )
    known["B"] = digests(sortie, psads)
    for content, name, when in seen.files:
        check(content, name, when, known, seen)
    warm = memory[len(memory) // 2 :]
    return {
        "requetes": seen.requests,
        "p95_ms": {
            name: round(1000 * statistics.quantiles(times, n=20)[-1])
            for name, times in sorted(seen.times.items())
        },
        "mediane_ms": {
            name: round(1000 * statistics.median(times))
            for name, times in sorted(seen.times.items())
        },
        "p95_ensemble_ms": round(
            1000 * statistics.quantiles([t for ts in seen.times.values() for t in ts], n=20)[-1]
        ),
        "fichiers": len(seen.files),
        "erreurs": len(seen.wrong),
        "occupe": seen.busy,
        "premieres": seen.wrong[:5],
        "execution": state.get("run"),
        "publication": state["release"],
        "memoire_mo": {"debut": memory[2], "moitie": warm[0], "fin": warm[-1], "max": max(memory)},
    }


def serve(sortie: Path) -> tuple[subprocess.Popen, str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "SIEI_CLE": KEY, "SIEI_PORTAIL_URL": url, "SIEI_PORTAIL_COMPTES_LOCAUX": "true",
        "SIEI_PORTAIL_CONNEXIONS_PAR_MINUTE": "1000",
        "SIEI_PORTAIL_TELECHARGEMENTS_PAR_MINUTE": "1000",
    }  # fmt: skip
    server = subprocess.Popen(
        [sys.executable, "-m", "siei_match.cli", "portal", "--sortie", sortie, "--port", str(port)],
        env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    for _ in range(600):
        try:
            httpx.get(f"{url}/sante")
            return server, url
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SystemExit("the page does not answer")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--secondes", type=int, default=60)
    parser.add_argument("--coordonnateurs", type=int, default=50)
    parser.add_argument("--lignes", type=int, default=600)
    parser.add_argument("--calme", action="store_true", help="no run and no release in the middle")
    parser.add_argument("--rejouer", type=Path)
    parser.add_argument("--publier", type=Path)
    parser.add_argument("psads", nargs="*")
    arguments = parser.parse_args()
    os.environ["SIEI_CLE"] = KEY
    if arguments.rejouer:
        enlarge(arguments.rejouer, arguments.psads, arguments.lignes, "B")
        return 0
    if arguments.publier:
        show(arguments.publier)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        sortie = Path(folder) / "out"
        psads = make_world(sortie, arguments.coordonnateurs, arguments.lignes)
        show(sortie)
        base = open_base(sortie)
        for rank, psad in enumerate(psads):
            compte, _ = create_account(
                base, f"c{rank}@bench.invalid", f"C{rank}", ["coordonnateur"], [psad], local=True
            )
            change_password(base, compte, PASSWORD)
        base.close()
        server, url = serve(sortie)
        try:
            told = asyncio.run(play(url, server.pid, sortie, psads, arguments))
        finally:
            server.terminate()
            server.wait()
    print(json.dumps(told, ensure_ascii=False))
    memory = told["memoire_mo"]
    flat = memory["fin"] <= memory["moitie"] * (1 + GROWTH_MAX)
    kept = arguments.calme or (told["publication"] == "after" and told["execution"] == 0)
    good = told["p95_ensemble_ms"] < 1000 * P95_MAX and not told["erreurs"] and flat and kept
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
