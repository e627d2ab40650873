"""The embedded engine: threads of the server's own process that serve the ledger.

The sweep runs in the same way: outstanding work is a query, so a missed wake-up costs a second,
never a submission.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from heldout_server.jobs import ledger, workers
from heldout_server.jobs.faults import (
    PAUSE_SECONDS,
    Elsewhere,
    FaultReport,
    Inconclusive,
    Interrupted,
    MachineFault,
)
from heldout_server.jobs.ledger import ANY_POOL, JOBS_TOPIC, Claim
from heldout_server.jobs.turns import UNLIMITED
from heldout_server.jobs.workers import Presence
from heldout_server.kit import logs
from heldout_server.kit.db import Database

log = structlog.get_logger()

IDLE_SECONDS = 1.0
SWEEP_SECONDS = 2.0
# Also how long running work may go on after it was cancelled.
LONGEST_PULSE_SECONDS = 2.0
SILENT_SECONDS = 6.0
MANY = 1_000_000

Handler = Callable[[Claim, threading.Event], Any]
"""Does one step without holding a transaction, and answers what it found; the event is set when
the claim was lost."""
Record = Callable[[Session, Claim, Any], None]
"""Writes what a handler found; called by the engine in the job's one transaction."""


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
    """Runs handlers for queued steps, has what they find recorded, renews leases, and sweeps.

    `presence` is this process in the table of workers; None: it only sweeps. `alone`: nobody else
    works on this database, so what runs when we start was left by a killed predecessor. Workers
    silent for `silent_seconds` have no slots.
    """

    database: Database
    handlers: Mapping[str, Handler]
    record: Record
    groups: Sequence[WorkerGroup]
    lease_seconds: float
    max_attempts: int
    sweep: Callable[[], None]
    presence: Presence | None = None
    alone: bool = False
    most_running: int = UNLIMITED
    silent_seconds: float = SILENT_SECONDS
    _stop: threading.Event = field(default_factory=threading.Event)
    _bells: dict[WorkerGroup, Bell] = field(default_factory=dict)
    _active: dict[Claim, threading.Event] = field(default_factory=dict)
    _threads: list[threading.Thread] = field(default_factory=list)
    _faults: FaultReport = field(init=False)

    def __post_init__(self) -> None:
        name = self.presence.name if self.presence else "this server"
        self._faults = FaultReport(self.database, name)

    def start(self) -> None:
        """Register, take back what a killed predecessor held, then start every thread."""
        with self.database.write() as session:
            if self.alone:
                ledger.release_all(session)
            if self.presence is not None:
                self.presence.beat(session)
        self.database.listen(self._committed)
        for group in self.groups:
            bell = self._bells[group] = Bell()
            for number in range(group.count):
                self._spawn(f"{group.name}-{number}", self._serve, group.pools, bell)
        pulse = min(self.lease_seconds / 3, LONGEST_PULSE_SECONDS)
        self._spawn("pulse", self._every, pulse, self._pulse)
        self._spawn("sweep", self._every, SWEEP_SECONDS, self.sweep)

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """Stop claiming, cancel what runs (it will run again), and join the threads."""
        self._stop.set()
        self.database.unlisten(self._committed)
        for cancelled in list(self._active.values()):
            cancelled.set()
        for bell in self._bells.values():
            bell.ring(everyone=True)
        deadline = time.monotonic() + timeout_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._leave()

    def serve_next(self, pools: Sequence[str]) -> bool:
        """Do one step of these pools in this thread; False when there was nothing to do."""
        claim = None if self._stop.is_set() else self._claim(pools)
        if claim is None:
            return False
        self._work(claim)
        return True

    @property
    def draining(self) -> bool:
        """Whether this worker was told to claim nothing more."""
        return self.presence is not None and self.presence.draining

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
            if not self.serve_next(pools):
                bell.wait(rung, IDLE_SECONDS)

    def _claim(self, pools: Sequence[str]) -> Claim | None:
        if self.draining:
            return None
        try:
            # Whoever has nothing to do looks every second: writers needn't wait for that.
            with self.database.read() as session:
                if not ledger.is_waiting(session, pools):
                    return None
            with self.database.write() as session:
                return ledger.claim_next(
                    session,
                    pools,
                    slots=self._slots(session, pools),
                    lease_seconds=self.lease_seconds,
                    max_attempts=self.max_attempts,
                    most_running=self.most_running,
                    worker_id=self.presence.id if self.presence else None,
                )
        except Exception:
            log.exception("claim.failed")
            self._stop.wait(IDLE_SECONDS)
            return None

    def _slots(self, session: Session, pools: Sequence[str]) -> int:
        """How much all workers do at once; where none of them says so, there is no last slot."""
        return workers.slots_of(session, pools, silent_seconds=self.silent_seconds) or UNLIMITED

    def _work(self, claim: Claim) -> None:
        with logs.working_on(claim.submission_id, claim.step, claim.attempt):
            self._attempt(claim)

    def _attempt(self, claim: Claim) -> None:
        cancelled = self._active[claim] = threading.Event()
        if self._stop.is_set():
            cancelled.set()  # claimed in the moment of stopping, after `stop` looked
        try:
            found = self.handlers[claim.step](claim, cancelled)
            with self.database.write() as session:
                self.record(session, claim, found)
            self._faults.clear()
        except Exception as error:
            self._failed(claim, error)
        finally:
            del self._active[claim]

    def _failed(self, claim: Claim, error: Exception) -> None:
        """Nothing was found: say why, give the work back, and wait where the machine is at fault.

        Called while `error` is handled, so that the log has its traceback.
        """
        match error:
            case MachineFault() | OperationalError():
                log.warning("worker.unfit", submission=claim.submission_id, reason=str(error))
            case Elsewhere():
                log.info("job.passed_on", pool=error.pool, reason=str(error))
            case Inconclusive():
                log.warning("job.inconclusive", **error.ending)
            case Interrupted():
                log.warning("job.interrupted", reason=str(error))
            case _:
                log.exception("job.failed")
        self._release(claim, error)
        if isinstance(error, (MachineFault, OperationalError)):
            self._wait_for_repair(error)

    def _wait_for_repair(self, error: Exception) -> None:
        """The machine is at fault: organizers are told, and we don't spin."""
        if self._stop.is_set():
            return  # what we stop ourselves is no fault
        reason = str(error) if isinstance(error, MachineFault) else "the database can't be written"
        try:
            self._faults.add(reason)
        except Exception:
            log.exception("alert.failed")
        self._stop.wait(PAUSE_SECONDS)

    def _release(self, claim: Claim, error: Exception) -> None:
        try:
            with self.database.write() as session:
                self._give_back(session, claim, error)
        except Exception:
            # The lease runs out by itself, so the submission is not stuck.
            log.exception("release.failed")

    def _give_back(self, session: Session, claim: Claim, error: Exception) -> None:
        """What the attempt costs the file: nothing, where it was the machine's or we stop."""
        match error:
            case _ if self._stop.is_set():
                ledger.hand_back(session, claim)
            case MachineFault() | OperationalError():
                ledger.hand_back(session, claim)
            case Elsewhere():
                ledger.pass_on(session, claim, pool=error.pool)
            case Interrupted():
                ledger.interrupt(session, claim)
            case Inconclusive():
                ledger.release(session, claim, ending=error.ending)
            case _:
                ledger.release(session, claim)

    def _pulse(self) -> None:
        """One heartbeat, and one renewal of each claim; work whose claim was lost is told."""
        with self.database.write() as session:
            if self.presence is not None:
                self.presence.beat(session)
            for claim, cancelled in list(self._active.items()):
                if not ledger.renew(session, claim, lease_seconds=self.lease_seconds):
                    cancelled.set()

    def _leave(self) -> None:
        if self.presence is None:
            return
        try:
            with self.database.write() as session:
                self.presence.leave(session)
        except Exception:
            log.exception("worker.leave_failed", worker=self.presence.id)

    def _every(self, seconds: float, action: Callable[[], None]) -> None:
        while not self._stop.wait(seconds):
            try:
                action()
            except Exception:
                log.exception("periodic.failed", thread=threading.current_thread().name)
