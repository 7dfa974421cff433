"""Where the page listens: a port of this machine, or a socket that its folder closes to all but the proxy.

Every user of a machine reaches its ports: they speak to the page as the proxy does, and say in its name whose
request it is (X-Forwarded-For). A socket in a folder of the proxy's group is reached by the proxy alone.
"""

import stat
from pathlib import Path
from typing import Any, Final

from siei_match.portal.config import PortalSettings
from siei_match.reference.errors import SettingsError

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
OTHERS: Final = 0o007
REMEDY: Final = (
    "Give it a folder of its own, of this user and the proxy's group, 0750: RuntimeDirectory= and "
    "RuntimeDirectoryMode=0750 of the unit make it."
)


def choose_door(
    settings: PortalSettings, address: str, port: int, socket: Path | None
) -> dict[str, Any]:
    """Return what uvicorn is told of where to listen, and whose word it takes for who asks.

    Raises:
        SettingsError: passwords would go over a network in plain, or the socket is reached by everybody.
    """
    if socket is not None:
        _require_closed(socket)
        return {"uds": str(socket), "proxy_headers": True, "forwarded_allow_ips": "*"}
    if address not in LOOPBACK and not settings.secure:
        raise SettingsError(
            f"The page would be served to the network ({address}) in plain HTTP: {settings.url}.",
            remedy="Leave --adresse to 127.0.0.1 behind a proxy with TLS, or give its https address as "
            "url under [portail].",
        )
    return {
        "host": address,
        "port": port,
        "proxy_headers": settings.mandataires is not None,
        "forwarded_allow_ips": settings.mandataires,
    }


def _require_closed(socket: Path) -> None:
    try:
        folder = socket.parent.stat()
        there = socket.lstat() if socket.is_symlink() or socket.exists() else None
    except OSError:
        raise SettingsError(f"{socket.parent} is no folder.", remedy=REMEDY) from None
    if folder.st_mode & OTHERS:
        raise SettingsError(
            f"Every user of this machine reaches a socket in {socket.parent}, and could speak for the proxy.",
            remedy=REMEDY,
        )
    if there is not None and not stat.S_ISSOCK(there.st_mode):
        raise SettingsError(f"{socket} is there, and no socket.", remedy="Choose another name.")
