"""The dashboard with the panic bar: each button one call of a service, each can be taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Response
from fastapi.responses import HTMLResponse

from heldout_server.acts import audit_log, undo
from heldout_server.acts.audit_log import Target
from heldout_server.competitions import freeze_and_reveal, schedule_acts
from heldout_server.competitions.settings_acts import edit_competition
from heldout_server.jobs import alerts
from heldout_server.people import lookup
from heldout_server.people.participant_acts import grant_submissions
from heldout_server.submissions import moderation
from heldout_server.web.organizer_acts import ACTS
from heldout_server.web.pages.console import act_forms, announcements
from heldout_server.web.pages.console.dashboard_view import live_view, view
from heldout_server.web.pages.console.layout import HOME, Notice
from heldout_server.web.pages.console.request import (
    PRIVATE,
    FormContext,
    FormSent,
    OwnersForm,
    Reading,
)
from heldout_server.web.pages.console.words import act_words
from heldout_server.web.routes import Routes

router = Routes(prefix="/c/{slug}")


@router.get("")
def dashboard(asked: Reading) -> Response:
    """What an organizer reads in three seconds."""
    return asked.show(view)


@router.get("/live")
def live(asked: Reading) -> Response:
    """The same, without the frame around it: fetched again when something happens."""
    return HTMLResponse(asked.html(live_view), headers=PRIVATE)


act_forms.add(
    router,
    view,
    {
        "/pause": schedule_acts.pause_competition,
        "/resume": schedule_acts.resume_competition,
        "/extend": schedule_acts.extend_competition,
        "/freeze": freeze_and_reveal.freeze_board,
        "/unfreeze": freeze_and_reveal.unfreeze_board,
    },
)
act_forms.add(
    router, view, {"/held/{submission_id}/let-through": moderation.let_submission_through}, below=3
)


@router.post("/rank")
def rank(asked: OwnersForm) -> Response:
    """Rank prediction files, too, or models only."""
    return asked.act(_rank, view=view, which="rank")


@router.post("/crowds/{alert}/seen")
def crowd_seen(asked: FormSent, alert: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    """Somebody has looked at who makes many accounts."""
    return asked.act(_crowd_seen, view=view, which="crowd")


@router.post("/announce")
def announce(asked: FormSent) -> Response:
    """Tell the room."""
    return asked.act(announcements.tell_room, view=view, which="announce")


@router.post("/refund")
def refund(asked: FormSent) -> Response:
    """Give one participant one submission more."""
    return asked.act(_refund, view=view, which="refund")


@router.post("/undo")
def undo_last(asked: FormSent) -> Response:
    """Take back the act that the button named."""
    return asked.act(_undo, view=view, which="undo")


def _rank(act: FormContext) -> Notice:
    files = act.form.text("predictions") == "yes"
    edit_competition.perform(act.context, act.competition, {"rank_predictions": files})
    if files:
        return Notice(text="Prediction files are ranked, too.")
    return Notice(text="Models only are ranked. Prediction files stand below them, in grey.")


def _crowd_seen(act: FormContext) -> Notice:
    alert = act.named("alert")
    alerts.resolve(act.session, int(alert), now=act.now)
    target = Target("alert", alert, act.row_id)
    audit_log.record(act.session, act.actor, "alert.resolve", target, None, None, act.now)
    return Notice(text="The alarm is off; the audit log has who saw it.", to=_home(act))


def _home(act: FormContext) -> str:
    return f"{HOME}/c/{act.competition.slug}"


def _refund(act: FormContext) -> Notice:
    found = lookup.named(act.session, act.competition, act.form.text("who"))
    return act_forms.perform(act, grant_submissions, participant_id=found.public_id)


def _undo(act: FormContext) -> Notice:
    expected = act.form.needed("act", "The act")
    undone = undo.undo_last(act.context, ACTS, expected=expected)
    return Notice(text=f"Undone: {undone.act.actor_name} {act_words(undone.act.action)}.", undoes=0)
