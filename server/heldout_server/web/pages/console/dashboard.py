"""The dashboard with the panic bar: each button one call of a service, each can be taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse

from heldout_server.acts import audit_log, undo
from heldout_server.acts.audit_log import Target
from heldout_server.competitions import freeze_and_reveal, settings_acts
from heldout_server.jobs import alerts
from heldout_server.people import lookup, participants
from heldout_server.submissions import moderation, organizer_list
from heldout_server.web.formats import counted, day_and_clock
from heldout_server.web.pages.console import announcements
from heldout_server.web.pages.console.dashboard_view import live_view, view
from heldout_server.web.pages.console.layout import HOME, Said
from heldout_server.web.pages.console.request import PRIVATE, Act, Looking, OwnersWork, Working
from heldout_server.web.pages.console.words import act_words

router = APIRouter(prefix="/c/{slug}")


@router.get("")
def dashboard(desk: Looking) -> Response:
    """What an organizer reads in three seconds."""
    return desk.show(view)


@router.get("/live")
def live(desk: Looking) -> Response:
    """The same, without the frame around it: fetched again when something happens."""
    return HTMLResponse(desk.html(live_view), headers=PRIVATE)


@router.post("/pause")
def pause(desk: Working) -> Response:
    """Take nothing new."""
    return desk.act(_pause, view=view, which="pause")


@router.post("/resume")
def resume(desk: Working) -> Response:
    """Go on, with or without the time that the pause took."""
    return desk.act(_resume, view=view, which="resume")


@router.post("/extend")
def extend(desk: Working) -> Response:
    """Close later, or (negative) earlier."""
    return desk.act(_extend, view=view, which="extend")


@router.post("/freeze")
def freeze(desk: Working) -> Response:
    """Let the board stand still from now on."""
    return desk.act(_freeze, view=view, which="freeze")


@router.post("/unfreeze")
def unfreeze(desk: Working) -> Response:
    """Let the board move again."""
    return desk.act(_unfreeze, view=view, which="unfreeze")


@router.post("/rank")
def rank(desk: OwnersWork) -> Response:
    """Rank prediction files, too, or models only."""
    return desk.act(_rank, view=view, which="rank")


@router.post("/held/{submission}/let-through")
def let_through(desk: Working, submission: str) -> Response:
    """Put a held file onto the board."""
    return desk.act(_let_through, view=view, which="held")


@router.post("/crowds/{alert}/seen")
def crowd_seen(desk: Working, alert: Annotated[int, Path(ge=1, lt=2**63)]) -> Response:
    """Somebody has looked at who makes many accounts."""
    return desk.act(_crowd_seen, view=view, which="crowd")


@router.post("/announce")
def announce(desk: Working) -> Response:
    """Tell the room."""
    return desk.act(announcements.tell_room, view=view, which="announce")


@router.post("/refund")
def refund(desk: Working) -> Response:
    """Give one participant one submission more."""
    return desk.act(_refund, view=view, which="refund")


@router.post("/undo")
def undo_last(desk: Working) -> Response:
    """Take back the act that the button named."""
    return desk.act(_undo, view=view, which="undo")


def _pause(act: Act) -> Said:
    settings_acts.pause(act.session, act.actor, act.competition, now=act.now)
    return Said(text="Paused. Nothing new is taken; what was announced before still arrives.")


def _resume(act: Act) -> Said:
    give_back = act.form.ticked("give_back_time")
    settings_acts.resume(
        act.session, act.actor, act.competition, give_back_time=give_back, now=act.now
    )  # fmt: skip
    return Said(text="Going on: submissions are taken again.")


def _extend(act: Act) -> Said:
    minutes = act.form.needed("minutes", "The number of minutes")
    competition = act.competition
    settings_acts.extend(act.session, act.actor, competition, minutes, now=act.now)
    closes = day_and_clock(competition.closes_at, competition.timezone)
    return Said(text=f"{minutes:+} min for everybody: it closes {closes}.")


def _freeze(act: Act) -> Said:
    freeze_and_reveal.freeze(act.session, act.actor, act.competition, now=act.now)
    return Said(text="The board stands still. Scoring goes on; people see their own scores.")


def _unfreeze(act: Act) -> Said:
    freeze_and_reveal.unfreeze(act.session, act.actor, act.competition, now=act.now)
    return Said(text="The board moves again, with all that arrived meanwhile.")


def _rank(act: Act) -> Said:
    files = act.form.text("predictions") == "yes"
    freeze_and_reveal.edit(
        act.session, act.actor, act.competition, {"rank_predictions": files}, now=act.now
    )  # fmt: skip
    if files:
        return Said(text="Prediction files are ranked, too.")
    return Said(text="Models only are ranked. Prediction files stand below them, in grey.")


def _let_through(act: Act) -> Said:
    found = organizer_list.of_competition(act.session, act.row_id, act.named("submission"))
    moderation.let_through(act.session, act.actor, found, now=act.now)
    return Said(text="Let through: it is on the board, by its score.", to=_home(act))


def _crowd_seen(act: Act) -> Said:
    alert = act.named("alert")
    alerts.resolve(act.session, int(alert), now=act.now)
    target = Target("alert", alert, act.row_id)
    audit_log.record(act.session, act.actor, "alert.resolve", target, None, None, act.now)
    return Said(text="The alarm is off; the audit log has who saw it.", to=_home(act))


def _home(act: Act) -> str:
    return f"{HOME}/c/{act.competition.slug}"


def _refund(act: Act) -> Said:
    found = lookup.named(act.session, act.competition, act.form.text("who"))
    extra = act.form.whole("extra", "The number of submissions") or 1
    reason = act.form.text("reason")
    participants.grant(act.session, act.actor, found, extra, reason=reason, now=act.now)
    number = counted(extra, "submission")
    return Said(
        text=f"“{found.name}” may send {number} more.",
    )


def _undo(act: Act) -> Said:
    expected = act.form.needed("act", "The act")
    undone = undo.undo_last(
        act.session, act.actor, act.competition, expected=expected, now=act.now
    )  # fmt: skip
    return Said(text=f"Undone: {undone.act.actor_name} {act_words(undone.act.action)}.", undoes=0)
