"""A page on loopback and Debian's Chromium: for the tests that look at it as a person would."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def require_browser() -> str:
    """Return Chromium's path, or skip the test and say what is missing."""
    pytest.importorskip("playwright", reason="playwright is not installed: run `make setup`")
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return CHROMIUM


def free_socket() -> socket.socket:
    """Return a socket bound to a free port of loopback."""
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", 0))
    return found


@contextmanager
def serving(app, bound: socket.socket) -> Iterator[str]:
    """Serve an application on a bound socket; give its address."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        bound.close()


def axe_script() -> str:
    """Return axe's script, which the package axe-playwright-python carries."""
    package = pytest.importorskip("axe_playwright_python", reason="run `make setup`")
    return (Path(package.__file__).parent / "axe.min.js").read_text("utf-8")
