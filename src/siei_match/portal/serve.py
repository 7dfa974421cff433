"""Run the page, or prepare it, from the command line."""

import logging
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from siei_match.output import audit
from siei_match.output.audit import Acteur
from siei_match.portal.app import create_app
from siei_match.portal.base import open_base
from siei_match.portal.config import ReglagesPortail
from siei_match.portal.opening import open_portail
from siei_match.portal.signin.accounts import CompteRefuseError, create_account
from siei_match.portal.state import Horloge
from siei_match.reference.errors import SettingsError
from siei_match.reference.settings import Settings


def serve(
    sortie: Path,
    reglages: ReglagesPortail,
    gardes: Settings,
    *,
    horloge: Horloge,
    cle: bytes | None,
    demo: bool,
    adresse: str,
    port: int,
) -> None:
    """Serve the page until it is stopped: one process, no request's address in a log.

    Raises:
        OutputError: DIR is no output folder, or cannot be written.
        SettingsError: the provider's secret is missing.
    """
    portail = open_portail(sortie, reglages, gardes, horloge=horloge, cle=cle, demo=demo)
    # httpx logs the addresses that it asks for: the code of a sign-in is not in them, but near.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        uvicorn.run(
            create_app(portail),
            host=adresse,
            port=port,
            access_log=False,
            log_level="warning",
            server_header=False,
            date_header=True,
            proxy_headers=reglages.mandataires is not None,
            forwarded_allow_ips=reglages.mandataires,
            limit_concurrency=500,
            timeout_keep_alive=10,
            h11_max_incomplete_event_size=32 << 10,
        )
    finally:
        portail.base.close()


def open_account(
    sortie: Path,
    courriel: str,
    nom: str,
    roles: Sequence[str],
    psads: Sequence[str],
    *,
    local: bool,
    acteur: Acteur,
) -> str | None:
    """Open an account; return its first password if it is a local one.

    Raises:
        SettingsError: what was asked makes no sense.
        OutputError: the page's memory or the audit log cannot be written.
    """
    base = open_base(sortie)
    try:
        audit.require_writable(sortie)
        compte, password = create_account(base, courriel, nom, roles, psads, local=local)
    except CompteRefuseError as refusal:
        raise SettingsError(str(refusal), remedy="Correct it, and try again.") from None
    finally:
        base.close()
    audit.append(
        sortie,
        "compte",
        acteur,
        details={"geste": "creation", "compte": compte.id, "roles": " ".join(sorted(compte.roles))},
        fichiers={},
    )
    return password
