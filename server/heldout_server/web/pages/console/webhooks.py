"""Webhooks: who outside the room hears of what, and whether the messages arrive."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from heldout_server.acts.registry import Secret
from heldout_server.models import Webhook, WebhookDelivery
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.forms import Form, refusal, shaped
from heldout_server.web.pages.console.layout import Notice, OnePage
from heldout_server.web.pages.console.request import (
    FormContext,
    OwnersForm,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.schemas.webhooks import WebhookIn
from heldout_server.webhooks import deliveries, hooks, outbox
from heldout_server.webhooks.hooks import NewWebhook, Wish
from heldout_server.webhooks.news import TITLES, USUAL, Format
from heldout_server.webhooks.vault import LOST

router = APIRouter(prefix="/c/{slug}/webhooks")

DELIVERIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One webhook with its newest messages; `lost` says why its address can't be read."""

    row: Webhook
    lost: str | None
    news: tuple[str, ...]
    deliveries: tuple[WebhookDelivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhooksPage(OnePage):
    """Every webhook; `usual` news are marked in the form; `is_busy`: a message is on its way."""

    hooks: tuple[Hook, ...]
    news: tuple[tuple[str, str], ...]
    usual: frozenset[str]
    formats: tuple[str, ...]
    is_busy: bool


@router.get("")
def webhooks(asked: Reading) -> Response:
    """The list and the form."""
    return asked.show(view)


@router.post("/add")
def add(asked: OwnersForm) -> Response:
    """Add one; a secret that was made up is shown once."""
    return asked.act(_add, view=view, which="add")


def view(look: PageContext) -> TemplatePage:
    """The page."""
    found = tuple(_hook(look, row) for row in hooks.of_competition(look.session, look.row_id))
    page = WebhooksPage(
        frame=look.section("webhooks"),
        competition=look.view,
        hooks=found,
        news=tuple((kind.value, title) for kind, title in TITLES.items()),
        usual=frozenset(kind.value for kind in USUAL),
        formats=tuple(one.value for one in Format),
        is_busy=any(one.state == "pending" for hook in found for one in hook.deliveries),
    )
    return "organize/webhooks.html", page


def thresholds_of(form: Form) -> list[float]:
    """Percentages apart by commas or blanks, as shares. Raises ProblemError `validation`."""
    words = form.text("thresholds").replace("%", " ").replace(",", " ").split()
    try:
        return [float(word) / 100 for word in words]
    except ValueError:
        raise refusal(
            "Thresholds are percentages.", "For example: 98, 99.", "thresholds"
        ) from None  # fmt: skip


def _hook(look: PageContext, row: Webhook) -> Hook:
    return Hook(
        row=row,
        lost=None if look.services.vault.opens(row.url) else LOST,
        news=tuple(title for kind, title in TITLES.items() if kind in row.kinds),
        deliveries=tuple(deliveries.of_webhook(look.session, row, limit=DELIVERIES)),
    )


def _add(act: FormContext) -> Notice:
    form = act.form
    body = shaped(
        WebhookIn,
        {
            "url": form.text("url"),
            "format": form.text("format"),
            "name": form.text("name"),
            "kinds": form.all("kinds"),
            "thresholds": thresholds_of(form),
        },
    )
    wish = Wish(
        url=body.url,
        format=body.format,
        name=body.name,
        kinds=tuple(body.kinds),
        thresholds=tuple(body.thresholds),
    )
    private = act.services.settings.webhooks_private
    given = NewWebhook(wish, act.services.vault, private)
    added = hooks.add_webhook.perform(act.context, act.competition, given)
    text = f"“{added.webhook.name}” is added. Test it: what works now works in the event."
    secret = Secret(
        label="Signing secret",
        value=added.secret or "",
        note="Each message carries Heldout-Signature, made with it.",
    )
    needed = body.format is Format.JSON and added.secret
    return Notice(text=text, secrets=(secret,) if needed else ())


act_forms.add(router, view, {"/test": outbox.test_webhook, "/remove": hooks.remove_webhook})
