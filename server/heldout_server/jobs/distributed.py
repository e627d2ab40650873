"""The distributed engine: Procrastinate hands out tickets, the ledger decides who does what.

A ticket makes one thread serve the ledger until nothing is left, so a lost ticket costs a sweep's
interval and a surplus one costs a query. Everything else (claims, leases, heartbeats, recording)
is the embedded engine's, without threads of its own that look for work.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from heldout_server.jobs import tickets
from heldout_server.jobs.embedded import EmbeddedEngine, WorkerGroup

log = structlog.get_logger()

LOOK_SECONDS = 0.2
PAUSE_SECONDS = 1.0


@dataclass
class DistributedEngine:
    """Serves `groups` by tickets from the PostgreSQL at `conninfo`.

    `ledger_engine` has no groups of its own. When the database goes away the ticket worker ends
    and is started again; in-flight work goes on meanwhile.
    """

    ledger_engine: EmbeddedEngine
    groups: Sequence[WorkerGroup]
    conninfo: str
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Register, renew and sweep; then follow tickets."""
        self.ledger_engine.start()
        self._thread = threading.Thread(target=self._keep, name="heldout-tickets", daemon=True)
        self._thread.start()

    def stop(self, timeout_seconds: float = 4.0) -> None:
        """Claim nothing more, hand back what runs, and leave."""
        self._stop.set()
        self.ledger_engine.stop(timeout_seconds)
        if self._thread is not None:
            self._thread.join(timeout_seconds)

    def _keep(self) -> None:
        while not self._stop.is_set():
            if self.ledger_engine.draining:
                self._stop.wait(LOOK_SECONDS)
                continue
            try:
                asyncio.run(self._follow())
            except Exception as error:
                log.warning("tickets.lost", reason=type(error).__name__)
                self._stop.wait(PAUSE_SECONDS)

    async def _follow(self) -> None:
        """Follow tickets until we stop, drain, or lose the database."""
        app = tickets.listening_app(self.conninfo, self._serve)
        async with app.open_async():
            following = [
                asyncio.create_task(tickets.follow(app, group.pools, at_once=group.count))
                for group in self.groups
            ]
            while not self._must_end() and not any(task.done() for task in following):
                await asyncio.sleep(LOOK_SECONDS)
            for task in following:
                task.cancel()
            for outcome in await asyncio.gather(*following, return_exceptions=True):
                if isinstance(outcome, Exception):
                    raise outcome

    async def _serve(self, pool: str) -> None:
        """One ticket: work in a thread until nothing of its group waits."""
        pools = next(group.pools for group in self.groups if pool in group.pools)
        await asyncio.to_thread(self._serve_all, pools)

    def _serve_all(self, pools: Sequence[str]) -> None:
        while not self._must_end() and self.ledger_engine.serve_next(pools):
            continue

    def _must_end(self) -> bool:
        return self._stop.is_set() or self.ledger_engine.draining
