"""The organizers' queue: live, with buttons to cancel and to run again."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from heldout_server.errors import ProblemError
from heldout_server.models import Submission
from heldout_server.organizers import sessions
from heldout_server.submissions import control, queries
from heldout_server.submissions.queue_view import QueueOverview, overview
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.pages.console.desk import PRIVATE, SecretCookie, SignedIn
from heldout_server.web.pages.context import QueueStrip
from heldout_server.web.pages.queue_context import QueuePage
from heldout_server.web.pages.render import render

router = APIRouter(
    prefix="/organize/queue", include_in_schema=False, default_response_class=HTMLResponse
)


def browser_of_organizer(organizer: SignedIn, secret: SecretCookie = None) -> str:
    """The secret of a signed-in browser. Raises ProblemError `unauthorized`."""
    if organizer is None or secret is None:
        raise ProblemError("unauthorized", "This page is for organizers.", "Sign in at /organize.")
    return secret


Browser = Annotated[str, Depends(browser_of_organizer)]


def own_form(browser: Browser, csrf: Annotated[str, Form(max_length=100)] = "") -> None:
    """The form came from our own page. Raises ProblemError `forbidden`."""
    if csrf != sessions.form_token(browser):
        raise ProblemError(
            "forbidden", "This form was sent from elsewhere.", "Open the page again."
        )


@router.get("")
def show_queue(
    services: ServicesDep, session: ReadSession, organizer: SignedIn, secret: SecretCookie = None
) -> Response:
    """The queue now; the page asks again by itself."""
    if organizer is None or secret is None:
        return RedirectResponse("/organize", status_code=303)
    found = overview(session, silent_seconds=services.settings.worker_seconds)
    page = _page(found, csrf=sessions.form_token(secret))
    return HTMLResponse(render("organize_queue.html", page), headers=PRIVATE)


@router.post("/{submission_id}/cancel", dependencies=[Depends(own_form)])
def cancel(submission_id: str, session: WriteSession, now: Now) -> Response:
    """Stop the work on a submission; it can be run again."""
    control.cancel(session, _submission(session, submission_id), now=now)
    return RedirectResponse("/organize/queue", status_code=303)


@router.post("/{submission_id}/retry", dependencies=[Depends(own_form)])
def retry(submission_id: str, session: WriteSession, now: Now) -> Response:
    """Run a failed submission again, from where it stopped."""
    control.retry(session, _submission(session, submission_id), now=now)
    return RedirectResponse("/organize/queue", status_code=303)


def _submission(session: Session, public_id: str) -> Submission:
    found = queries.by_public_id(session, public_id)
    if found is None:
        raise ProblemError("not_found", "No submission has this id.")
    return found


def _page(found: QueueOverview, *, csrf: str) -> QueuePage:
    paused = found.maintenance
    return QueuePage(
        csrf=csrf,
        queue=QueueStrip(waiting=found.counts["waiting"], running=found.counts["running"]),
        waiting=found.waiting,
        running=found.running,
        failed=found.failed,
        workers=found.workers,
        alerts=tuple(alert.detail for alert in found.alerts),
        maintenance=None if paused is None else paused.reason or "no reason given",
    )
