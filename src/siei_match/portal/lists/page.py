"""A coordinator's pages: campaigns, one list's counts, and the list itself."""

import re
from collections.abc import Callable

from starlette.responses import Response

from siei_match.output import movements_name
from siei_match.output.memory.answers import read_collected
from siei_match.portal.door.visit import RefusalError, Visit, require_platform
from siei_match.portal.lists import chart
from siei_match.portal.lists.reader import FORMATS, FileToSend, ListTallies, ReleasedCampaign
from siei_match.release.permissions import Permission
from siei_match.release.policies import allows

FILE_NAME = re.compile(r"[^A-Za-z0-9_.-]")
SLOW = "Beaucoup de téléchargements en peu de temps. Attendez une minute."


def campaigns(visit: Visit) -> Response:
    """Show the released campaigns of one's platforms, newest first."""
    psads = visit.known.account.psads
    shown = [
        (code, publication, mine)
        for code, publication in visit.portal.reader.publications().items()
        if allows(Permission.SEE_LISTS, publication.released.etat)
        and (mine := [publication.counts[p] for p in sorted(psads) if p in publication.counts])
    ]
    return visit.page("campagnes.html.j2", campagnes=shown)


def one_list(visit: Visit) -> Response:
    """Show the counts of one platform's list, over the campaigns, and ways to download it."""
    code, psad = visit.chemin["code"], visit.chemin["psad"]
    publication, counts = require_list(visit, code, psad, Permission.SEE_LISTS)
    bars = [
        chart.Bar(known, other.counts[psad])
        for known, other in sorted(visit.portal.reader.publications().items())
        if psad in other.counts
        and known <= code
        and allows(Permission.SEE_LISTS, other.released.etat)
    ]
    return visit.page(
        "liste.html.j2",
        code=code,
        publication=publication,
        counts=counts,
        bars=bars,
        chart=chart.draw(bars),
        is_open=allows(Permission.DOWNLOAD, publication.released.etat),
        moves=publication.rows.get(movements_name(psad)),
        answered=count_answered(visit, code, psad),
    )


def count_answered(visit: Visit, code: str, psad: str) -> int:
    """Count the young people of a list whom somebody has answered for, here or by `siei collect`."""
    portal = visit.portal
    told = read_collected(portal.sortie)["id_signalement"].unique()
    return len(portal.reader.listed(code, psad).intersection(told))


def download(visit: Visit) -> Response:
    """Send a list, after noting who takes it, and which bytes."""
    code, psad, format = (visit.chemin[name] for name in ("code", "psad", "format"))  # noqa: A001
    if format not in FORMATS:
        raise RefusalError(404)
    require_list(visit, code, psad, Permission.DOWNLOAD)
    return _send(visit, lambda: visit.portal.reader.read(code, psad, format), "liste", format)


def download_moves(visit: Visit) -> Response:
    """Send who entered a list and who left it, after noting who takes it, and which bytes."""
    code, psad = visit.chemin["code"], visit.chemin["psad"]
    require_list(visit, code, psad, Permission.DOWNLOAD)
    return _send(visit, lambda: visit.portal.reader.read_moves(code, psad), "mouvements", "csv")


def _send(visit: Visit, read: Callable[[], FileToSend | None], what: str, kind: str) -> Response:
    portal, account = visit.portal, visit.known.account
    code, psad = visit.chemin["code"], visit.chemin["psad"]
    if not portal.downloads.take(str(account.id), portal.clock()):
        raise RefusalError(429, SLOW)
    found = read()
    if found is None:
        raise RefusalError(404)
    name = f"{what}-{code}-{FILE_NAME.sub('_', psad)}.{kind}"
    details: dict[str, str | int] = {
        "campagne": code, "psad": psad, "format": kind, "lignes": found.lignes, "voie": "page",
    }  # fmt: skip
    portal.note("acces", account.courriel, details, {name: found.sha256})
    return Response(
        found.contenu,
        media_type=FORMATS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def require_list(
    visit: Visit, code: str, psad: str, permission: Permission
) -> tuple[ReleasedCampaign, ListTallies]:
    """Return a released list that this account may have; anything else is a page that is not there.

    Raises:
        RefusError: the platform is another's, or the campaign's state does not allow it.
    """
    require_platform(visit, psad)
    publication = visit.portal.reader.publication(code)
    if publication is None or psad not in publication.counts:
        raise RefusalError(404)
    if not allows(permission, publication.released.etat):
        raise RefusalError(404)
    return publication, publication.counts[psad]
