"""The address of a scheduler: who speaks to it runs programs, so that it must be closed to others.

Certificates are Dask's own settings (`distributed.comm.tls`), so that one file serves scheduler,
workers and us. A cluster asks for one of everybody, and knows its authority's alone.
"""

import ipaddress
import logging
from typing import Final

from siei_match.reference.errors import SettingsError

logger = logging.getLogger(__name__)

TLS: Final = "tls"
NEEDED: Final = ("tls_ca_file", "tls_client_cert", "tls_client_key")


def require_safe(address: str) -> None:
    """Refuse an address that sends rows of people in clear from one machine to another.

    Raises:
        SettingsError: it is no address of Dask; past this machine it is not `tls://`; or a certificate is
            missing.
    """
    scheme, host = split_address(address)
    if scheme == TLS:
        require_certificates()
    elif is_loopback(host):
        logger.warning(
            "The scheduler has no TLS: every user of this machine can run programs on its workers."
        )
    else:
        raise SettingsError(
            f"The scheduler at {host} has no TLS: names would go from machine to machine in clear, and "
            "whoever reaches it could run programs on its workers.",
            remedy="Start scheduler and workers with certificates, and give the address as tls://HOST:PORT "
            "(docs/dask.md).",
        )


def split_address(address: str) -> tuple[str, str]:
    """Return the scheme, `tcp` by default, and the host of a scheduler's address.

    Raises:
        SettingsError: it is no address of Dask.
    """
    scheme, _, rest = address.rpartition("://")
    host, colon, port = rest.rpartition(":")
    if scheme not in ("", "tcp", TLS) or not (host and colon and port.isdigit()):
        raise SettingsError(
            "The scheduler's address is none of Dask's.",
            remedy="Write it as tls://HOST:PORT; tcp://127.0.0.1:PORT does on one machine.",
        )
    return scheme or "tcp", host.strip("[]")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_certificates() -> None:
    """Make sure that Dask's settings name an authority, a certificate and its key.

    Raises:
        SettingsError: one is missing.
    """
    from distributed import Security

    security = Security(require_encryption=True)
    missing = [name for name in NEEDED if not getattr(security, name)]
    if missing:
        raise SettingsError(
            f"The scheduler wants TLS, and Dask's settings lack {', '.join(missing)}.",
            remedy="Write distributed.comm.tls in Dask's settings, as for the workers (docs/dask.md).",
        )
