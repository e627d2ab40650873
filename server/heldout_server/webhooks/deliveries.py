"""SQL of the outbox: what is due, who sends it, how it ended. At least once, never lost."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlmodel import Session, col

from heldout_server.models import DeliveryState, Webhook, WebhookDelivery
from heldout_server.webhooks.sending import Outcome

# Waits between tries: with the first one, eight tries over about four hours.
BACKOFF_SECONDS = (5, 30, 120, 600, 1800, 3600, 7200)
# A sender that died holds its message for so long.
LEASE_SECONDS = 60.0


def claim(session: Session, *, now: datetime) -> tuple[WebhookDelivery, Webhook] | None:
    """Take the message that is due first; None when there is none."""
    due = (
        select(WebhookDelivery, Webhook)
        .join(Webhook, col(Webhook.id) == col(WebhookDelivery.webhook_id))
        .where(
            col(WebhookDelivery.state) == DeliveryState.PENDING,
            col(WebhookDelivery.next_at) <= now,
        )
        .order_by(col(WebhookDelivery.next_at), col(WebhookDelivery.id))
        .limit(1)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
    )
    found = session.execute(due).first()
    if found is None:
        return None
    delivery, webhook = found
    delivery.token = secrets.token_hex(16)
    delivery.attempts += 1
    delivery.next_at = now + timedelta(seconds=LEASE_SECONDS)
    session.add(delivery)
    session.flush()
    return delivery, webhook


def finish(session: Session, delivery: WebhookDelivery, outcome: Outcome, *, now: datetime) -> None:
    """Write how the try ended, unless another sender has the message by now."""
    values: dict[str, object] = {
        "status": outcome.status,
        "problem": outcome.problem,
        "token": None,
        **_next(delivery.attempts, outcome, now),
    }
    session.execute(
        update(WebhookDelivery)
        .where(col(WebhookDelivery.id) == delivery.id, col(WebhookDelivery.token) == delivery.token)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def of_webhook(
    session: Session, webhook: Webhook, *, limit: int, before: int | None = None
) -> list[WebhookDelivery]:
    """A page of its messages, newest first; `before` is a row id."""
    query = select(WebhookDelivery).where(col(WebhookDelivery.webhook_id) == webhook.id)
    if before is not None:
        query = query.where(col(WebhookDelivery.id) < before)
    query = query.order_by(col(WebhookDelivery.id).desc()).limit(limit)
    return list(session.execute(query).scalars())


def _next(attempts: int, outcome: Outcome, now: datetime) -> dict[str, object]:
    if outcome.delivered:
        return {"state": DeliveryState.DELIVERED, "finished_at": now}
    if outcome.final or attempts > len(BACKOFF_SECONDS):
        return {"state": DeliveryState.FAILED, "finished_at": now}
    wait = outcome.retry_after_seconds or BACKOFF_SECONDS[attempts - 1]
    return {"next_at": now + timedelta(seconds=wait)}
