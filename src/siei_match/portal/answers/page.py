"""Answers: a file is sent, what was understood is shown, and only then is it kept."""

import secrets
from pathlib import Path, PurePath
from typing import Any, Final

import polars as pl
from starlette.responses import Response

from siei_match.collect import REGLES, AnswersReading, collect
from siei_match.collect.collecting import check_destinations, name_platforms, refuse_strangers
from siei_match.collect.reading import read_given
from siei_match.output import MEMOIRE, read_earlier
from siei_match.output.holdings import DEPOTS
from siei_match.output.memory.answers import read_collected
from siei_match.portal.answers.deposits import count_waiting, forget, put_down, sweep, take_up
from siei_match.portal.door.patience import patiently
from siei_match.portal.door.visit import RefusalError, Visit, require_platform
from siei_match.portal.vault import Vault
from siei_match.reference.errors import DeliveryError, OutputError, SieiError
from siei_match.reference.files import PRIVATE, bytes_sha256, create
from siei_match.reference.vocabulary import REJET
from siei_match.stages.publish.answer_columns import REPONSES

SUFFIXES: Final = (".xlsx", ".csv", ".txt")
LINES_SHOWN: Final = 100
WAITING_MAX: Final = 10
"""Files of one account that wait at once."""
LAST: Final = "9999-99"

UNREADABLE: Final = (
    "Ce fichier ne se lit pas comme un fichier de réponses. Renvoyez le classeur téléchargé ici, "
    "complété dans sa colonne de réponse, ou un CSV avec les titres « Identifiant » et « Réponse »."
)
NO_FILE: Final = "Choisissez un fichier : le classeur rempli (.xlsx) ou un CSV."
GONE: Final = "Ce dépôt n'attend plus. Renvoyez le fichier."
BUSY: Final = "Une exécution est en cours. Réessayez dans quelques minutes : rien n'est perdu."
MANY: Final = (
    "Trop de dépôts pour aujourd'hui, ou trop qui attendent : confirmez-les, ou revenez demain."
)
SLOW: Final = "Beaucoup de dépôts en peu de temps. Attendez une minute."


def show(visit: Visit) -> Response:
    return _form(visit)


def _form(visit: Visit, error: str = "", status: int = 200) -> Response:
    return visit.page(
        "reponses.html.j2",
        status,
        psads=sorted(visit.known.account.psads),
        answers=REPONSES,
        error=error,
    )


def preview(visit: Visit) -> Response:
    """Read what was sent, keep it aside, and show what would be recorded."""
    portal, account = visit.portal, visit.known.account
    psad, sent = visit.form.get("psad", ""), visit.fichier
    require_platform(visit, psad)
    if not portal.downloads.take(str(account.id), portal.clock()):
        return _form(visit, SLOW, 429)
    suffix = PurePath(sent.filename or "").suffix.lower() if sent else ""
    if sent is None or suffix not in SUFFIXES:
        return _form(visit, NO_FILE, 403)
    sweep(portal.base, portal.sortie, when=portal.clock())
    daily = portal.deposits.take(str(account.id), portal.clock())
    if not daily or count_waiting(portal.base, account) >= WAITING_MAX:
        return _form(visit, MANY, 429)
    token = secrets.token_urlsafe(24)
    content = sent.file.read()
    # Announced before it is there: another upload's sweep must not take it for a leftover.
    put_down(portal.base, token, account, psad, bytes_sha256(content), when=portal.clock())
    path = _place(portal.sortie, token, suffix)
    try:
        path.write_bytes(portal.base.vault.seal(content))
        lecture = _read(visit, content, path.name, psad)
    except BaseException as failure:
        path.unlink(missing_ok=True)
        forget(portal.base, token)
        if isinstance(failure, DeliveryError):
            return _form(visit, UNREADABLE, 403)
        raise
    return visit.page("apercu.html.j2", psad=psad, depot=path.name, **_tell(lecture), result=None)


def _place(sortie: Path, token: str, suffix: str) -> Path:
    folder = sortie / MEMOIRE / DEPOTS
    folder.mkdir(mode=0o700, exist_ok=True)
    return create(folder / f"{token}{suffix}", PRIVATE)


def _read(visit: Visit, content: bytes, name: str, psad: str) -> AnswersReading:
    """Read the answers of one platform, those on other platforms' signalements refused."""
    sortie = visit.portal.sortie
    lecture = read_given(content, name, visit.portal.clock().date())
    signalements = read_earlier(sortie, LAST, "signalements")
    lecture = refuse_strangers(lecture, psad, signalements, read_collected(sortie))
    return check_destinations(lecture, psad, name_platforms(sortie))


def _tell(lecture: AnswersReading) -> dict[str, Any]:
    """Return what a page shows of a reading: counts, and rows by their number."""
    rejets = [
        (row["ligne"], row["gravite"] == REJET, REGLES.get(row["regle"], row["regle"]))
        for row in lecture.rejets.sort("ligne", "regle").head(LINES_SHOWN).to_dicts()
    ]
    return {
        "lecture": lecture,
        "counts": lecture.count(),
        "transferts": lecture.reponses.filter(pl.col("psad_destination").is_not_null()).height,
        "rejets": rejets,
        "tus": max(lecture.rejets.height - LINES_SHOWN, 0),
        "sens": REPONSES,
    }


def _take(vault: Vault, path: Path) -> bytes | None:
    """Return what was put down; nothing where it is gone, or was changed."""
    try:
        return vault.open(path.read_bytes())
    except (OSError, OutputError):
        return None


def record(visit: Visit) -> Response:
    """Keep the answers that the preview showed; the same file again changes nothing."""
    portal, account = visit.portal, visit.known.account
    name = PurePath(visit.form.get("depot", "")).name
    waiting = take_up(portal.base, PurePath(name).stem, account, when=portal.clock())
    path = portal.sortie / MEMOIRE / DEPOTS / name
    content = _take(portal.base.vault, path) if waiting else None
    if waiting is None or content is None or bytes_sha256(content) != waiting.sha256:
        return _form(visit, GONE, 403)
    # Rights may have changed since the file was sent.
    require_platform(visit, waiting.psad)
    try:
        collected = patiently(
            portal.sortie,
            lambda: collect(
                portal.sortie,
                path,
                portal.actor(account.courriel),
                psad=waiting.psad,
                content=content,
            ),
        )
    except OutputError:
        return _form(visit, BUSY, 503)
    except SieiError:
        raise RefusalError(403, UNREADABLE) from None
    forget(portal.base, PurePath(name).stem)
    path.unlink(missing_ok=True)
    return visit.page(
        "apercu.html.j2", psad=waiting.psad, depot=None, **_tell(collected.lecture),
        result=collected,
    )  # fmt: skip
