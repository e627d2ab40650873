"""The embedded engine: threads of the server's own process that serve the ledger.

The sweep runs in the same way: outstanding work is a query, so a missed wake-up costs a second,
never a submission.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from sqlmodel import Session

from heldout_server.db import Database
from heldout_server.jobs import ledger
from heldout_server.jobs.ledger import JOBS_TOPIC, Claim

log = structlog.get_logger()

IDLE_SECONDS = 1.0
SWEEP_SECONDS = 2.0

Record = Callable[[Session], None]
"""Writes a job's outcome; run by the engine in the job's one transaction."""
Handler = Callable[[Claim, threading.Event], Record]
"""Does one step without holding a transaction; the event is set when the claim was lost."""


@dataclass(frozen=True)
class WorkerGroup:
    """`count` threads that serve `pools` with one handler a step."""

    name: str
    pools: Sequence[str]
    count: int


@dataclass
class EmbeddedEngine:
    """Runs handlers for queued steps, renews leases, and sweeps what was left behind."""

    database: Database
    handlers: Mapping[str, Handler]
    groups: Sequence[WorkerGroup]
    lease_seconds: float
    max_attempts: int
    sweep: Callable[[], None]
    _stop: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Condition = field(default_factory=threading.Condition)
    _commits_seen: int = 0
    _active: dict[Claim, threading.Event] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Take back what a killed predecessor held, then start every thread."""
        with self.database.write() as session:
            ledger.release_all(session)
        self.database.listen(self._committed)
        for group in self.groups:
            for number in range(group.count):
                self._spawn(f"{group.name}-{number}", self._serve, group.pools)
        self._spawn("leases", self._every, self.lease_seconds / 3, self._renew_active)
        self._spawn("sweep", self._every, SWEEP_SECONDS, self.sweep)

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """Stop claiming, cancel what runs (it will run again), and join the threads."""
        self._stop.set()
        self.database.unlisten(self._committed)
        for cancelled in list(self._active.values()):
            cancelled.set()
        with self._wake:
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _spawn(self, name: str, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=f"heldout-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _committed(self, topics: frozenset[str]) -> None:
        if JOBS_TOPIC in topics:
            with self._wake:
                self._commits_seen += 1
                self._wake.notify_all()

    def _serve(self, pools: Sequence[str]) -> None:
        while not self._stop.is_set():
            seen = self._commits_seen
            claim = self._claim(pools)
            if claim is not None:
                self._work(claim)
                continue
            with self._wake:
                # A commit between the claim and here has already notified: don't sleep on it.
                if self._commits_seen == seen:
                    self._wake.wait(IDLE_SECONDS)

    def _claim(self, pools: Sequence[str]) -> Claim | None:
        try:
            with self.database.write() as session:
                return ledger.claim_next(
                    session,
                    pools,
                    lease_seconds=self.lease_seconds,
                    max_attempts=self.max_attempts,
                )
        except Exception:
            log.exception("claim.failed")
            self._stop.wait(IDLE_SECONDS)
            return None

    def _work(self, claim: Claim) -> None:
        cancelled = self._active[claim] = threading.Event()
        if self._stop.is_set():
            cancelled.set()  # claimed in the moment of stopping, after `stop` looked
        try:
            record = self.handlers[claim.step](claim, cancelled)
            with self.database.write() as session:
                record(session)
        except Exception:
            log.exception("job.failed", submission=claim.submission_id, step=claim.step)
            self._release(claim)
        finally:
            del self._active[claim]

    def _release(self, claim: Claim) -> None:
        try:
            with self.database.write() as session:
                ledger.release(session, claim)
        except Exception:
            # The lease runs out by itself, so the submission is not stuck.
            log.exception("release.failed", submission=claim.submission_id)

    def _renew_active(self) -> None:
        for claim, cancelled in list(self._active.items()):
            with self.database.write() as session:
                if not ledger.renew(session, claim, lease_seconds=self.lease_seconds):
                    cancelled.set()

    def _every(self, seconds: float, action: Callable[[], None]) -> None:
        while not self._stop.wait(seconds):
            try:
                action()
            except Exception:
                log.exception("periodic.failed", thread=threading.current_thread().name)
