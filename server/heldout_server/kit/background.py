"""Work beside the queue: a thread that does one kind of work whenever there is some."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from heldout_server.kit.db import Database

log = structlog.get_logger()

LONGEST_STOP_SECONDS = 5.0


class BackgroundWorker(Protocol):
    """Something that goes on beside the queue, in a thread of its own."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End after the piece of work under way."""


@dataclass
class Background:
    """Calls `work` until it returns False, then waits for `topic` or `idle_seconds`.

    `pause_seconds` lie between two calls at least: a burst of news is one call, not fifty. Each
    call comes `delay_seconds` after the news: what nobody waits for leaves the moment to others,
    and a server's first one to those who open its pages.

    `work` finds its work in the database, so a missed wake-up only costs the idle time, and two
    processes that both run it share it by leases.
    """

    name: str
    database: Database
    work: Callable[[], bool]
    topic: str
    idle_seconds: float
    pause_seconds: float = 0.0
    delay_seconds: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self.database.listen(self._committed)
        self._thread = threading.Thread(target=self._run, name=f"heldout-{self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the piece of work under way."""
        self._stop.set()
        self._wake.set()
        self.database.unlisten(self._committed)
        if self._thread is not None:
            self._thread.join(LONGEST_STOP_SECONDS)

    def _committed(self, topics: frozenset[str]) -> None:
        if self.topic in topics:
            self._wake.set()

    def _run(self) -> None:
        while not self._stop.wait(self.delay_seconds):
            self._wake.clear()
            if not self._worked():
                self._wake.wait(self.idle_seconds)
            self._stop.wait(self.pause_seconds)

    def _worked(self) -> bool:
        try:
            return self.work()
        except Exception:
            log.exception("background.failed", name=self.name)
            self._stop.wait(1.0)
            return False
