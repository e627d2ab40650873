"""From committed events to everyone who waits: open streams and long polls, in this process.

One thread reads the event table after each commit that announced events, of this process or (by
the hub) of another; it wakes asyncio waiters. Routes then read what they need themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import STILL_KINDS, EventKind
from heldout_server.kit.db import Database
from heldout_server.leaderboard import visibility
from heldout_server.models import Event

log = structlog.get_logger()

# Only for a notification that was lost on the way.
POLL_SECONDS = 5.0
PING_SECONDS = 15.0
MOST_WAITING = 200
# Telling a waiter takes the loop some 0.1 ms. The first event goes out at once; what follows
# within this many times that long goes out together, so that a burst leaves the loop free.
SECONDS_A_LISTENER = 0.0003
LONGEST_GAP_SECONDS = 0.1
SLICE = 20
NOT_READ_AHEAD = STILL_KINDS | {EventKind.TIES_CHANGED}
"""News that a score which follows it mustn't wait for. What tells of work alone is small, and of
those who ask one reads for all; ties are asked for seconds later, or the next score brings them."""
# Reading a page takes some 10 ms; where it takes this long, boards are told first.
LONGEST_AHEAD_SECONDS = 0.15


@dataclass(frozen=True, eq=False)
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
        silenced = visibility.silenced(session, found)
        names = visibility.names_told(session, found)
        return [
            cls._of(event, names.get(event.id or 0), silent=event.id in silenced) for event in found
        ]

    @classmethod
    def _of(cls, event: Event, name: str | None, *, silent: bool) -> Heard:
        data = {} if silent else event.data
        if name is not None and "participant" in data:
            data = {**data, "participant": name}
        return cls(event.id or 0, event.kind, event.competition_id, event.submission_id, data)


Batch = tuple[Heard, ...]
"""What came together. Every waiter gets the same object, so that it is encoded once for all."""


class Listener:
    """One waiter on its own event loop; `overrun` when it read too slowly."""

    def __init__(self, submission_id: int | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        self.submission_id = submission_id
        self.overrun = False
        self._waiting: deque[Batch] = deque()
        self._news = asyncio.Event()

    async def batch(self, patience: float | None = None) -> Batch:
        """What has come since the last time; empty when it was woken for nothing, or after
        `patience` seconds.
        """
        if not self._waiting and patience is None:
            await self._news.wait()
        elif not self._waiting:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._news.wait()
        self._news.clear()
        if len(self._waiting) == 1:
            return self._waiting.popleft()
        found = tuple(itertools.chain.from_iterable(self._waiting))
        self._waiting.clear()
        return found

    def hear(self, batch: Batch) -> None:
        """Called on the loop."""
        if len(self._waiting) >= MOST_WAITING:
            self.overrun = True
        elif self.submission_id is None or any(self._concerns(heard) for heard in batch):
            self._waiting.append(batch)
        else:
            return
        self._news.set()

    def wake(self) -> None:
        """Called on the loop: look whether to end, or show that you are there."""
        self._news.set()

    def _concerns(self, heard: Heard) -> bool:
        return heard.kind == RESYNC or heard.submission_id == self.submission_id


class Hears(Protocol):
    """Whoever is told: a waiter, or an open board's connection. All is called on its loop."""

    loop: asyncio.AbstractEventLoop

    @property
    def submission_id(self) -> int | None:
        """The only submission that it wants to hear of."""

    def hear(self, batch: Batch) -> None:
        """Something happened."""

    def wake(self) -> None:
        """Look whether to end, or show that you are there."""


class EventStream:
    """Follows the event table and fans out to listeners.

    `prepare` is called before those who follow a board are told: it makes ready what their
    browsers will ask for at once. They wait for it for `patience` seconds. It must not raise.
    """

    def __init__(
        self,
        database: Database,
        prepare: Callable[[], None] = lambda: None,
        patience: float = LONGEST_AHEAD_SECONDS,
    ) -> None:
        self._database = database
        self._prepare = prepare
        self._patience = patience
        self._preparing: threading.Thread | None = None
        self._listeners: set[Hears] = set()
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
        """End the thread; open streams are woken and notice by `stopping`."""
        self._stop.set()
        self._wake.set()
        self._each_loop(_wake, self._those(lambda listener: True))
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
    async def listen(self, submission_id: int | None = None) -> AsyncIterator[Listener]:
        """Hear everything, or only what happens to one submission, until the block ends."""
        listener = Listener(submission_id)
        self.add(listener)
        try:
            yield listener
        finally:
            self.discard(listener)

    def add(self, listener: Hears) -> None:
        """Tell it everything from now on."""
        with self._lock:
            self._listeners.add(listener)

    def discard(self, listener: Hears) -> None:
        """Tell it nothing more."""
        with self._lock:
            self._listeners.discard(listener)

    def _committed(self, topics: frozenset[str]) -> None:
        if RESYNC in topics:
            self._resync.set()
        if topics & {events.EVENTS_TOPIC, RESYNC}:
            self._wake.set()

    def _follow(self) -> None:
        pinged = time.monotonic()
        while not self._stop.is_set():
            self._wake.wait(POLL_SECONDS)
            if time.monotonic() - pinged >= PING_SECONDS:
                # One timer for all: one in each stream costs more than what it waits for.
                pinged = time.monotonic()
                self._each_loop(_wake, self._those(lambda listener: True))
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
            self.last_id = found[-1].id
        if self._resync.is_set():
            self._resync.clear()
            found.append(Heard(self.last_id, RESYNC, 0, None, {}))
        if found:
            hear = partial(_hear, batch=tuple(found))
            # Who waits for a score of their own needn't wait for pages.
            own = self._those(lambda listener: listener.submission_id is not None)
            self._each_loop(hear, own)
            if any(one.kind not in NOT_READ_AHEAD for one in found):
                self._read_ahead()
            # Not by the same question: meanwhile somebody may have begun to wait for their own.
            told = self._each_loop(hear, self._those(lambda listener: listener not in own))
            self._stop.wait(min(told * SECONDS_A_LISTENER, LONGEST_GAP_SECONDS))

    def _read_ahead(self) -> None:
        """Have pages made ready, and wait for that, but not long: news is worth more."""
        if self._preparing is None or not self._preparing.is_alive():
            self._preparing = threading.Thread(target=self._prepare, name="ahead", daemon=True)
            self._preparing.start()
            self._preparing.join(self._patience)

    def _those(self, concerns: Callable[[Hears], bool]) -> set[Hears]:
        with self._lock:
            return {listener for listener in self._listeners if concerns(listener)}

    def _each_loop(
        self, say: Callable[[Sequence[Hears]], None], listeners: Collection[Hears]
    ) -> int:
        """Have every loop call `say` with those of the listeners that are its own; how many in all.

        One call for each loop: three hundred would wake it, and take its lock, as often.
        """
        for loop in {listener.loop for listener in listeners}:
            there = [listener for listener in listeners if listener.loop is loop]
            # The loop may have closed since the copy: nobody is waiting there.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_in_slices, loop, say, there)
        return len(listeners)


def _in_slices(
    loop: asyncio.AbstractEventLoop,
    say: Callable[[Sequence[Hears]], None],
    listeners: Sequence[Hears],
) -> None:
    """A few at a time, so that requests come between three hundred waiters that all wake."""
    say(listeners[:SLICE])
    if len(listeners) > SLICE:
        loop.call_soon(_in_slices, loop, say, listeners[SLICE:])


def _hear(listeners: Sequence[Hears], batch: Batch) -> None:
    for listener in listeners:
        listener.hear(batch)


def _wake(listeners: Sequence[Hears]) -> None:
    for listener in listeners:
        listener.wake()
