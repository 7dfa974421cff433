"""The page as an ASGI application: the ways of `routes`, and nothing else."""

from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from siei_match.portal.door.access import Way
from siei_match.portal.door.headers import Bounded, Headers, Named
from siei_match.portal.door.render import FIXES
from siei_match.portal.door.visit import Visit
from siei_match.portal.routes import UPLOADS, WAYS
from siei_match.portal.state import Portal


class CodeConvertor(Convertor[str]):
    """A campaign's code in an address; another text there is no page."""

    regex = "[0-9]{4}-[0-9]{2}"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("campagne", CodeConvertor())


def create_app(portal: Portal, ways: Sequence[Way] = WAYS) -> Starlette:
    """Build the application over an output folder."""
    routes: list[BaseRoute] = [
        Route(way.chemin, way.endpoint(portal), methods=[way.methode]) for way in ways
    ]
    routes.append(Mount("/fixes", StaticFiles(directory=FIXES), name="fixes"))
    provider = portal.provider.origin if portal.provider else None
    secure = portal.reglages.secure

    async def not_there(request: Request, failure: Exception) -> Response:
        status = failure.status_code if isinstance(failure, HTTPException) else 500
        visit = Visit(portal, request, None)
        return visit.page("refus.html.j2", 404 if status == 405 else status, message="")

    handlers: dict[Any, Any] = {HTTPException: not_there}
    return Starlette(
        routes=routes,
        exception_handlers=handlers,
        middleware=[
            Middleware(Headers, provider=provider, secure=secure),
            Middleware(Named, is_ours=portal.reglages.is_ours),
            Middleware(
                Bounded, upload=UPLOADS, upload_max=(portal.reglages.depot_max << 20) + (64 << 10)
            ),
        ],
    )
