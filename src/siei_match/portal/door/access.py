"""The one door to every page: who is here, may they, is the form ours; closed by default.

A page is reached through a `Way`, which says what it asks for; there is no other way to add one,
and none without saying it. A refusal looks like a page that does not exist, where telling the two
apart would tell something.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from siei_match.portal.door.headers import TooLargeError
from siei_match.portal.door.visit import (
    RefusalError,
    Visit,
    form_token,
    name_entree,
    name_session,
)
from siei_match.portal.signin import sessions
from siei_match.portal.signin.accounts import Withheld
from siei_match.portal.signin.sessions import Session
from siei_match.portal.signin.terms import hold
from siei_match.portal.state import Portal
from siei_match.release.permissions import Permission

logger = logging.getLogger(__name__)

FIELDS_MAX: Final = 2_000
STRANGERS: Final = 8
"""Requests of nobody who is signed in that are answered at once, of forty: a password takes a core for a while, a
provider its time, and whoever is signed in must not wait for them."""
SENDERS: Final = 4
"""Files that are read at once: one after the other, in fact, by the process apart."""
_rooms: Final = {
    places: RunVar[CapacityLimiter](f"room of {places}") for places in (STRANGERS, SENDERS)
}
SENDING: Final = "Un de vos fichiers est encore en cours de lecture. Attendez qu'il le soit."
# What is sent stays in memory: the library would put more than a megabyte into a file, in the clear.
MultiPartParser.spool_max_size = 101 << 20


class OpenTo(StrEnum):
    """What asks for no permission of a role."""

    TOUS = "tous"
    """Anybody, signed in or not."""
    SIGNED_IN = "connecte"
    """Anybody signed in, even with a first password that is to be changed."""


Page = Callable[[Visit], Response]


@dataclass(frozen=True)
class Way:
    """A way to a page. `access` has no default: a page says who may see it, or there is none."""

    methode: str
    chemin: str
    page: Page
    access: Permission | OpenTo
    reads_file: bool = False
    """It reads a file that somebody sent: one at a time of each account."""

    def endpoint(self, portal: Portal) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await _answer(self, portal, request)

        answer.way = self  # type: ignore[attr-defined]
        return answer


async def _answer(way: Way, portal: Portal, request: Request) -> Response:
    """Let a request through, or refuse it; whatever fails, no value reaches a log or the browser."""
    visit = Visit(portal, request, None, entree=request.cookies.get(name_entree(portal), ""))
    try:
        session = await run_in_threadpool(_find_session, portal, request)
        visit = Visit(portal, request, session, entree=visit.entree)
        refusal = _require(way, session)
        if refusal is not None:
            return refusal
        with _one_file_at_a_time(way, visit):
            if way.methode == "POST":
                visit = await _read_form(visit)
            response = await to_thread.run_sync(way.page, visit, limiter=_room_of(way, session))
        noted = getattr(request.state, "noted", False)
        if way.access == Permission.SEE_LISTS and response.status_code == 200 and not noted:
            await run_in_threadpool(_note_view, visit)
        return response
    except RefusalError as refused:
        return visit.page("refus.html.j2", refused.status, message=refused.message)
    except HTTPException as refused:
        # A form that is none, too many fields: the browser's fault, not ours.
        return visit.page("refus.html.j2", refused.status_code, message="")
    except TooLargeError:
        raise
    except Exception as failure:  # noqa: BLE001 - the message could quote a value
        logger.error("%s %s: %s", way.methode, way.chemin, _where(failure))
        return visit.page("refus.html.j2", 500, message="")


@contextmanager
def _one_file_at_a_time(way: Way, visit: Visit) -> Iterator[None]:
    """Hold an account's place among those whose file is read: from before its bytes are taken.

    Raises:
        RefusalError: another of its files is being read.
    """
    if not way.reads_file:
        yield
        return
    sender, sending = visit.known.account.id, visit.portal.sending
    # The event loop alone comes here: nobody is between the two lines.
    if sender in sending:
        raise RefusalError(429, SENDING)
    sending.add(sender)
    try:
        yield
    finally:
        sending.discard(sender)


def _room_of(way: Way, session: Session | None) -> CapacityLimiter | None:
    """Return among whom a request waits for its turn: strangers, and files, each among themselves."""
    places = SENDERS if way.reads_file else None if session is not None else STRANGERS
    if places is None:
        return None
    room = _rooms[places]
    try:
        return room.get()
    except LookupError:
        room.set(CapacityLimiter(places))
        return room.get()


def _note_view(visit: Visit) -> None:
    """Note who looks at a list or at its counts, before they are sent; a page that names people did."""
    details: dict[str, str | int] = {
        nom: str(value) for nom, value in (("campagne", visit.chemin.get("code")),
                                           ("psad", visit.chemin.get("psad"))) if value
    }  # fmt: skip
    visit.portal.note("consultation", visit.known.account.courriel, details)


def _where(failure: BaseException) -> str:
    """Say what failed and in which line of ours, without its message."""
    last = failure.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{PurePath(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    return f"{type(failure).__name__} at {place}"


def _find_session(portal: Portal, request: Request) -> Session | None:
    token = request.cookies.get(name_session(portal), "")
    if not token:
        return None
    found = sessions.find_session(
        portal.base,
        token,
        when=portal.clock(),
        inactivite=portal.reglages.inactivite,
        duration=portal.reglages.duree,
    )
    if found is None:
        return None
    return replace(found, account=hold(found.account, portal.reglages, portal.clock()))


def _require(way: Way, session: Session | None) -> Response | None:
    """Return where else to go; None if the page may be shown.

    Raises:
        RefusError: this account may not see it.
    """
    if way.access == OpenTo.TOUS:
        return None
    if session is None:
        if way.methode == "GET":
            return RedirectResponse("/connexion?expiree=1", 303)
        raise RefusalError(403, "Votre session est terminée. Reconnectez-vous, puis recommencez.")
    if way.access == OpenTo.SIGNED_IN:
        return None
    if session.account.must_change:
        return RedirectResponse("/mot-de-passe", 303)
    if session.account.held:
        owed = session.account.held == Withheld.SECOND
        return RedirectResponse("/second-facteur" if owed else "/aucun", 303)
    if not session.account.may(Permission(way.access)):
        raise RefusalError(404)
    return None


async def _read_form(visit: Visit) -> Visit:
    """Read a form, and make sure that it is one of ours, sent from one of our pages."""
    if visit.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RefusalError(403, FORGED)
    form = await visit.request.form(max_files=1, max_fields=FIELDS_MAX)
    if not _is_ours(visit, form):
        raise RefusalError(403, FORGED)
    texts: dict[str, list[str]] = {}
    fichier = None
    for name, value in form.multi_items():
        if isinstance(value, str):
            texts.setdefault(name, []).append(value)
        else:
            fichier = value
    return Visit(
        visit.portal,
        visit.request,
        visit.session,
        {name: values[-1] for name, values in texts.items()},
        texts,
        fichier,
        visit.entree,
    )


FORGED: Final = "Ce formulaire n'est plus valable. Revenez à la page précédente, rechargez-la."


def _is_ours(visit: Visit, form: FormData) -> bool:
    given = form.get("jeton")
    return isinstance(given, str) and sessions.same(given, form_token(visit) or "\0")
