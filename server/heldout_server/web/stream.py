"""From committed events to everyone who waits: open streams and long polls, in this process.

One thread reads the event table after each commit that announced events, of this process or (by
the hub) of another; it wakes asyncio waiters. Routes then read what they need themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from sqlmodel import Session

from heldout_server import events
from heldout_server.db import Database
from heldout_server.hub import RESYNC
from heldout_server.leaderboard import telling
from heldout_server.models import Event

log = structlog.get_logger()

# Only for a notification that was lost on the way.
POLL_SECONDS = 2.0
QUEUE_LENGTH = 200


@dataclass(frozen=True)
class Heard:
    """An event as it travels to a waiter; public data only."""

    id: int
    kind: str
    competition_id: int
    submission_id: int | None
    data: dict[str, object]

    @classmethod
    def among(cls, session: Session, found: Sequence[Event]) -> list[Heard]:
        """What may be told of these rows now, which may be less than when they were written."""
        silenced = telling.silenced(session, found)
        return [cls._of(event, silent=event.id in silenced) for event in found]

    @classmethod
    def _of(cls, event: Event, *, silent: bool) -> Heard:
        data = {} if silent else event.data
        return cls(event.id or 0, event.kind, event.competition_id, event.submission_id, data)


class Listener:
    """One waiter's inbox, on its own event loop; `overrun` when it read too slowly."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.inbox: asyncio.Queue[Heard] = asyncio.Queue(QUEUE_LENGTH)
        self.overrun = False

    def hear(self, event: Heard) -> None:
        """Called on the loop."""
        try:
            self.inbox.put_nowait(event)
        except asyncio.QueueFull:
            self.overrun = True


class EventStream:
    """Follows the event table and fans out to listeners."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._resync = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="heldout-events", daemon=True)
        self.last_id = 0

    def start(self) -> None:
        """Begin after the newest event there is."""
        with self._database.read() as session:
            self.last_id = events.latest_id(session)
        self._database.listen(self._committed)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; open streams notice by `stopping`."""
        self._stop.set()
        self._wake.set()
        self._database.unlisten(self._committed)
        if self._thread.is_alive():
            self._thread.join(5)

    @property
    def stopping(self) -> bool:
        """Whether streams should end."""
        return self._stop.is_set()

    @property
    def listening(self) -> int:
        """How many streams and long polls are open."""
        with self._lock:
            return len(self._listeners)

    @asynccontextmanager
    async def listen(self) -> AsyncIterator[Listener]:
        """An inbox that fills until the block ends."""
        listener = Listener()
        with self._lock:
            self._listeners.add(listener)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _committed(self, topics: frozenset[str]) -> None:
        if RESYNC in topics:
            self._resync.set()
        if topics & {events.EVENTS_TOPIC, RESYNC}:
            self._wake.set()

    def _follow(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()
            try:
                self._spread()
            except Exception:
                log.exception("events.unreadable")
                self._stop.wait(1)

    def _spread(self) -> None:
        with self._database.read() as session:
            found = Heard.among(session, events.since(session, self.last_id))
        if found:
            self._tell(found)
            self.last_id = found[-1].id
        if self._resync.is_set():
            self._resync.clear()
            self._tell([Heard(self.last_id, RESYNC, 0, None, {})])

    def _tell(self, found: Sequence[Heard]) -> None:
        with self._lock:
            listeners = list(self._listeners)
        # One call for each loop: three hundred would wake it, and take its lock, as often.
        for loop in {listener.loop for listener in listeners}:
            there = [listener for listener in listeners if listener.loop is loop]
            # The loop may have closed since the copy: nobody is waiting there.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_hear, there, found)


def _hear(listeners: Sequence[Listener], found: Sequence[Heard]) -> None:
    for listener in listeners:
        for event in found:
            listener.hear(event)
