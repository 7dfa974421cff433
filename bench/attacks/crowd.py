"""One attack on the places of a page, for so many seconds: `python -m bench.attacks.crowd KIND PORT SECONDS`.

A process of its own: what it costs is not what the page costs. Connections that the page closes are made again.
Prints how many were made.
"""

import http.client
import itertools
import re
import resource
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import Final
from urllib.parse import urlencode

HELD: Final = 505
WHOLE: Final = b"GET /sante HTTP/1.1\r\nHost: %s\r\n\r\n"
STYLE: Final = b"GET /fixes/portail.css HTTP/1.1\r\nHost: %s\r\n\r\n"
SAID: Final = {
    "nothing": b"",
    "half a head": b"GET / HTTP/1.1\r\nHost: %s\r\nA: ",
    "half a body": b"POST /connexion HTTP/1.1\r\nHost: %s\r\nContent-Length: 900\r\n\r\nhalf",
    "a whole request, then nothing": WHOLE,
    "answers never taken": STYLE * 400,
}
ONE, MANY = ("127.0.0.1",), tuple(f"127.0.1.{n}" for n in range(1, 61))
THREADS: Final = 24


def open_one(kind: str, port: int, address: str) -> socket.socket:
    one = socket.socket()
    if kind == "answers never taken":
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    one.bind((address, 0))
    one.settimeout(5)
    one.connect(("127.0.0.1", port))
    said = SAID[kind].replace(b"%s", b"127.0.0.1:%d" % port)
    one.settimeout(0.2)
    with suppress(TimeoutError):  # it may read no more from us either
        one.sendall(said)
    if kind.startswith("a whole"):
        with suppress(TimeoutError):
            one.recv(1 << 16)
    one.setblocking(False)
    return one


def is_open(one: socket.socket, kind: str) -> bool:
    if kind == "answers never taken":
        return not one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    try:
        return one.recv(1 << 16) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


def hold(kind: str, port: int, addresses: tuple[str, ...], until: float) -> int:
    """Hold so many connections open, and make those again that were closed."""
    held: list[socket.socket] = []
    turn, made = itertools.cycle(addresses), 0
    while time.monotonic() < until:
        kept = []
        for one in held:
            if is_open(one, kind):
                kept.append(one)
            else:
                one.close()
        held = kept
        while len(held) < HELD and time.monotonic() < until:
            try:
                held.append(open_one(kind, port, next(turn)))
                made += 1
            except OSError:
                time.sleep(0.01)
        time.sleep(0.05)
    for one in held:
        one.close()
    return made


def try_passwords(port: int, addresses: tuple[str, ...], until: float) -> int:
    """Try passwords of one account and of none, at once, from many addresses: each below its rate."""
    made = [0] * THREADS

    def work(rank: int) -> None:
        for turn in itertools.count(rank):
            if time.monotonic() >= until:
                return
            address = addresses[turn % len(addresses)]
            try:
                made[rank] += try_one(port, address, turn)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    workers = [threading.Thread(target=work, args=(rank,)) for rank in range(THREADS)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    return sum(made)


def try_one(port: int, address: str, turn: int) -> int:
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))
    asked.request("GET", "/connexion")
    page = asked.getresponse()
    cookie = (page.getheader("set-cookie") or "").partition(";")[0]
    found = re.search(r'name="jeton" value="([^"]+)"', page.read().decode())
    courriel = ("c1@exemple.invalid", f"n{turn}@exemple.invalid")[turn % 2]
    form = {"jeton": found[1] if found else "", "courriel": courriel, "mot_de_passe": "faux"}
    head = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    asked.request("POST", "/connexion", urlencode(form), head)
    status = asked.getresponse().status
    asked.close()
    return int(status in (403, 429))


def main() -> None:
    kind, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    until = time.monotonic() + seconds
    what, _, whence = kind.partition(" from ")
    addresses = MANY if whence == "many" else ONE
    if what == "passwords":
        print(try_passwords(port, addresses, until))
    else:
        print(hold(what, port, addresses, until))


if __name__ == "__main__":
    main()
