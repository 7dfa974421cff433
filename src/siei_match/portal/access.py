"""The one door to every page: who is here, may they, is the form ours; closed by default.

A page is reached through a `Voie`, which says what it asks for; there is no other way to add one,
and none without saying it. A refusal looks like a page that does not exist, where telling the two
apart would tell something.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from siei_match.portal import sessions
from siei_match.portal.headers import TooLargeError
from siei_match.portal.render import render
from siei_match.portal.sessions import Session
from siei_match.portal.state import Portail
from siei_match.release.permissions import Permission

logger = logging.getLogger(__name__)

FIELDS_MAX: Final = 2_000


class Libre(StrEnum):
    """What asks for no permission of a role."""

    TOUS = "tous"
    """Anybody, signed in or not."""
    CONNECTE = "connecte"
    """Anybody signed in, even with a first password that is to be changed."""


@dataclass(frozen=True)
class Demande:
    """A request that was let through: `session` is None on pages for everybody only."""

    portail: Portail
    request: Request
    session: Session | None
    form: dict[str, str] = field(default_factory=dict)
    choix: dict[str, list[str]] = field(default_factory=dict)
    """The fields that may come several times."""
    fichier: UploadFile | None = None
    entree: str = ""
    """The cookie of a browser that is not signed in yet."""

    @property
    def connue(self) -> Session:
        if self.session is None:
            raise RefusError(404)
        return self.session

    @property
    def chemin(self) -> dict[str, Any]:
        return self.request.path_params

    def page(self, gabarit: str, status: int = 200, **content: Any) -> Response:
        return render(self, gabarit, status, **content)

    def address(self) -> str:
        return self.request.client.host if self.request.client else "?"


class RefusError(Exception):
    """The request is refused, with this status; `message` is French, and shown."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


Page = Callable[[Demande], Response]


@dataclass(frozen=True)
class Voie:
    """A way to a page. `acces` has no default: a page says who may see it, or there is none."""

    methode: str
    chemin: str
    page: Page
    acces: Permission | Libre

    def endpoint(self, portail: Portail) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return await _answer(self, portail, request)

        answer.voie = self  # type: ignore[attr-defined]
        return answer


async def _answer(voie: Voie, portail: Portail, request: Request) -> Response:
    """Let a request through, or refuse it; whatever fails, no value reaches a log or the browser."""
    demande = Demande(portail, request, None, entree=request.cookies.get(name_entree(portail), ""))
    try:
        session = await run_in_threadpool(_find_session, portail, request)
        demande = Demande(portail, request, session, entree=demande.entree)
        refusal = _require(voie, session)
        if refusal is not None:
            return refusal
        if voie.methode == "POST":
            demande = await _read_form(demande)
        return await run_in_threadpool(voie.page, demande)
    except RefusError as refus:
        return demande.page("refus.html.j2", refus.status, message=refus.message)
    except TooLargeError:
        raise
    except Exception as failure:  # noqa: BLE001 - the message could quote a value
        logger.error("%s %s: %s", voie.methode, voie.chemin, _where(failure))
        return demande.page("refus.html.j2", 500, message="")


def _where(failure: BaseException) -> str:
    """Say what failed and in which line of ours, without its message."""
    last = failure.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = f"{PurePath(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}" if last else "?"
    return f"{type(failure).__name__} at {place}"


def _find_session(portail: Portail, request: Request) -> Session | None:
    token = request.cookies.get(name_session(portail), "")
    if not token:
        return None
    return sessions.find_session(
        portail.base,
        token,
        quand=portail.horloge(),
        inactivite=portail.reglages.inactivite,
        duree=portail.reglages.duree,
    )


def _require(voie: Voie, session: Session | None) -> Response | None:
    """Return where else to go; None if the page may be shown.

    Raises:
        RefusError: this account may not see it.
    """
    if voie.acces == Libre.TOUS:
        return None
    if session is None:
        if voie.methode == "GET":
            return RedirectResponse("/connexion?expiree=1", 303)
        raise RefusError(403, "Votre session est terminée. Reconnectez-vous, puis recommencez.")
    if voie.acces == Libre.CONNECTE:
        return None
    if session.compte.a_changer:
        return RedirectResponse("/mot-de-passe", 303)
    if not session.compte.may(Permission(voie.acces)):
        raise RefusError(404)
    return None


async def _read_form(demande: Demande) -> Demande:
    """Read a form, and make sure that it is one of ours, sent from one of our pages."""
    if demande.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise RefusError(403, FORGED)
    form = await demande.request.form(max_files=1, max_fields=FIELDS_MAX)
    if not _is_ours(demande, form):
        raise RefusError(403, FORGED)
    texts: dict[str, list[str]] = {}
    fichier = None
    for name, value in form.multi_items():
        if isinstance(value, str):
            texts.setdefault(name, []).append(value)
        else:
            fichier = value
    return Demande(
        demande.portail,
        demande.request,
        demande.session,
        {name: values[-1] for name, values in texts.items()},
        texts,
        fichier,
        demande.entree,
    )


FORGED: Final = "Ce formulaire n'est plus valable. Revenez à la page précédente, rechargez-la."


def _is_ours(demande: Demande, form: FormData) -> bool:
    given = form.get("jeton")
    return isinstance(given, str) and sessions.same(given, form_token(demande) or "\0")


def form_token(demande: Demande) -> str:
    """Return what each form must bring back: of the session, else of the browser's entry."""
    if demande.session is not None:
        return demande.session.jeton
    if not demande.entree:
        return ""
    return sessions.entry_token(demande.portail.base.secret("entree"), demande.entree)


def name_session(portail: Portail) -> str:
    return "__Host-siei" if portail.reglages.secure else "siei"


def name_entree(portail: Portail) -> str:
    return "__Host-siei-entree" if portail.reglages.secure else "siei-entree"


def set_cookie(portail: Portail, response: Response, name: str, value: str) -> None:
    """Set a cookie that ends with the browser, that no script reads, sent to us alone."""
    response.set_cookie(
        name, value, path="/", secure=portail.reglages.secure, httponly=True, samesite="lax"
    )


def drop_cookie(portail: Portail, response: Response, name: str) -> None:
    response.delete_cookie(
        name, path="/", secure=portail.reglages.secure, httponly=True, samesite="lax"
    )


def require_platform(demande: Demande, psad: str) -> None:
    """Let through who holds this platform; the others learn nothing, not even that it exists.

    Raises:
        RefusError: the account does not hold it.
    """
    if psad not in demande.connue.compte.psads:
        raise RefusError(404)
