"""A connection whose other end is waited for holds a place that others need: it is closed in time, or when places are few.

Waited for are the head of a request, its body, the next request, and that an answer is taken. Who is short of places
loses the oldest connection of the address that holds the most: whoever asks at once, and whole, is never the one.
"""

import asyncio
from enum import StrEnum
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from siei_match.portal.door.limits import subscriber_of


class Awaited(StrEnum):
    """What a connection waits for from its other end."""

    HEAD = "head"
    BODY = "body"
    NEXT = "next request"
    TAKING = "answer taken"


class Waiting:
    """The connections that wait, by whose they are, the oldest first."""

    def __init__(self) -> None:
        self._of: dict[str, dict[BoundedProtocol, Awaited]] = {}
        self.total = 0

    def add(self, owner: str, connection: "BoundedProtocol", what: Awaited) -> None:
        self._of.setdefault(owner, {})[connection] = what
        self.total += 1

    def remove(self, owner: str, connection: "BoundedProtocol") -> None:
        if self._of.get(owner, {}).pop(connection, None) is not None:
            self.total -= 1
            if not self._of[owner]:
                del self._of[owner]  # an address that left is forgotten

    def unfinished(self, owner: str) -> list["BoundedProtocol"]:
        """Return the connections of an address that have not asked for anything whole."""
        of = self._of.get(owner, {})
        return [one for one, what in of.items() if what in (Awaited.HEAD, Awaited.BODY)]

    def oldest_of_most(self) -> "BoundedProtocol":
        """Return the oldest connection of the address that holds the most."""
        most = max(self._of, key=lambda owner: len(self._of[owner]))
        return next(iter(self._of[most]))


class BoundedProtocol(H11Protocol):
    """uvicorn's own, with a time for each thing that is waited for, and bounds on how many wait."""

    SECONDS: ClassVar[dict[Awaited, float]] = {
        Awaited.HEAD: 15.0,
        Awaited.BODY: 120.0,  # 20 MB at 1.5 Mbit/s
        Awaited.NEXT: 15.0,
        Awaited.TAKING: 120.0,  # for the next 48 kB
    }
    """From the opening of a connection, or the first byte of a request, to the end of its head; from there to
    its last byte; from an answer to the next request; for what was sent to be taken."""
    PER_ADDRESS: ClassVar[int] = 200
    """Connections of one address that have not asked for anything whole; a proxy sends whole requests. Of a thousand
    that one address opens in a second, each has a fifth of it to ask."""
    WAITING_MAX: ClassVar[int] = 400
    """Connections that wait, of all addresses; the other places (`serve.PLACES`) are for whoever is being answered."""

    waiting: ClassVar[Waiting] = Waiting()
    _owner: str = "?"
    _awaited: Awaited | None = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the connection a time to ask for something."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._owner = subscriber_of(str(peer[0])) if peer else "?"
        self._wait(Awaited.HEAD)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see what is still to come."""
        super().data_received(data)
        if self._awaited is not Awaited.TAKING:
            self._see(Awaited.HEAD)

    def on_response_complete(self) -> None:
        """Wait for the next request, which may have come with this one."""
        super().on_response_complete()
        if self._awaited is not Awaited.TAKING:
            self._see(Awaited.NEXT)

    def pause_writing(self) -> None:
        """Give the other end a time to take what was sent."""
        super().pause_writing()
        self._wait(Awaited.TAKING)

    def resume_writing(self) -> None:
        """See what is waited for now."""
        super().resume_writing()
        self._stop_waiting()
        self._see(Awaited.NEXT)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time that was left."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _see(self, between: Awaited) -> None:
        """Wait for what is missing of a request; `between` two of them, for that."""
        state = self.conn.their_state
        if self.transport.is_closing():
            # It goes once the rest of the answer is taken, which may be never.
            self._wait(Awaited.TAKING)
        elif state is h11.SEND_BODY:
            self._wait(Awaited.BODY)
        elif state is h11.IDLE:
            self._wait(between)
        else:
            self._stop_waiting()

    def _wait(self, what: Awaited) -> None:
        # What drips in does not begin the time anew.
        if self._awaited is what:
            return
        self._stop_waiting()
        self._awaited = what
        self._deadline = self.loop.call_later(self.SECONDS[what], self._drop)
        self.waiting.add(self._owner, self, what)
        mine = self.waiting.unfinished(self._owner)
        if len(mine) > self.PER_ADDRESS:
            mine[0]._drop()
        elif self.waiting.total > self.WAITING_MAX:
            self.waiting.oldest_of_most()._drop()

    def _drop(self) -> None:
        self._stop_waiting()
        # Not `close`, which waits until the other end has taken what was sent.
        self.transport.abort()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        if self._awaited is not None:
            self.waiting.remove(self._owner, self)
        self._deadline, self._awaited = None, None
