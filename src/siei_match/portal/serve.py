"""Run the page, or prepare it, from the command line."""

import logging
import resource
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import uvicorn

from siei_match.portal.answers.deposits import sweep
from siei_match.portal.app import create_app
from siei_match.portal.config import PortalSettings
from siei_match.portal.door.connections import BoundedProtocol
from siei_match.portal.door.listening import choose_door
from siei_match.portal.messages.announcing import announce
from siei_match.portal.opening import open_portal
from siei_match.portal.signin.welcome import close_what_nobody_used
from siei_match.portal.state import Clock, Portal
from siei_match.reference.errors import SieiError
from siei_match.reference.settings import Settings

logger = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 300.0
PLACES: Final = 2000
"""Connections or requests at once: those that wait (`BoundedProtocol.WAITING_MAX`), those that come in one blink, and those
whose turn to be answered has not come, though nobody waits for them any more: a flood of half requests leaves a thousand.
Whoever comes then waits a second or two, and is not turned away."""
BLINK: Final = 256
"""Connections that are taken in before the others are looked at."""


def serve(
    sortie: Path,
    settings: PortalSettings,
    gates: Settings,
    *,
    clock: Clock,
    keys: Sequence[bytes],
    demo: str | None,
    address: str,
    port: int,
    socket: Path | None = None,
) -> None:
    """Serve the page until it is stopped: one process, no request's address in a log.

    Raises:
        OutputError: DIR is no output folder, or cannot be written.
        SettingsError: the provider's secret is missing, passwords would go over a network in plain, or everybody
            reaches the socket.
    """
    door = choose_door(settings, address, port, socket)
    if settings.secure and settings.mandataires is None and socket is None:
        logger.warning(
            "%s is served by a proxy, and mandataires under [portail] does not name it: everybody "
            "has the proxy's address, and one person's tries to sign in count against all. Give its address.",
            settings.url,
        )
    _make_room()
    portal = open_portal(sortie, settings, gates, clock=clock, keys=keys, demo=demo)
    # httpx logs the addresses that it asks for: the code of a sign-in is not in them, but near.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    ended = threading.Event()
    sweeper = threading.Thread(target=_sweep_often, args=(portal, ended), daemon=True)
    sweeper.start()
    try:
        uvicorn.run(
            create_app(portal),
            http=BoundedProtocol,
            ws="none",  # where a library for it is at hand, an upgrade would leave BoundedProtocol
            access_log=False,
            log_level="warning",
            server_header=False,
            date_header=True,
            limit_concurrency=PLACES,
            backlog=BLINK,
            timeout_keep_alive=10,
            h11_max_incomplete_event_size=32 << 10,
            **door,
        )
    finally:
        ended.set()
        sweeper.join()
        portal.base.close()


def _make_room() -> None:
    """Have as many files open as there may be connections, and twice that."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 2 * PLACES if hard == resource.RLIM_INFINITY else min(2 * PLACES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def _sweep_often(portal: Portal, ended: threading.Event) -> None:
    """Do what nobody comes for: remove what was not confirmed within the hour, close unused accounts, tell what is new."""
    while True:
        try:
            sweep(portal.base, portal.sortie, when=portal.clock())
            close_what_nobody_used(portal)
            portal.forget_gone()
        except (OSError, sqlite3.Error, SieiError) as failure:
            logger.warning("Deposits and accounts could not be swept: %s.", type(failure).__name__)
        try:
            announce(portal)
        except Exception as failure:  # noqa: BLE001 - the message could quote an address
            logger.warning("Messages wait to be sent: %s.", type(failure).__name__)
        if ended.wait(SWEEP_SECONDS):
            return
