"""One's own page: every try, final choice, team, name, code, data, leaving."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from heldout_server.acts.registry import ActContext
from heldout_server.exporting import participant_data
from heldout_server.models import Participant
from heldout_server.people import account_deletion, account_merge, sign_ins, teams
from heldout_server.people.participant_acts import CodeIn, NewCode, renew_participant_code
from heldout_server.submissions import final_selection
from heldout_server.web.deps import ReadTurn, ShowTurn
from heldout_server.web.guess_limits import TeamGuess
from heldout_server.web.pages.console.forms import Form
from heldout_server.web.pages.me.request import MyFormSent, MyReading
from heldout_server.web.routes import Routes
from heldout_server.web.signed_in import PRIVATE, forget, keep_code

LONGEST_TYPED = 200
router = Routes(prefix="/c/{slug}/me", include_in_schema=False, default_response_class=HTMLResponse)


@router.get("")
def my_page(
    asked: MyReading, turn: ShowTurn, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The page."""
    return asked.show(done=done)


@router.get("/now")
def my_tries(asked: MyReading, turn: ShowTurn) -> Response:
    """The part of the page that changes while one waits."""
    return asked.show("_me_now.html")


@router.get("/rows")
def my_rows(asked: MyReading, turn: ShowTurn) -> Response:
    """The rows of the board that whoever asks may see beside everybody's, for the board's page."""
    return asked.show_rows()


@router.get("/data")
def my_data(asked: MyReading, turn: ReadTurn) -> Response:
    """Everything that is kept of whoever asks, as JSON."""
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="heldout-data.json"'}
    with asked.services.database.read() as session:
        found = participant_data.everything_about(session, asked.who.participant)
    return JSONResponse(found, headers=headers)


@router.post("/star")
def star(asked: MyFormSent) -> Response:
    """Choose a submission for the reveal, or take the star off again."""
    return asked.act(_star, which="star", done="star")


@router.post("/name")
def rename(asked: MyFormSent) -> Response:
    """Another display name, once."""
    return asked.act(_rename, which="name", done="name")


@router.post("/team")
def make_team(asked: MyFormSent) -> Response:
    """A team, with oneself as its captain."""
    return asked.act(_make_team, which="team", done="team")


@router.post("/team/join")
def join_team(guess: TeamGuess, asked: MyFormSent) -> Response:
    """Into the team whose code was typed."""

    def do(context: ActContext, me: Participant, form: Form) -> None:
        with guess.wrong_on("forbidden"):
            teams.join(context, me, form.text("code"))

    return asked.act(do, which="join-team", done="team")


@router.post("/team/leave")
def leave_team(asked: MyFormSent) -> Response:
    """On one's own again."""
    return asked.act(_leave_team, which="leave-team", done="alone")


@router.post("/code")
def renew_code(asked: MyFormSent) -> Response:
    """A new personal code, which this browser keeps."""
    new = asked.done(partial(_renew_code, asked.who.secret))
    assert isinstance(new, NewCode)
    answer = asked.go("code")
    secret = asked.who.secret
    keep_code(answer, new.personal_code, secret, slug=asked.slug, secure=asked.secure)
    return answer


@router.post("/sign-out")
def sign_out(asked: MyFormSent) -> Response:
    """Nobody in this browser any more; other machines stay signed in."""
    asked.done(lambda context, me, form: sign_ins.end(context.session, asked.who.secret))
    return _gone(asked)


@router.post("/delete")
def delete_me(asked: MyFormSent) -> Response:
    """Forget who I was. Has no inverse."""
    answer = asked.act(_leave, which="delete", done="")
    return _gone(asked) if answer.status_code == 303 else answer


def _gone(asked: MyFormSent) -> Response:
    answer = RedirectResponse(f"/c/{asked.slug}/join?left=true", 303, headers=PRIVATE)
    forget(answer, asked.slug)
    return answer


def _star(context: ActContext, me: Participant, form: Form) -> None:
    final_selection.star(
        context.session, context.competition, me, form.text("submission"),
        on=form.text("on") == "true", now=context.now,
    )  # fmt: skip


def _rename(context: ActContext, me: Participant, form: Form) -> None:
    final_selection.rename(context, me, form.text("name")[:LONGEST_TYPED])


def _make_team(context: ActContext, me: Participant, form: Form) -> None:
    given = teams.TeamIn(name=form.text("name")[:LONGEST_TYPED], captain=me.public_id)
    teams.create_team.perform(context, context.competition, given)


def _leave_team(context: ActContext, me: Participant, form: Form) -> None:
    teams.leave(context, me)


def _renew_code(secret: str, context: ActContext, me: Participant, form: Form) -> NewCode:
    if form.ticked("sign_out_others"):
        account_merge.sign_out(context.session, me, but=secret)
    return renew_participant_code.perform(context, me, CodeIn())


def _leave(context: ActContext, me: Participant, form: Form) -> None:
    account_deletion.leave(context.session, me, confirm=form.text("confirm"), now=context.now)
