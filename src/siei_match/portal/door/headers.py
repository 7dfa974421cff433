"""Around every answer: what a browser may do with it, and how much a request may bring."""

from collections.abc import Callable, Collection, Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FIXED: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
}
HSTS: Final = "max-age=63072000; includeSubDomains"
STATIC: Final = "/fixes/"
FORM_MAX: Final = 256 << 10


def content_policy(provider: str | None) -> str:
    """Return the policy: nothing but our own style sheet and forms; no script at all."""
    # Chromium applies form-action to where a form's answer redirects: signing out goes there.
    forms = f"'self' {provider}" if provider else "'self'"
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        f"form-action {forms}; frame-ancestors 'none'; base-uri 'none'"
    )


class Headers:
    """Adds the headers; nothing is ever kept by a browser or a proxy but the style sheet."""

    def __init__(self, app: ASGIApp, *, provider: str | None, secure: bool) -> None:
        self._app = app
        self._fixed = {**FIXED, "Content-Security-Policy": content_policy(provider)}
        if secure:
            self._fixed["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._fixed.items():
                    headers[name] = value
                if not scope["path"].startswith(STATIC):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, add)


class Named:
    """Refuses a request for another name or port than the page's own (DNS rebinding, poisoned links)."""

    def __init__(self, app: ASGIApp, *, is_ours: Callable[[str], bool]) -> None:
        self._app = app
        self._is_ours = is_ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = [value for name, value in scope["headers"] if name == b"host"]
            if len(asked) != 1 or not self._is_ours(asked[0].decode("latin-1")):
                await PlainTextResponse("Invalid host header", 400)(scope, receive, send)
                return
        await self._app(scope, receive, send)


class TooLargeError(Exception):
    """A request brings more than it may."""


class Bounded:
    """Refuses a body that is too large: by what it announces, then by what it brings."""

    def __init__(self, app: ASGIApp, *, upload: Collection[str], upload_max: int) -> None:
        self._app = app
        self._upload = upload
        self._upload_max = upload_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._upload_max if scope["path"] in self._upload else FORM_MAX
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        seen, started = 0, False

        async def bounded() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLargeError
            return message

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            if not announced.isdigit() or int(announced) > limit:
                raise TooLargeError
            await self._app(scope, bounded, watch)
        except TooLargeError:
            if started:
                raise
            refusal = PlainTextResponse("Ce que vous envoyez est trop volumineux.", 413)
            await refusal(scope, receive, send)
