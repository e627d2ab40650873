"""What is done every few seconds: the roles that heal sweep the database, each process its files.

Workers don't heal: twenty of them would do so as often as twenty times, and whoever queues work is
there anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

import structlog

from heldout_server.finals import stroke_deletion
from heldout_server.kit.settings import Settings
from heldout_server.processes.installation import Installation
from heldout_server.submissions import retention
from heldout_server.submissions.blob_references import OrphanSweep, drop_rejected
from heldout_server.submissions.sweep import SweepRules, sweep

log = structlog.get_logger()

INCOMING_SECONDS = 3600.0


def sweep_rules(settings: Settings) -> SweepRules:
    """The sweep's limits, as they are set."""
    return SweepRules(
        lease_seconds=settings.lease_seconds,
        attempt_seconds=settings.attempt_seconds,
        silent_seconds=settings.worker_seconds,
        max_attempts=settings.max_attempts,
        events_kept=settings.events_kept,
    )


def sweep_files(installed: Installation) -> None:
    """Remove what this machine began to store and never finished."""
    installed.blobs.sweep_incoming(INCOMING_SECONDS, time.time())


@dataclass
class Upkeep:
    """One sweep a call, remembering how long the database has answered without a break.

    After an outage every worker has been silent: only once heartbeats had time to come again
    does silence mean death.
    """

    installed: Installation
    clock: Callable[[], datetime]
    monotonic: Callable[[], float] = time.monotonic
    _orphans: OrphanSweep = field(init=False)
    _steady_since: float | None = field(default=None)
    _last: float = field(default=0.0)

    def __post_init__(self) -> None:
        self._orphans = OrphanSweep(self.installed.database, self.installed.blobs)

    def __call__(self) -> None:
        """Sweep once."""
        rules = sweep_rules(self.installed.settings)
        with self.installed.database.write() as session:
            trust = self._steady_seconds() >= rules.silent_seconds
            found = sweep(session, now=self.clock(), rules=rules, trust_silence=trust)
        self._last = self.monotonic()
        noted = {name: number for name, number in asdict(found).items() if number}
        if noted:
            log.info("sweep.found", **noted)
        self._forget_due()
        self._delete_strokes()
        removed = drop_rejected(self.installed.database, self.installed.blobs)
        if removed:
            log.info("blobs.rejected_removed", removed=removed)
        sweep_files(self.installed)
        self._orphans.sweep_when_due(self._last)

    def _delete_strokes(self) -> None:
        now = self.clock()
        with self.installed.database.read() as session:
            are_over = stroke_deletion.outstanding(session, now=now)
        if are_over:
            with self.installed.database.write() as session:
                finals = stroke_deletion.delete_outstanding(session, now=now)
            log.info("final.strokes_deleted", finals=finals)

    def _forget_due(self) -> None:
        """Names and files whose time is over; the files go by the next line's sweep."""
        now = self.clock()
        with self.installed.database.read() as session:
            due = retention.outstanding(session, now=now)
        if due:
            with self.installed.database.write() as session:
                log.info("retention.forgot", competitions=retention.forget_due(session, now=now))

    def _steady_seconds(self) -> float:
        """Since when every sweep came in time."""
        now = self.monotonic()
        late = now - self._last > self.installed.settings.worker_seconds
        if self._steady_since is None or late:
            self._steady_since = now
        return now - self._steady_since
