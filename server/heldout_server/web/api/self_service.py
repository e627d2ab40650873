"""What participants do for themselves: name, token, team, final selection, data, leaving."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Response
from fastapi.security import HTTPAuthorizationCredentials
from sqlmodel import Session

from heldout_server.acts.audit_log import Actor
from heldout_server.acts.registry import ActContext, NoFields
from heldout_server.exporting import participant_data
from heldout_server.models import Participant, Team
from heldout_server.people import (
    account_deletion,
    account_merge,
    participant_acts,
    team_members,
    teams,
)
from heldout_server.people.participant_acts import (
    renew_participant_code,
    reset_participant_token,
)
from heldout_server.submissions import final_selection
from heldout_server.web.deps import (
    CallersCompetition,
    CallingParticipant,
    Now,
    ReadSession,
    WriteSession,
    bearer,
)
from heldout_server.web.guess_limits import TeamGuess
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import ParticipantOut
from heldout_server.web.schemas.self_service import (
    CodeIn,
    CodeOut,
    FinalIn,
    FinalOut,
    LeaveIn,
    MyTeamOut,
    RenameIn,
    TeamCodeIn,
    TeamNameIn,
    TokenOut,
)

router = Routes(prefix="/me", tags=["me"])


def myself(caller: CallingParticipant, session: WriteSession) -> Participant:
    """The caller's row in the transaction that changes it, held until the commit."""
    found = session.get_one(
        Participant, caller.id, with_for_update={"key_share": True}, populate_existing=True
    )
    return found


GivenToken = Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
STAYING = CodeIn()
Myself = Annotated[Participant, Depends(myself)]


def acting_myself(
    me: Myself, competition: CallersCompetition, session: WriteSession, now: Now
) -> ActContext:
    """What the caller does to themselves."""
    return ActContext(session, Actor.participant(me), now, competition)


Acting = Annotated[ActContext, Depends(acting_myself)]


@router.patch("")
def rename_me(body: RenameIn, me: Myself, context: Acting) -> ParticipantOut:
    """Another display name, once."""
    final_selection.rename(context, me, body.name)
    return from_rows.participant_out(me)


@router.post("/token")
def renew_my_token(me: Myself, context: Acting) -> TokenOut:
    """A new token and a new personal code, shown only here; every machine and browser, also the
    one that asked, is signed out.
    """
    new = reset_participant_token.perform(context, me, NoFields())
    return TokenOut(token=new.token, personal_code=new.personal_code)


@router.post("/code")
def renew_my_code(
    me: Myself, context: Acting, given: GivenToken, body: CodeIn = STAYING
) -> CodeOut:
    """A new personal code, shown only here; the one before stops working. Machines stay signed in,
    unless all others are to be signed out.
    """
    if body.sign_out_others:
        account_merge.sign_out(context.session, me, but=given.credentials)
    new = renew_participant_code.perform(context, me, participant_acts.CodeIn())
    return CodeOut(personal_code=new.personal_code)


@router.get("/final")
def get_final_selection(
    caller: CallingParticipant, competition: CallersCompetition, session: ReadSession
) -> FinalOut:
    """What counts at the reveal. Empty: the best public score."""
    chosen = final_selection.chosen(session, caller)
    return FinalOut(
        submissions=[submission.public_id for submission in chosen],
        at_most=competition.final_choices,
    )


@router.put("/final")
def choose_final_selection(
    body: FinalIn, me: Myself, competition: CallersCompetition, session: WriteSession, now: Now
) -> FinalOut:
    """Choose what counts at the reveal, of one's own or of the team's submissions."""
    chosen = final_selection.choose(session, competition, me, body.submissions, now=now)
    return FinalOut(
        submissions=[submission.public_id for submission in chosen],
        at_most=competition.final_choices,
    )


@router.get("/team")
def get_my_team(caller: CallingParticipant, session: ReadSession) -> MyTeamOut | None:
    """One's team with its code and members; null: none."""
    team = team_members.team_of(session, caller)
    return None if team is None else _team_out(session, team)


@router.post("/team", status_code=201)
def create_my_team(body: TeamNameIn, me: Myself, context: Acting) -> MyTeamOut:
    """Make a team and be its captain; its code lets others join."""
    given = teams.TeamIn(name=body.name, captain=me.public_id)
    team = teams.create_team.perform(context, context.competition, given)
    return _team_out(context.session, team)


@router.post("/team/join")
def join_team(body: TeamCodeIn, guess: TeamGuess, me: Myself, context: Acting) -> MyTeamOut:
    """Join the team whose code this is; what one sent before counts for it from then on."""
    with guess.wrong_on("forbidden"):
        team = teams.join(context, me, body.code)
    return _team_out(context.session, team)


@router.delete("/team", status_code=204)
def leave_my_team(me: Myself, context: Acting) -> None:
    """Go on alone; one's submissions come along."""
    teams.leave(context, me)


@router.get("/data")
def download_my_data(
    caller: CallingParticipant, session: ReadSession, response: Response
) -> dict[str, Any]:
    """Everything that is kept of the caller, as JSON."""
    response.headers["Content-Disposition"] = 'attachment; filename="heldout-data.json"'
    response.headers["Cache-Control"] = "no-store"
    return participant_data.everything_about(session, caller)


@router.delete("", status_code=204)
def delete_me(body: LeaveIn, me: Myself, session: WriteSession, now: Now) -> None:
    """Forget who I was. Scores stay, under no name; the token stops working. Has no inverse."""
    account_deletion.leave(session, me, confirm=body.confirm, now=now)


def _team_out(session: Session, team: Team) -> MyTeamOut:
    members = team_members.members(session, team)
    captain = next((m for m in members if m.is_captain), None)
    return MyTeamOut(
        id=team.public_id,
        name=team.name,
        join_code=team.join_code,
        captain=captain.public_id if captain else None,
        members=[from_rows.participant_out(member) for member in members],
    )
