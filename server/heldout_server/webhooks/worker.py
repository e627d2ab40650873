"""Sends what is due, and notices what no event tells: the time, and a scorer that fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from heldout_server.kit.db import Database
from heldout_server.models import Webhook, WebhookDelivery
from heldout_server.webhooks import arrivals, deliveries, hooks, outbox
from heldout_server.webhooks.news import Message
from heldout_server.webhooks.sending import Outcome, Sender, Target
from heldout_server.webhooks.vault import Unreadable, Vault

log = structlog.get_logger()

REMOVED = Outcome(False, problem="The webhook was removed before this was sent.", final=True)


@dataclass(frozen=True)
class WebhookWorker:
    """Takes one message at a time: claimed in one transaction, sent in none, settled in another."""

    database: Database
    sender: Sender
    vault: Vault
    clock: Callable[[], datetime]
    problems: Callable[[], Sequence[str]]

    def work(self) -> bool:
        """Send the message that is due first. False: nothing is due."""
        with self.database.write() as session:
            claimed = deliveries.claim(session, now=self.clock())
        if claimed is None:
            return False
        delivery, webhook = claimed
        outcome = self._send(delivery, webhook)
        with self.database.write() as session:
            deliveries.finish(session, delivery, outcome, now=self.clock())
        return True

    def look(self) -> bool:
        """Write what the time and the scorer's health mean to the outbox; seal what isn't yet."""
        problems = self.problems()
        with self.database.write() as session:
            hooks.seal_all(session, self.vault)
            outbox.tell_the_time(session, now=self.clock())
            arrivals.tell(session, now=self.clock())
            outbox.tell_health(session, problems, now=self.clock())
        return False

    def _send(self, delivery: WebhookDelivery, webhook: Webhook) -> Outcome:
        if webhook.removed_at is not None:
            return REMOVED
        message = Message(
            id=delivery.public_id,
            kind=delivery.kind,
            text=delivery.text,
            data=delivery.data,
            created_at=delivery.created_at.isoformat(),
        )
        try:
            url, secret = self.vault.open(webhook.url), self.vault.open(webhook.secret)
        except Unreadable as lost:
            return Outcome(False, problem=str(lost))
        outcome = self.sender.send(Target(url, webhook.format, secret), message)
        # By its public id alone: the address is a secret.
        log.info("webhook.sent", webhook=webhook.public_id, status=outcome.status,
                 delivered=outcome.delivered)  # fmt: skip
        return outcome
