"""What a connection may cost before anybody has looked at its request: bytes, time and places.

uvicorn's parser keeps what it has of a head, however long, for as long as its sender likes. Here
one count holds every part that has no end of its own: request line, headers, trailers, and what
stands between the chunks of a body. It begins anew whenever the parser has finished something.

An open board's connection is handed over: parser, request and task go, some 3 KiB stay.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from heldout_server.kit.errors import ProblemError
from heldout_server.web import problems
from heldout_server.web.addresses import Peers, network_of
from heldout_server.web.places import Places
from heldout_server.web.security import new_request_id

KIBIBYTE = 1024
MOST_DRAINED_BYTES = 1024 * KIBIBYTE
DRAIN_SECONDS = 2
MOST_PIPELINED = 16
TRY_AGAIN_SECONDS = 10
HAND_OVER = "heldout.hand_over"
"""The extension of a request's scope: a `HandOver`."""


class Successor(asyncio.Protocol):
    """Speaks on a connection that was handed over."""

    __slots__ = ()

    def take_over(self, transport: asyncio.Transport, at_the_end: Callable[[], None]) -> None:
        """Go on where the head of the answer was sent; call `at_the_end` once that is lost."""
        raise NotImplementedError


HandOver = Callable[[Successor], bool]
"""Have a successor go on with an answer that has begun; False where the caller has left."""


class HandedOver(Exception):
    """Why uvicorn's protocol loses a connection that stays open."""


@dataclass(frozen=True)
class Bounds:
    """The limits of every connection; `turned_away` are those above an address's number, which
    wait for their answer.
    """

    connections: Places
    turned_away: Places
    proxies: Peers = field(default_factory=lambda: Peers(()))
    most_head_bytes: int = 64 * KIBIBYTE
    silent_seconds: float = 30
    head_seconds: float = 15
    # A body of which less arrives in that time has a sender who only holds the place.
    body_seconds: float = 30
    least_body_bytes: int = 32 * KIBIBYTE

    @classmethod
    def of(cls, connections_per_address: int, proxies: Peers) -> Bounds:
        """The usual limits."""
        places = Places(connections_per_address), Places(connections_per_address)
        return cls(*places, proxies=proxies)


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol within `bounds`."""

    def __init__(self, *args: Any, bounds: Bounds, **more: Any) -> None:
        super().__init__(*args, **more)
        self._bounds = bounds
        self._address: str | None = None
        self._places: Places | None = None
        self._unfinished_bytes = 0
        self._body_bytes = 0
        self._in_body = False
        self._draining = False
        self._drained_bytes = 0
        self._timer: asyncio.TimerHandle | None = None

    # Connection
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place; without one there is a refusal, and beyond as many not even that."""
        super().connection_made(transport)
        if self.client is not None and self.client[0] not in self._bounds.proxies:
            self._address = network_of(self.client[0])
        for places in (self._bounds.connections, self._bounds.turned_away):
            if places.take(self._address):
                self._places = places
                self._wait(self._bounds.silent_seconds)
                return
        transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._stop_waiting()
        if self._places is not None:
            self._places.give_back(self._address)
            self._places = None
        super().connection_lost(exc)

    # What arrives
    def data_received(self, data: bytes) -> None:
        """Feed the parser no more than may still be unfinished."""
        if self._draining:
            self._drain(len(data))
        elif self._places is self._bounds.turned_away:
            self._refuse(_crowded())
        elif self._unfinished_bytes + len(data) < self._bounds.most_head_bytes:
            self._feed(data)
        else:
            self._feed_in_pieces(memoryview(data))

    def _feed_in_pieces(self, data: memoryview) -> None:
        while data and not self._draining and not self.transport.is_closing():
            room = self._bounds.most_head_bytes - self._unfinished_bytes
            self._feed(data[:room])
            data = data[room:]
            if self._unfinished_bytes >= self._bounds.most_head_bytes:
                self._refuse(_too_large(self._bounds.most_head_bytes))

    def _feed(self, piece: bytes | memoryview) -> None:
        if not (self._unfinished_bytes or self._in_body):
            self._stop_waiting()  # for a first byte
        self._unfinished_bytes += len(piece)
        super().data_received(piece)  # type: ignore[arg-type] # the parser takes any buffer
        if self.transport.is_closing():
            return
        if self._in_body:
            self._wait(self._bounds.body_seconds)
        elif self._unfinished_bytes:
            self._wait(self._bounds.head_seconds)

    def on_headers_complete(self) -> None:
        """A head has come, in time."""
        if len(self.pipeline) >= MOST_PIPELINED:
            raise ValueError("too many requests before the first answer")
        self._finished(in_body=True)
        # Weak: a request must not keep its connection's memory until garbage is searched for.
        offer = partial(_hand_over, weakref.ref(self))
        self.scope["extensions"] = cast(Any, {HAND_OVER: offer})
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body has come."""
        self._unfinished_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """A whole request has come."""
        self._finished(in_body=False)
        super().on_message_complete()

    def _finished(self, *, in_body: bool) -> None:
        self._unfinished_bytes = self._body_bytes = 0
        self._in_body = in_body
        self._stop_waiting()

    # Time
    def _wait(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(seconds, self._look)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Time is up: go on with whoever sends or is kept waiting by us, end the others."""
        self._timer = None
        if self._draining or not (self._unfinished_bytes or self._in_body):
            self.transport.abort()
        elif self._is_kept_waiting() or self._body_bytes >= self._bounds.least_body_bytes:
            self._body_bytes = 0
            self._wait(self._bounds.body_seconds)
        else:
            self._refuse(_too_slow())

    def _is_kept_waiting(self) -> bool:
        if self.cycle is None or self.cycle.response_complete:
            return False
        return not self._in_body or self.flow.read_paused or self.cycle.waiting_for_100_continue

    def hand_over(self, successor: Successor) -> bool:
        """Have `successor` go on; this protocol then knows nothing of the connection any more."""
        transport, places, address = self.transport, self._places, self._address
        if places is None or transport.is_closing():
            return False
        self._stop_waiting()
        self._places = None
        super().connection_lost(HandedOver())
        transport.set_protocol(successor)
        successor.take_over(transport, partial(places.give_back, address))
        return True

    # Refusals
    def send_400_response(self, msg: str) -> None:
        """Say in the one shape that this is no HTTP."""
        self._refuse(ProblemError("malformed", msg, "Send an HTTP/1.1 request to this port."))

    def _refuse(self, problem: ProblemError) -> None:
        """Answer and close, but not at once: a reset would take the answer away from the caller."""
        self._stop_waiting()
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()  # an answer is under way
            return
        self._draining = True
        self.transport.write(_answer(problem))
        self.transport.write_eof()
        self._wait(DRAIN_SECONDS)

    def _drain(self, size: int) -> None:
        self._drained_bytes += size
        if self._drained_bytes > MOST_DRAINED_BYTES:
            self.transport.abort()


def _hand_over(found: weakref.ref[BoundedProtocol], successor: Successor) -> bool:
    protocol = found()
    return protocol is not None and protocol.hand_over(successor)


def _answer(problem: ProblemError) -> bytes:
    request_id = new_request_id()
    content = problems.document(problem, request_id)
    status = HTTPStatus(problem.status)
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"content-type: {problems.MEDIA_TYPE}",
        f"content-length: {len(content)}",
        f"x-request-id: {request_id}",
        "connection: close",
    ]
    if problem.retry_after_seconds is not None:
        lines.append(f"retry-after: {problem.retry_after_seconds}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def _too_large(most_bytes: int) -> ProblemError:
    return ProblemError(
        "headers_too_large",
        f"The request's address and headers have more than {most_bytes:,} bytes.",
        "Clear this site's cookies, or send what you want to send in the body.",
    )


def _too_slow() -> ProblemError:
    return ProblemError(
        "too_slow",
        "The rest of the request didn't come in time.",
        "Try again; if it stays so, the network between you and the server is too slow or full.",
    )


def _crowded() -> ProblemError:
    return ProblemError(
        "rate_limited",
        "Your address holds as many connections as it may.",
        "Close other tabs and programs that use this server, or wait a little. Organizers can "
        "raise HELDOUT_CONNECTIONS_PER_ADDRESS.",
        retry_after_seconds=TRY_AGAIN_SECONDS,
    )
