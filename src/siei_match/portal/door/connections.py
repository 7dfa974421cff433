"""A connection that says nothing, or says it forever, is closed: it holds a place of five hundred."""

import asyncio
from collections import Counter
from typing import ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class BoundedProtocol(H11Protocol):
    """uvicorn's own, with a time for the head of a request and one for its body."""

    HEAD_SECONDS: ClassVar[float] = 15.0
    """From the opening of a connection, or the first byte of a next request, to the end of its head."""
    BODY_SECONDS: ClassVar[float] = 120.0
    """From there to its last byte: 20 MB at 1.5 Mbit/s."""

    PER_ADDRESS: ClassVar[int] = 50
    """Connections of one address that have not asked for anything whole yet; a proxy sends whole requests."""

    _unfinished: ClassVar[Counter[str]] = Counter()
    _address: str | None = None
    _waits_for: object = None
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Give the connection a time to ask for something."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else "?"
        if self._unfinished[self._address] >= self.PER_ADDRESS:
            transport.abort()
            return
        self._wait(h11.IDLE, self.HEAD_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Take what came, and see what is still to come."""
        super().data_received(data)
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            self._wait(state, self.BODY_SECONDS)
        elif state is h11.IDLE:
            self._wait(state, self.HEAD_SECONDS)
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time that was left."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self, state: object, seconds: float) -> None:
        # What drips in does not begin the time anew.
        if self._waits_for is state and self._deadline is not None:
            return
        self._stop_waiting()
        self._unfinished[self._address or "?"] += 1
        self._waits_for = state
        self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            address = self._address or "?"
            self._unfinished[address] -= 1
            if not self._unfinished[address]:
                del self._unfinished[address]  # an address that left is forgotten
        self._deadline, self._waits_for = None, None
