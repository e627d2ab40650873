"""The queue of the whole server: live, with buttons to cancel and to run again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import Response
from fastapi.responses import HTMLResponse

from heldout_server.acts.registry import AnyAct, NoFields, Performed
from heldout_server.jobs.workers import SeenWorker
from heldout_server.models import Competition
from heldout_server.submissions import queries, rerun
from heldout_server.submissions.queue_view import QueueLine, overview
from heldout_server.web.pages.console.layout import HOME, ConsolePage, Notice
from heldout_server.web.pages.console.request import (
    PRIVATE,
    FormContext,
    FormSent,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.pages import QueueStrip

router = Routes(prefix="/queue")

PATH = f"{HOME}/queue"


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


@router.get("")
def queue(asked: Reading) -> Response:
    """The queue now."""
    return asked.show(view)


@router.get("/live")
def live(asked: Reading) -> Response:
    """The same, without the frame around it: the page asks again by itself."""
    return HTMLResponse(asked.html(live_view), headers=PRIVATE)


@router.post("/{submission_id}/cancel")
def cancel(submission_id: str, asked: FormSent) -> Response:
    """Stop the work on a submission; it can be run again."""
    return asked.act(_cancel, view=view, which="queue")


@router.post("/{submission_id}/retry")
def retry(submission_id: str, asked: FormSent) -> Response:
    """Run a failed submission again, from where it stopped."""
    return asked.act(_retry, view=view, which="queue")


def view(look: PageContext) -> TemplatePage:
    """The page."""
    return "organize/queue.html", _page(look)


def live_view(look: PageContext) -> TemplatePage:
    """Its part that changes."""
    return "organize/_queue.html", _page(look)


def _page(look: PageContext) -> QueuePage:
    found = overview(look.session, silent_seconds=look.services.settings.worker_seconds)
    paused = found.maintenance
    return QueuePage(
        frame=look.section("queue"),
        queue=QueueStrip(waiting=found.counts["waiting"], running=found.counts["running"]),
        waiting=found.waiting,
        running=found.running,
        failed=found.failed,
        workers=found.workers,
        alerts=tuple(alert.detail for alert in found.alerts),
        maintenance=None if paused is None else paused.reason or "no reason given",
    )


def _cancel(act: FormContext) -> Notice:
    return _perform(act, rerun.cancel_submission)


def _retry(act: FormContext) -> Notice:
    return _perform(act, rerun.retry_submission)


def _perform(it: FormContext, act: AnyAct) -> Notice:
    """The queue is of all competitions: the submission says of which, and that one is held."""
    submission = queries.require(it.session, it.named("submission_id"))
    found = it.session.get_one(Competition, submission.competition_id, with_for_update=True)
    context = replace(it.context, found=found)
    result = act.perform(context, submission, NoFields())
    return Notice(text=act.told(Performed(context, submission, NoFields(), result)), to=PATH)
