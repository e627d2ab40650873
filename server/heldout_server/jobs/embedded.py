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

from heldout_server import logs
from heldout_server.db import Database
from heldout_server.jobs import ledger
from heldout_server.jobs.ledger import ANY_POOL, JOBS_TOPIC, Claim

log = structlog.get_logger()

IDLE_SECONDS = 1.0
SWEEP_SECONDS = 2.0
MANY = 1_000_000

Record = Callable[[Session], None]
"""Writes a job's outcome; run by the engine in the job's one transaction."""
Handler = Callable[[Claim, threading.Event], Record]
"""Does one step without holding a transaction; the event is set when the claim was lost."""


@dataclass(frozen=True)
class WorkerGroup:
    """`count` threads that serve `pools` with one handler a step."""

    name: str
    pools: tuple[str, ...]
    count: int


class Bell:
    """Wakes one idle worker of a group, or all of them.

    One each for the groups: workers that can't do the work would only fight for the database.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self.rung = 0

    def ring(self, *, everyone: bool = False) -> None:
        """There is work."""
        with self._condition:
            self.rung += 1
            self._condition.notify(MANY if everyone else 1)

    def wait(self, since: int, seconds: float) -> None:
        """Sleep, unless it has rung since `since`: between a claim and here, say."""
        with self._condition:
            if self.rung == since:
                self._condition.wait(seconds)


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
    _bells: dict[WorkerGroup, Bell] = field(default_factory=dict)
    _active: dict[Claim, threading.Event] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Take back what a killed predecessor held, then start every thread."""
        with self.database.write() as session:
            ledger.release_all(session)
        self.database.listen(self._committed)
        for group in self.groups:
            bell = self._bells[group] = Bell()
            for number in range(group.count):
                self._spawn(f"{group.name}-{number}", self._serve, group.pools, bell)
        self._spawn("leases", self._every, self.lease_seconds / 3, self._renew_active)
        self._spawn("sweep", self._every, SWEEP_SECONDS, self.sweep)

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """Stop claiming, cancel what runs (it will run again), and join the threads."""
        self._stop.set()
        self.database.unlisten(self._committed)
        for cancelled in list(self._active.values()):
            cancelled.set()
        for bell in self._bells.values():
            bell.ring(everyone=True)
        for thread in self._threads:
            thread.join(timeout_seconds)

    def _spawn(self, name: str, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=f"heldout-{name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _committed(self, topics: frozenset[str]) -> None:
        pools = {t.removeprefix(JOBS_TOPIC) for t in topics if t.startswith(JOBS_TOPIC)}
        for group, bell in self._bells.items():
            if ANY_POOL in pools:
                bell.ring(everyone=True)
            elif pools.intersection(group.pools):
                bell.ring()

    def _serve(self, pools: Sequence[str], bell: Bell) -> None:
        while not self._stop.is_set():
            rung = bell.rung
            claim = self._claim(pools)
            if claim is not None:
                self._work(claim)
            else:
                bell.wait(rung, IDLE_SECONDS)

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
        with logs.working_on(claim.submission_id, claim.step, claim.attempt):
            self._attempt(claim)

    def _attempt(self, claim: Claim) -> None:
        cancelled = self._active[claim] = threading.Event()
        if self._stop.is_set():
            cancelled.set()  # claimed in the moment of stopping, after `stop` looked
        try:
            record = self.handlers[claim.step](claim, cancelled)
            with self.database.write() as session:
                record(session)
        except Exception:
            log.exception("job.failed")
            self._release(claim)
        finally:
            del self._active[claim]

    def _release(self, claim: Claim) -> None:
        try:
            with self.database.write() as session:
                ledger.release(session, claim)
        except Exception:
            # The lease runs out by itself, so the submission is not stuck.
            log.exception("release.failed")

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
