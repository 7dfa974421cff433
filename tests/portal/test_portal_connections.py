"""Connections that say nothing, or too slowly, are closed; the page answers the others."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

import httpx
import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from siei_match.portal import PortalSettings, create_app
from siei_match.portal.door.access import STRANGERS, OpenTo, Way
from siei_match.portal.door.connections import Awaited, BoundedProtocol, Waiting
from siei_match.portal.door.limits import subscriber_of
from siei_match.portal.door.listening import choose_door
from siei_match.portal.routes import DEPOT, WAYS
from siei_match.portal.serve import serve
from siei_match.portal.signin.accounts import find_account
from siei_match.portal.signin.sessions import open_session
from siei_match.reference.errors import OutputError, SettingsError
from siei_match.reference.settings import Settings
from tests.portal.browser import free_socket, serving
from tests.portal.conftest import ACCOUNTS, token_of

HEAD, BODY = 0.4, 0.8


class Quick(BoundedProtocol):
    SECONDS = MappingProxyType(
        {Awaited.HEAD: HEAD, Awaited.BODY: BODY, Awaited.NEXT: HEAD, Awaited.TAKING: BODY}
    )
    waiting = Waiting()


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


def opened_from(address: str, port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), source_address=(address, 0))


@contextmanager
def bounded(**bounds: object) -> Iterator[tuple[int, Waiting]]:
    """Serve with these bounds, and patience."""
    waiting = Waiting()
    patient = dict.fromkeys(Awaited, 30.0)
    kind = type("Bounded", (BoundedProtocol,), {"SECONDS": patient, "waiting": waiting, **bounds})
    config = uvicorn.Config(
        app, port=0, http=kind, log_level="error", lifespan="off", limit_concurrency=20
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1], waiting
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(5)


def closed_ones(held: list[socket.socket]) -> list[bool]:
    closed = []
    for opened in held:
        try:
            closed.append(is_closed_within(opened, 0.3))
        except ConnectionResetError:
            closed.append(True)
    return closed


@contextmanager
def holding(*opened: socket.socket) -> Iterator[list[socket.socket]]:
    try:
        yield list(opened)
    finally:
        for one in opened:
            one.close()


def test_one_address_holds_so_many_half_open_connections_and_its_next_request_is_answered() -> None:
    with (
        bounded(PER_ADDRESS=5) as (port, waiting),
        holding(*(opened_from("127.0.0.1", port) for _ in range(8))) as held,
    ):
        assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok", (
            "whoever asks at once has a place"
        )
        assert closed_ones(held) == [True] * 4 + [False] * 4, "the oldest ones went"
        assert waiting.total == 4


WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "said", [b"", WHOLE[:9], WHOLE, WHOLE + WHOLE[:9]],
    ids=["nothing", "half a head", "a request", "one and a half"],
)  # fmt: skip
def test_connections_of_many_addresses_leave_places_for_whoever_asks(said: bytes) -> None:
    """Also those that asked for something whole, and then keep their place without a word."""
    with (
        bounded(PER_ADDRESS=5, WAITING_MAX=12) as (port, waiting),
        ExitStack() as held,
    ):
        for n in range(2, 52):
            one = held.enter_context(opened_from(f"127.0.0.{n}", port))
            one.sendall(said)
            if WHOLE in said:
                assert one.recv(1 << 16).startswith(b"HTTP/1.1 200")
        for _ in range(3):
            assert httpx.get(f"http://127.0.0.1:{port}/").text == "ok"
        assert waiting.total <= 12


def test_of_places_that_are_few_the_one_who_holds_most_gives_the_oldest() -> None:
    with bounded(PER_ADDRESS=99, WAITING_MAX=6) as (port, _):
        mine = opened_from("127.0.0.9", port)
        others = [opened_from("127.0.0.2", port) for _ in range(9)]
        with holding(mine, *others) as held:
            assert closed_ones(held) == [False] + [True] * 4 + [False] * 5


async def large(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(300):
        await send({"type": "http.response.body", "body": b"x" * (1 << 16), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def test_who_asks_and_never_takes_the_answer_is_closed() -> None:
    config = uvicorn.Config(large, port=0, http=Quick, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    with holding(opened_from("127.0.0.1", port), opened_from("127.0.0.1", port)) as (one, other):
        one.sendall(WHOLE)
        other.sendall(WHOLE.replace(b"Host", b"Connection: close\r\nHost"))
        deadline = time.monotonic() + BODY + 5
        while server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not server.server_state.connections
        # Whoever takes it slowly, but takes it, has the whole.
        with httpx.stream("GET", f"http://127.0.0.1:{port}/") as taken:
            got = 0
            for part in taken.iter_bytes(1 << 20):
                got += len(part)
                time.sleep(0.05)
        assert got == 300 << 16
    server.should_exit = server.force_exit = True
    thread.join(5)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1:2:3", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("?", "testclient", False),
    ],
)
def test_whose_an_address_is(one: str, other: str, same: bool) -> None:
    assert (subscriber_of(one) == subscriber_of(other)) is same


def test_a_page_behind_a_proxy_that_it_does_not_know_says_so(tmp_path, caplog) -> None:
    page = PortalSettings(url="https://siei.invalid", comptes_locaux=True)
    with pytest.raises(OutputError):
        serve(tmp_path, page, Settings(), clock=lambda: datetime.now(UTC), keys=(), demo=None,
              address="127.0.0.1", port=8765)  # fmt: skip
    assert "mandataires" in caplog.text


def test_strangers_wait_among_themselves(portail, accounts) -> None:
    """Sixty requests of nobody who is signed in that last: whoever is signed in does not wait for one."""
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def last(visit):
        begun.release()
        go_on.wait(30)
        return PlainTextResponse("done")

    app = create_app(portail, (*WAYS, Way("GET", "/lente", last, OpenTo.TOUS)))
    account = find_account(portail.base, courriel=ACCOUNTS["coordonnateur"][0])
    token = open_session(portail.base, account, when=portail.clock())
    headers = {"Host": "siei.invalid", "Cookie": f"__Host-siei={token}"}
    with serving(app, free_socket()) as url, ThreadPoolExecutor(60) as pool:
        lasting = [
            pool.submit(httpx.get, f"{url}/lente", headers={"Host": "siei.invalid"}, timeout=60)
            for _ in range(60)
        ]
        try:
            for _ in range(STRANGERS):
                assert begun.acquire(timeout=20)
            answer = httpx.get(f"{url}/campagnes", headers=headers, timeout=20)
            assert answer.status_code == 200
            assert not begun.acquire(blocking=False), "no more of them than their places"
        finally:
            go_on.set()
        assert {one.result().status_code for one in lasting} == {200}


def test_one_account_has_one_file_read_at_a_time_and_pages_go_on(
    portail, accounts, monkeypatch
) -> None:
    """Files that take a minute each, of two accounts: theirs wait, nobody else's page does."""
    go_on, begun = threading.Event(), threading.Semaphore(0)

    def read(visit):
        begun.release()
        go_on.wait(30)
        return PlainTextResponse("read")

    ways = [
        replace(way, page=read) if way.reads_file and way.chemin == DEPOT else way for way in WAYS
    ]
    sessions = {}
    for role in ("coordonnateur", "autre"):
        account = find_account(portail.base, courriel=ACCOUNTS[role][0])
        token = open_session(portail.base, account, when=portail.clock())
        sessions[role] = {"Host": "siei.invalid", "Cookie": f"__Host-siei={token}"}
    with serving(create_app(portail, ways), free_socket()) as url, ThreadPoolExecutor(60) as pool:

        def send(role: str) -> int:
            page = httpx.get(f"{url}/reponses", headers=sessions[role], timeout=30).text
            form = {"jeton": token_of(page), "psad": "x"}
            files = {"fichier": ("r.csv", b"a;b")}
            answer = httpx.post(
                f"{url}/reponses", data=form, files=files, headers=sessions[role], timeout=60
            )
            return answer.status_code

        sent = [pool.submit(send, role) for role in ("coordonnateur", "autre") for _ in range(25)]
        try:
            for _ in range(2):
                assert begun.acquire(timeout=20)
            done = wait(sent, timeout=20).done
            assert sorted(one.result() for one in done) == [429] * 48
            page = httpx.get(f"{url}/campagnes", headers=sessions["coordonnateur"], timeout=20)
            assert page.status_code == 200
        finally:
            go_on.set()
        assert sorted(one.result() for one in sent) == [200] * 2 + [429] * 48
        assert send("autre") == 200, "the next one is read"


@pytest.fixture
def closed(tmp_path) -> Iterator[Path]:
    """A folder that a proxy's group reaches, in one that everybody does, as /run/siei-portal is."""
    with TemporaryDirectory(prefix="siei-") as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "door"
        folder.mkdir()
        folder.chmod(0o750)
        yield folder


@pytest.mark.parametrize(
    ("mode", "name", "said"),
    [
        (0o755, "s", "Every user of this machine"),
        (0o751, "s", "Every user of this machine"),
        (0o752, "s", "Every user of this machine"),
        (0o750, "file", "no socket"),
        (0o750, "link", "no socket"),
        (0o750, "absent/s", "is no folder"),
        (0o750, "s", None),
        (0o700, "s", None),
    ],
)
def test_a_socket_is_the_proxy_s_alone(closed, mode, name, said) -> None:
    closed.chmod(mode)
    (closed / "file").write_text("")
    (closed / "link").symlink_to("elsewhere")
    page = PortalSettings(url="https://siei.invalid", comptes_locaux=True)
    if said is None:
        told = choose_door(page, "127.0.0.1", 1, closed / name)
        assert told == {
            "uds": str(closed / name),
            "proxy_headers": True,
            "forwarded_allow_ips": "*",
        }
    else:
        with pytest.raises(SettingsError, match=said):
            choose_door(page, "127.0.0.1", 1, closed / name)


def test_a_page_on_a_socket_answers_the_proxy_and_no_other_user(sortie, closed, accounts) -> None:
    settings = closed / "siei.toml"
    settings.write_text(
        '[portail]\nurl = "https://siei.invalid"\ncomptes_locaux = true\nconnexions_par_minute = 3\n'
    )
    door = closed / "page.sock"
    command = [sys.executable, "-m", "siei_match.cli", "portal", "--sortie", str(sortie),
               "--reglages", str(settings), "--socket", str(door)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            deadline = time.monotonic() + 60
            while not door.exists() and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(0.2)

            def tries(address: str) -> int:
                headers = {"Host": "siei.invalid", "X-Forwarded-For": address}
                transport = httpx.HTTPTransport(uds=str(door))
                with httpx.Client(transport=transport, headers=headers, timeout=30) as browser:
                    page = browser.get("http://siei.invalid/connexion")
                    cookie = page.headers["set-cookie"].partition(";")[0]
                    form = {"jeton": token_of(page.text), "courriel": "x", "mot_de_passe": "y"}
                    return browser.post(
                        "http://siei.invalid/connexion", data=form, headers={"Cookie": cookie}
                    ).status_code

            # What the proxy says of who asks is believed: each has tries of their own.
            assert [tries("192.0.2.1") for _ in range(4)] == [403] * 3 + [429]
            assert tries("192.0.2.2") == 403
            if os.geteuid() == 0:
                other = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
                asked = subprocess.run(
                    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3",
                     "-c", other, str(door)], capture_output=True, text=True,
                )  # fmt: skip
                assert "PermissionError" in asked.stderr
        finally:
            process.terminate()
            process.wait(20)
            said = process.stderr.read().decode() if process.stderr else ""
    assert "mandataires" not in said
