"""Attack 1: Prefect's server, which takes deployments of shell commands."""

import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from bench.attacks.common import NOBODY, Found


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
