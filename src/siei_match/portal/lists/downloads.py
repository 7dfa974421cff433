"""A list as files: sent with the mark of who takes it, after noting who does, and which bytes."""

import re
from collections.abc import Callable
from functools import partial

import polars as pl
from starlette.responses import Response

from siei_match.output import audit
from siei_match.portal.door.visit import RefusalError, Visit
from siei_match.portal.lists.desk import mark_opened, open_desk, require_list
from siei_match.portal.lists.marks import Download, put_mark, stamp
from siei_match.portal.lists.reader import FORMATS, FileToSend
from siei_match.portal.lists.tracing import SECRET
from siei_match.reference.files import bytes_sha256
from siei_match.release.permissions import Permission
from siei_match.release.workbooks import CLASSEUR
from siei_match.stages.publish.answer_columns import Answered
from siei_match.stages.publish.filling import fill_in

FILE_NAME = re.compile(r"[^A-Za-z0-9_.-]")
SLOW = "Beaucoup de téléchargements en peu de temps. Attendez une minute."


def download(visit: Visit) -> Response:
    """Send a list, after noting who takes it, and which bytes."""
    code, psad, format = (visit.chemin[name] for name in ("code", "psad", "format"))  # noqa: A001
    if format not in FORMATS:
        raise RefusalError(404)
    require_list(visit, code, psad, Permission.DOWNLOAD)
    read = partial(visit.portal.reader.read, code, psad, format)
    return _send(
        visit, partial(_fill_in, visit, read) if format == CLASSEUR else read, "liste", format
    )


def _fill_in(visit: Visit, read: Callable[[], FileToSend | None]) -> FileToSend | None:
    """Return the released workbook, with the answers so far in it, if there are any."""
    released = read()
    desk = open_desk(visit)
    answered = desk.marked.filter(pl.col("retour").is_not_null())
    if released is None or answered.is_empty():
        return released
    columns = ("id_signalement", "retour", "day", "psad_destination")
    given = {one: Answered(*said) for one, *said in answered.select(columns).iter_rows()}
    content = fill_in(released.contenu, given)
    return FileToSend(content, bytes_sha256(content), released.lignes)


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
    actor = portal.actor(account.courriel)
    taken = Download(actor.par, stamp(actor.quand), code, psad, kind, name)
    content = put_mark(found.contenu, kind, taken.mark(portal.base.secret(SECRET)))
    sealed = {name: bytes_sha256(content)}
    audit.append(portal.sortie, "acces", actor, details=details, fichiers=sealed)
    mark_opened(portal, code, psad)
    return Response(
        content,
        media_type=FORMATS[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
