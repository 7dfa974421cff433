"""An administrator's page on the audit log."""

import re
from typing import Final

from starlette.responses import Response

from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.reference.errors import SieiError

SHOWN: Final = 200
"""Entries on a page; the file has them all."""
RANK: Final = re.compile("[0-9]{1,12}")


def show(visit: Visit) -> Response:
    """Show entries of the audit log, the newest first, and whether its chain is whole.

    `?avant=N`: those before line N.
    """
    portal, asked = visit.portal, visit.request.query_params.get("avant", "")
    before = int(asked) if RANK.fullmatch(asked) else None
    try:
        state, entries = portal.log.look(portal.clock(), before=before, count=SHOWN)
    except SieiError:
        raise RefusalError(503, "Le journal ne se lit pas. Lancez siei audit verify.") from None
    older = entries[-1].n if entries and entries[-1].n > 1 else None
    return visit.page(
        "journal.html.j2", entrees=entries, state=state, older=older, newest=before is None
    )
