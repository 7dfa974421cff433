"""Run the page, or prepare it, from the command line."""

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import uvicorn

from siei_match import audit
from siei_match.audit import Acteur
from siei_match.errors import SettingsError
from siei_match.portal.accounts import CompteRefuseError, create_account
from siei_match.portal.app import create_app
from siei_match.portal.base import open_base
from siei_match.portal.config import ReglagesPortail
from siei_match.portal.lists import Lecteur, Publication
from siei_match.portal.opening import open_portail
from siei_match.portal.state import Horloge
from siei_match.settings import Settings

logger = logging.getLogger(__name__)

WARM: Final = 5.0
"""Seconds between two looks for a new release."""


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
    portail = open_portail(
        sortie, reglages, gardes, horloge=horloge, cle=cle, demo=demo, apart=True
    )
    # httpx logs the addresses that it asks for: the code of a sign-in is not in them, but near.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    ended = threading.Event()
    threading.Thread(target=_keep_warm, args=(portail.lecteur, ended), daemon=True).start()
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
        ended.set()
        portail.lecteur.close()
        portail.base.close()


def _keep_warm(lecteur: Lecteur, ended: threading.Event) -> None:
    """Have the workbooks of each new release ready before everybody comes."""
    last: list[Publication] = []
    while not ended.wait(WARM):
        try:
            found = list(lecteur.publications().values())
            # The same object as long as the release is the same.
            if [id(one) for one in found] != [id(one) for one in last]:
                lecteur.warm()
            last = found
        except Exception as failure:  # noqa: BLE001 - the message could quote a value
            logger.warning("Workbooks are not made beforehand: %s.", type(failure).__name__)


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
