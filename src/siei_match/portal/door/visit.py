"""A request that was let through, and what it may use: form, cookies, pages, platforms."""

from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from siei_match.portal.door.limits import subscriber_of
from siei_match.portal.door.render import render
from siei_match.portal.signin import sessions
from siei_match.portal.signin.sessions import Session
from siei_match.portal.state import Portal


@dataclass(frozen=True)
class Visit:
    """A request that was let through: `session` is None on pages for everybody only."""

    portal: Portal
    request: Request
    session: Session | None
    form: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    """The fields that may come several times."""
    fichier: UploadFile | None = None
    entree: str = ""
    """The cookie of a browser that is not signed in yet."""

    @property
    def known(self) -> Session:
        if self.session is None:
            raise RefusalError(404)
        return self.session

    @property
    def chemin(self) -> dict[str, Any]:
        return self.request.path_params

    def page(self, template: str, status: int = 200, **content: Any) -> Response:
        return render(
            template,
            status,
            account=self.session.account if self.session else None,
            token=form_token(self),
            path=self.request.url.path,
            demo=self.portal.demo,
            **content,
        )

    def address(self) -> str:
        """Return whose address asks: what counts how often, for each of them."""
        return subscriber_of(self.request.client.host) if self.request.client else "?"


class RefusalError(Exception):
    """The request is refused, with this status; `message` is French, and shown."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def form_token(visit: Visit) -> str:
    """Return what each form must bring back: of the session, else of the browser's entry."""
    if visit.session is not None:
        return visit.session.token
    if not visit.entree:
        return ""
    return sessions.entry_token(visit.portal.base.secret("entree"), visit.entree)


def name_session(portal: Portal) -> str:
    return "__Host-siei" if portal.reglages.secure else "siei"


def name_entree(portal: Portal) -> str:
    return "__Host-siei-entree" if portal.reglages.secure else "siei-entree"


def set_cookie(portal: Portal, response: Response, name: str, value: str) -> None:
    """Set a cookie that ends with the browser, that no script reads, sent to us alone."""
    response.set_cookie(
        name, value, path="/", secure=portal.reglages.secure, httponly=True, samesite="lax"
    )


def drop_cookie(portal: Portal, response: Response, name: str) -> None:
    response.delete_cookie(
        name, path="/", secure=portal.reglages.secure, httponly=True, samesite="lax"
    )


def require_platform(visit: Visit, psad: str) -> None:
    """Let through who holds this platform; the others learn nothing, not even that it exists.

    Raises:
        RefusError: the account does not hold it.
    """
    if psad not in visit.known.account.psads:
        raise RefusalError(404)
