"""Connections that say nothing, or too slowly, are closed; the page answers the others."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn

from siei_match.portal import PortalSettings
from siei_match.portal.door.connections import BoundedProtocol
from siei_match.portal.serve import serve
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.settings import Settings

HEAD, BODY = 0.4, 0.8


class Quick(BoundedProtocol):
    HEAD_SECONDS = HEAD
    BODY_SECONDS = BODY


async def app(scope, receive, send) -> None:
    more = scope["type"] == "http"
    while more:
        more = (await receive()).get("more_body", False)
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    config = uvicorn.Config(
        app, port=0, http=Quick, log_level="error", limit_concurrency=50, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def is_closed_within(opened: socket.socket, seconds: float) -> bool:
    opened.settimeout(seconds)
    try:
        return opened.recv(1 << 16) == b""
    except TimeoutError:
        return False


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
    ],
    ids=["nothing", "half a head", "half a body"],
)
def test_a_request_that_does_not_end_is_closed(port: int, said: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as opened:
        opened.sendall(said)
        assert is_closed_within(opened, BODY + 2)


def test_what_drips_in_does_not_begin_the_time_anew(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as opened:
        start = time.monotonic()
        try:
            for _ in range(40):
                opened.sendall(b"GET / HTTP/1.1\r\n"[:1] if _ else b"GET / HTTP/1.1\r\nA: ")
                time.sleep(0.1)
        except OSError:
            pass
        assert time.monotonic() - start < HEAD + 2


def test_more_of_them_than_there_are_places_stop_the_page_for_seconds_only(port: int) -> None:
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(60)]
    try:
        deadline = time.monotonic() + HEAD + 5
        answered = 503
        while answered != 200 and time.monotonic() < deadline:
            try:
                answered = httpx.get(f"http://127.0.0.1:{port}/").status_code
            except httpx.TransportError:  # more than one address may hold
                continue
        assert answered == 200
    finally:
        for opened in held:
            opened.close()


def test_a_whole_request_after_another_is_answered(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for _ in range(3):
            assert client.post("/", content=b"x" * 100_000).text == "ok"


def test_passwords_never_go_over_a_network_in_plain(tmp_path) -> None:
    plain = PortalSettings(url="http://127.0.0.1:8765", comptes_locaux=True)
    with pytest.raises(SettingsError, match="plain HTTP"):
        serve(
            tmp_path, plain, Settings(), clock=lambda: datetime.now(UTC), keys=(), demo=None,
            address="0.0.0.0", port=8765,  # noqa: S104
        )  # fmt: skip


class Few(Quick):
    HEAD_SECONDS = 30.0
    PER_ADDRESS = 5


def test_one_address_holds_so_many_half_open_connections_and_no_more() -> None:
    config = uvicorn.Config(app, port=0, http=Few, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        assert client.get("/").text == "ok"
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(8)]
    try:
        closed = []
        for opened in held:
            try:
                closed.append(is_closed_within(opened, 0.3))
            except ConnectionResetError:
                closed.append(True)
        assert closed == [False] * 5 + [True] * 3
        held[0].close()
        time.sleep(0.1)
        # Its place is another's.
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok"
    finally:
        for opened in held:
            opened.close()
        server.should_exit = True
        thread.join(5)


def test_a_page_behind_a_proxy_that_it_does_not_know_says_so(tmp_path, caplog) -> None:
    page = PortalSettings(url="https://siei.invalid", comptes_locaux=True)
    with pytest.raises(OutputError):
        serve(tmp_path, page, Settings(), clock=lambda: datetime.now(UTC), keys=(), demo=None,
              address="127.0.0.1", port=8765)  # fmt: skip
    assert "mandataires" in caplog.text
