"""A page served for an attack, those who use it honestly meanwhile, and how long they waited."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from bench.attacks.common import CODE, KEY
from siei_match.portal.base import open_base
from siei_match.portal.signin.accounts import change_password, create_account
from siei_match.release import read_released

PASSWORD: Final = "agrafe correcte pile cheval"
START: Final = 240.0
OURS: Final = "127.0.0.9"


@dataclass
class Page:
    """A page that runs: its address, its process, what it said."""

    url: str
    process: subprocess.Popen[bytes]
    said: Path
    psads: list[str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def memory(self) -> int:
        """Return the megabytes that the process holds now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) >> 10

    def reader(self) -> int:
        """Return the most that the process which reads files held, in megabytes."""
        found = [0]
        for path in Path("/proc").glob("[0-9]*/status"):
            try:
                status = path.read_text()
                if b"siei_match.collect.apart" in path.with_name("cmdline").read_bytes():
                    ours = int(status.partition("PPid:")[2].split()[0]) == self.process.pid
                    found += [int(status.partition("VmHWM:")[2].split()[0]) >> 10] if ours else []
            except (OSError, IndexError):
                continue
        return max(found)

    def browser(self, address: str = "127.0.0.1", **more: object) -> httpx.Client:
        transport = httpx.HTTPTransport(local_address=address)
        return httpx.Client(base_url=self.url, transport=transport, timeout=60, **more)  # type: ignore[arg-type]

    def come_in(self, n: int, address: str = "127.0.0.1") -> httpx.Client:
        """Return a browser in which the n-th coordinator is signed in; it is closed by whoever asked."""
        browser = self.browser(address)
        form = {"courriel": f"c{n}@exemple.invalid", "mot_de_passe": PASSWORD}
        answer = browser.post(
            "/connexion", data={"jeton": token_of(browser.get("/connexion")), **form}
        )
        if answer.status_code != 303:
            raise RuntimeError(f"the honest one is not let in: {answer.status_code}")
        return browser


def token_of(page: httpx.Response) -> str:
    found = re.findall(r'name="jeton" value="([^"]+)"', page.text)
    if not found:
        raise RuntimeError(f"no form: {page.status_code}")
    return str(found[-1])


def open_accounts(out: Path, n: int = 4) -> list[str]:
    """Open the accounts of `n` coordinators, each of one platform; return these platforms."""
    released = read_released(out, CODE)
    assert released is not None
    psads = sorted(p.name[5:] for p in (out / "publiees" / CODE / "listes").glob("psad=*"))[:n]
    base = open_base(out)
    for rank, psad in enumerate(psads):
        account, _ = create_account(
            base, f"c{rank}@exemple.invalid", f"C {rank}", ["coordonnateur"], [psad], local=True
        )
        change_password(base, account, PASSWORD)
    base.close()
    return psads


@contextmanager
def serving(out: Path, psads: list[str], **variables: str) -> Iterator[Page]:
    """Serve the page as a deployment does, by its command, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url, said = f"http://127.0.0.1:{port}", out.with_name(f"{out.name}-said.txt")
    told = {f"SIEI_PORTAIL_{name}": value for name, value in variables.items()}
    with said.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "siei_match.cli", "portal", "--sortie", str(out), "--port",
             str(port)],
            env={**os.environ, "SIEI_CLE": KEY, "SIEI_PORTAIL_URL": url,
                 "SIEI_PORTAIL_COMPTES_LOCAUX": "true", **told},
            stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip
    try:
        wait_for(f"{url}/sante", process)
        yield Page(url, process, said, psads)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(url)
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise RuntimeError("the page does not answer")


@dataclass
class Waited:
    """What the honest ones saw while an attack went on."""

    signed_in: list[float] = field(default_factory=list)
    strangers: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    memory: int = 0

    def tell(self) -> str:
        told = [f"{name} {max(times):.2f} s" for name, times in
                (("signed in", self.signed_in), ("sign-in page", self.strangers)) if times]  # fmt: skip
        faults = f", not answered {len(self.refused)}: {self.refused[0]}" if self.refused else ""
        return f"{', '.join(told)}, {self.memory} MB{faults}"


@contextmanager
def honest(page: Page, n: int) -> Iterator[Waited]:
    """Have the n-th coordinator look at their list, and somebody at the sign-in page, all the while.

    Each look is a connection of its own, from another address than the attack's.
    """
    waited, ended = Waited(memory=page.memory()), threading.Event()
    coordinator = page.come_in(n, OURS)

    def look(browser: httpx.Client, path: str, times: list[float]) -> None:
        while not ended.is_set():
            start = time.monotonic()
            try:
                status = str(browser.get(path, headers={"Connection": "close"}).status_code)
            except httpx.HTTPError as failure:
                status = type(failure).__name__
            times.append(time.monotonic() - start)
            waited.refused += [f"{path} {status}"] if status != "200" else []
            waited.memory = max(waited.memory, page.memory())
            ended.wait(0.1)
        browser.close()

    looks = [
        threading.Thread(target=look, args=(coordinator, f"/campagnes/{CODE}/{page.psads[n]}",
                                            waited.signed_in)),
        threading.Thread(target=look, args=(page.browser(OURS), "/connexion", waited.strangers)),
    ]  # fmt: skip
    for one in looks:
        one.start()
    try:
        yield waited
    finally:
        ended.set()
        for one in looks:
            one.join()
