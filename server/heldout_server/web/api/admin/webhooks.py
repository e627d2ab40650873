"""Webhooks: who outside the room hears of what."""

from typing import Annotated

from fastapi import APIRouter, Depends

from heldout_server.models import Webhook
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer
from heldout_server.web.api.admin.scope import BeforeRow, Changed, LookedAt, PageLength, row_id
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.schemas.webhooks import (
    DeliveriesOut,
    DeliveryOut,
    NewWebhookOut,
    WebhookIn,
    WebhookOut,
    WebhooksOut,
)
from heldout_server.webhooks import deliveries, hooks, outbox
from heldout_server.webhooks.hooks import Wish
from heldout_server.webhooks.vault import Vault

router = APIRouter(prefix="/competitions/{slug}/webhooks")


def found(webhook_id: str, competition: Changed, session: WriteSession) -> Webhook:
    """The webhook, to change. Raises ProblemError `not_found`."""
    return hooks.by_public_id(session, row_id(competition), webhook_id)


Found = Annotated[Webhook, Depends(found, scope="function")]


@router.get("")
def list_webhooks(
    organizer: CallingOrganizer,
    competition: LookedAt,
    services: ServicesDep,
    session: ReadSession,
) -> WebhooksOut:
    """Every webhook, without its address and secret."""
    rows = hooks.of_competition(session, row_id(competition))
    return WebhooksOut(webhooks=[webhook_out(row, services.vault) for row in rows])


@router.post("", status_code=201)
def add_webhook(
    body: WebhookIn,
    actor: ActingOwner,
    competition: Changed,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> NewWebhookOut:
    """Add one. Address and secret are never shown again. Inverse: remove it."""
    wish = Wish(
        url=body.url,
        format=body.format,
        name=body.name,
        secret=body.secret,
        kinds=tuple(body.kinds),
        thresholds=tuple(body.thresholds),
    )
    private = services.settings.webhooks_private
    added = hooks.add(session, actor, competition, wish, services.vault, private=private, now=now)
    shown = webhook_out(added.webhook, services.vault)
    return NewWebhookOut(**shown.model_dump(), secret=added.secret)


@router.delete("/{webhook_id}")
def remove_webhook(
    actor: ActingOwner, webhook: Found, services: ServicesDep, session: WriteSession, now: Now
) -> WebhookOut:
    """Send nothing to it any more, nor what waits to be sent."""
    hooks.remove(session, actor, webhook, now=now)
    return webhook_out(webhook, services.vault)


@router.post("/{webhook_id}/test", status_code=202)
def test_webhook(
    actor: ActingOwner, webhook: Found, session: WriteSession, now: Now
) -> DeliveryOut:
    """Send a message on the way that all take; look at the deliveries for how it went."""
    made = outbox.send_test(session, actor, webhook, now=now)
    return DeliveryOut.model_validate(made)


@router.get("/{webhook_id}/deliveries")
def list_deliveries(
    webhook_id: str,
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
    limit: PageLength = 50,
    before: BeforeRow = None,
) -> DeliveriesOut:
    """Its messages, newest first: what was sent, what waits, what was given up."""
    webhook = hooks.by_public_id(session, row_id(competition), webhook_id)
    rows = deliveries.of_webhook(session, webhook, limit=limit + 1, before=before)
    shown = rows[:limit]
    return DeliveriesOut(
        deliveries=[DeliveryOut.model_validate(row) for row in shown],
        next=shown[-1].id if len(rows) > limit else None,
    )


def webhook_out(webhook: Webhook, vault: Vault) -> WebhookOut:
    """What is shown of it."""
    shown = {"name", "format", "host", "kinds", "thresholds", "created_at", "removed_at"}
    return WebhookOut(
        id=webhook.public_id,
        readable=vault.opens(webhook.url),
        **webhook.model_dump(include=shown),
    )
