"""What the queue page shows."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.jobs.workers import SeenWorker
from heldout_server.submissions.queue_view import QueueLine
from heldout_server.web.pages.console.layout import ConsolePage
from heldout_server.web.view_models.pages import QueueStrip


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage(ConsolePage):
    """Who waits, who runs where, what failed, of every competition.

    `maintenance` says why nothing is claimed; None while work is claimed.
    """

    queue: QueueStrip
    waiting: tuple[QueueLine, ...] = ()
    running: tuple[QueueLine, ...] = ()
    failed: tuple[QueueLine, ...] = ()
    workers: tuple[SeenWorker, ...] = ()
    alerts: tuple[str, ...] = ()
    maintenance: str | None = None
