"""Webhooks: who outside the room hears of what, and whether the messages arrive."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from heldout_server.acts.registry import Secret
from heldout_server.models import Webhook, WebhookDelivery
from heldout_server.tasks import scores
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.forms import Form, plain, refusal, shaped
from heldout_server.web.pages.console.layout import Notice, OnePage
from heldout_server.web.pages.console.request import (
    FormContext,
    OwnersForm,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.webhooks import WebhookIn
from heldout_server.webhooks import deliveries, hooks, outbox
from heldout_server.webhooks.hooks import NewWebhook, Wish
from heldout_server.webhooks.news import TITLES, USUAL, Format
from heldout_server.webhooks.vault import LOST

router = Routes(prefix="/c/{slug}/webhooks")

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


def thresholds_of(form: Form, metric: str) -> list[float]:
    """Figures apart by commas or blanks, in percent where the metric is read so.

    Raises ProblemError `validation`.
    """
    words = form.text("thresholds").replace("%", " ").replace(",", " ").split()
    in_percent = scores.in_percent(metric)
    try:
        found = [float(plain(word)) for word in words]
    except ValueError:
        what, example = ("percentages", "98, 99") if in_percent else ("figures", "3.5, 3")
        raise refusal(f"Thresholds are {what}.", f"For example: {example}.", "thresholds") from None
    return [figure / 100 for figure in found] if in_percent else found


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
            "thresholds": thresholds_of(form, act.competition.metric),
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
