"""Faults of the machine, not of a file: work waits, organizers are told, and it heals by itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from heldout_server.jobs import alerts
from heldout_server.kit.db import Database, database_now

PAUSE_SECONDS = 2.0
"""Before a worker that couldn't work claims again."""
KIND = "worker.unfit"
FILE_GONE = "file gone"
"""How an attempt ended that found nothing in the file store."""


class MachineFault(Exception):
    """This worker can't do any work of this kind now; the text says why and quotes no label."""


class Elsewhere(Exception):
    """This worker lacks what the work needs; those of another `pool` have it. The text says why."""

    def __init__(self, pool: str, reason: str) -> None:
        super().__init__(reason)
        self.pool = pool


class Inconclusive(Exception):
    """An attempt that decided nothing about the file; `ending` is remembered for the next one.

    `ending` is made of plain values; `ended` in it is a word for organizers.
    """

    def __init__(self, ending: dict[str, Any]) -> None:
        super().__init__(f"the attempt ended with {ending['ended']}")
        self.ending = ending


class Interrupted(Exception):
    """What the work hung on has ended: an attempt that is nobody's, unless it was alone in it."""


@dataclass
class FaultReport:
    """One open alert for each reason why `worker` can't work, resolved by its next success."""

    database: Database
    worker: str
    _open: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, reason: str) -> None:
        """Raise the alert, once until it is cleared."""
        with self._lock:
            if reason in self._open:
                return
            with self.database.write() as session:
                alert = alerts.raise_alert(
                    session, KIND, f"{self.worker}: {reason}", now=database_now(session)
                )
                assert alert.id is not None
                self._open[reason] = alert.id

    def clear(self) -> None:
        """Work was done, so whatever was wrong is over. Costs nothing when nothing was."""
        if not self._open:
            return
        with self._lock, self.database.write() as session:
            for alert_id in self._open.values():
                alerts.resolve(session, alert_id, now=database_now(session))
            self._open.clear()
