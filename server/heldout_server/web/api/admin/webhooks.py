"""Webhooks: who outside the room hears of what."""

from heldout_server.acts.registry import ActContext, NoFields
from heldout_server.models import Webhook
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer
from heldout_server.web.api.admin.competitions import ToChange
from heldout_server.web.api.admin.scope import BeforeRow, LookedAt, PageLength, row_id
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.webhooks import (
    DeliveriesOut,
    DeliveryOut,
    NewWebhookOut,
    WebhookIn,
    WebhookOut,
    WebhooksOut,
)
from heldout_server.webhooks import deliveries, hooks
from heldout_server.webhooks.hooks import WEBHOOK, NewWebhook, Wish
from heldout_server.webhooks.vault import Vault

router = Routes()
WEBHOOKS = "/competitions/{slug}/webhooks"


@router.get(WEBHOOKS)
def list_webhooks(
    organizer: CallingOrganizer,
    competition: LookedAt,
    services: ServicesDep,
    session: ReadSession,
) -> WebhooksOut:
    """Every webhook, without its address and secret."""
    rows = hooks.of_competition(session, row_id(competition))
    return WebhooksOut(webhooks=[webhook_out(row, services.vault) for row in rows])


@router.post(WEBHOOKS, status_code=201)
def add_webhook(
    body: WebhookIn,
    actor: ActingOwner,
    competition: ToChange,
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
    given = NewWebhook(wish, services.vault, private)
    added = hooks.add_webhook.perform(
        ActContext(session, actor, now, competition), competition, given
    )
    shown = webhook_out(added.webhook, services.vault)
    return NewWebhookOut(**shown.model_dump(), secret=added.secret)


@router.delete(WEBHOOK.path)
def remove_webhook(
    webhook_id: str,
    actor: ActingOwner,
    competition: ToChange,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> WebhookOut:
    """Send nothing to it any more, nor what waits to be sent."""
    context = ActContext(session, actor, now, competition)
    webhook = WEBHOOK.find(context, {"webhook_id": webhook_id})
    hooks.remove_webhook.perform(context, webhook, NoFields())
    return webhook_out(webhook, services.vault)


@router.get(WEBHOOK.path + "/deliveries")
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
