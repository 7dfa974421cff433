"""An administrator's page on the audit log."""

from typing import Final

from starlette.responses import Response

from siei_match.output import audit
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.reference.errors import SieiError

SHOWN: Final = 200
"""Entries of the log on the page; the file has them all."""


def show(visit: Visit) -> Response:
    """Show the newest entries of the audit log, and whether its chain is whole."""
    portal = visit.portal
    try:
        state = audit.verify(portal.sortie, key=portal.cle)
        entries = audit.read_entries(portal.sortie)[-SHOWN:][::-1]
    except SieiError:
        raise RefusalError(503, "Le journal ne se lit pas. Lancez siei audit verify.") from None
    return visit.page("journal.html.j2", entrees=entries, state=state, shown=SHOWN)
