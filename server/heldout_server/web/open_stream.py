"""One open board's connection: what it is told is written to it, and nothing else is held for it.

A request takes some 40 KiB while it is answered: parser, scope, tasks and the frames of every
middleware. A board stays open for an evening, so its connection is handed over once the answer has
begun, and the request ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from heldout_server.web.connections import Successor
from heldout_server.web.event_encoding import END, STILL_HERE, chunk, in_a_chunk, reload_from
from heldout_server.web.event_stream import MOST_WAITING, Batch, EventStream

# A reader this far behind is cut off; its browser comes back and is told what it missed.
MOST_UNREAD_BYTES = 256 * 1024


class OpenStream(Successor):
    """Hears of everything and writes what concerns `competition`.

    What comes before the connection is handed over is kept, and written then.
    """

    __slots__ = (
        "_at_the_end", "_competition", "_held", "_hub", "_lost", "_seen", "_transport", "loop",
    )  # fmt: skip

    submission_id = None

    def __init__(
        self, hub: EventStream, competition: int, at_the_end: Callable[[], None] = lambda: None
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._hub = hub
        self._competition = competition
        self._seen = 0
        self._held: list[Batch] | None = []
        self._transport: asyncio.Transport | None = None
        self._at_the_end = at_the_end
        self._lost: Callable[[], None] | None = None
        hub.add(self)

    def sent_until(self, newest: int) -> None:
        """What was replayed, up to this event, is not told again."""
        self._seen = newest

    def take_over(self, transport: asyncio.Transport, at_the_end: Callable[[], None]) -> None:
        """Write what came meanwhile, and from now on whatever comes."""
        self._transport, self._lost = transport, at_the_end
        transport.set_write_buffer_limits(high=MOST_UNREAD_BYTES)
        held, self._held = self._held or [], None
        if len(held) >= MOST_WAITING:
            self._write(chunk(reload_from(held[-1][-1].id)))
        else:
            for batch in held:
                self.hear(batch)
        if self._hub.stopping:
            self.wake()

    def hear(self, batch: Batch) -> None:
        """Called on the loop."""
        if self._held is None:
            # Mostly nothing was replayed, and then the chunk is everybody's.
            after = self._seen if batch[0].id <= self._seen else 0
            self._write(in_a_chunk(batch, self._competition, after))
        elif len(self._held) < MOST_WAITING:
            self._held.append(batch)

    def wake(self) -> None:
        """Called on the loop: show that the server is there, or end with it."""
        if self._transport is None:
            return
        self._write(END if self._hub.stopping else STILL_HERE)
        if self._hub.stopping:
            self._transport.close()

    def pause_writing(self) -> None:
        """The other side doesn't read: let it come back."""
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has left, or was never there."""
        self._hub.discard(self)
        self._transport = None
        self._at_the_end()
        if self._lost is not None:
            self._lost()

    def _write(self, content: bytes) -> None:
        if content and self._transport is not None and not self._transport.is_closing():
            self._transport.write(content)
