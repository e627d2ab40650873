"""Participants: found, renamed, given time and submissions, banned, merged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from heldout_server.models import Participant
from heldout_server.people import account_merge, bans, naming, participants, team_members
from heldout_server.people import teams as moving
from heldout_server.people.participants import Wanted
from heldout_server.web.api.admin.access import Acting
from heldout_server.web.api.admin.competitions import ToChange, ToRead
from heldout_server.web.deps import Now, ReadSession, WriteSession
from heldout_server.web.schemas import people_from_rows as present
from heldout_server.web.schemas.competitions import ExtendIn
from heldout_server.web.schemas.people import (
    AccountDetailOut,
    AccountOut,
    AccountsOut,
    BanIn,
    GrantIn,
    GrantOut,
    MergeIn,
    MoveIn,
    NameIn,
    ParticipantCodeIn,
    ParticipantCodeOut,
    ParticipantTokenOut,
)

router = APIRouter(prefix="/competitions/{slug}/participants")

Search = Annotated[str | None, Query(max_length=100, description="In names, e-mails, references.")]
Page = Annotated[int, Query(ge=1, le=200)]
STAYING = ParticipantCodeIn()
After = Annotated[str | None, Query(max_length=24)]


def participant_to_change(
    participant_id: str, competition: ToChange, session: WriteSession
) -> Participant:
    """The participant, held until the commit."""
    return participants.by_public_id(session, competition, participant_id, lock=True)


Changed = Annotated[Participant, Depends(participant_to_change)]


@router.get("")
def list_participants(
    competition: ToRead,
    session: ReadSession,
    search: Search = None,
    team: After = None,
    banned: bool | None = None,
    limit: Page = 50,
    after: After = None,
) -> AccountsOut:
    """Who takes part, with what they sent; who joined first comes first."""
    start = participants.by_public_id(session, competition, after).id if after is not None else None
    team_id = team_members.by_public_id(session, competition, team).id if team is not None else None
    wanted = Wanted(search=search, team_id=team_id, banned=banned)
    found = participants.page(session, competition, wanted, limit=limit + 1, after=start or 0)
    shown = [present.account_out(account) for account in found[:limit]]
    return AccountsOut(participants=shown, next=shown[-1].id if len(found) > limit else None)


@router.get("/{participant_id}")
def get_participant(
    participant_id: str, competition: ToRead, session: ReadSession, now: Now
) -> AccountDetailOut:
    """One participant with quota and grants."""
    found = participants.by_public_id(session, competition, participant_id)
    return present.detail_out(session, competition, found, now=now)


@router.patch("/{participant_id}")
def rename_participant(
    body: NameIn,
    participant: Changed,
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
) -> AccountOut:
    """Give somebody another display name. Inverse: the old one, which the audit log has."""
    naming.rename(session, actor, participant, body.name, now=now)
    return present.account_out(participants.account(session, competition, participant))


@router.post("/{participant_id}/token")
def reset_participant_token(
    participant: Changed, actor: Acting, session: WriteSession, now: Now
) -> ParticipantTokenOut:
    """A new token and personal code, shown only here; they are signed out everywhere. Has no
    inverse.
    """
    new = participants.reset_token(session, actor, participant, now=now)
    return ParticipantTokenOut(token=new.token, personal_code=new.personal_code)


@router.post("/{participant_id}/code")
def renew_participant_code(
    participant: Changed,
    actor: Acting,
    session: WriteSession,
    now: Now,
    body: ParticipantCodeIn = STAYING,
) -> ParticipantCodeOut:
    """A new personal code for whoever lost theirs, shown only here; the old one stops working.
    Machines stay signed in unless `sign_out` says otherwise. Has no inverse.
    """
    code = participants.renew_code(session, actor, participant, sign_out=body.sign_out, now=now)
    return ParticipantCodeOut(personal_code=code)


@router.post("/{participant_id}/extend")
def extend_participant(
    body: ExtendIn,
    participant: Changed,
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
) -> AccountOut:
    """Give one participant minutes after the closing time. Send an Idempotency-Key: a second
    click adds nothing then. Inverse: as many minutes less.
    """
    participants.extend(session, actor, participant, body.minutes, now=now)
    return present.account_out(participants.account(session, competition, participant))


@router.post("/{participant_id}/grants", status_code=201)
def grant_submissions(
    body: GrantIn, participant: Changed, actor: Acting, session: WriteSession, now: Now
) -> GrantOut:
    """Give submissions on top of today's quota and of the total. Send an Idempotency-Key: a
    second click gives nothing then. Inverse: delete the grant.
    """
    given = participants.grant(session, actor, participant, body.extra, reason=body.reason, now=now)
    return GrantOut.model_validate(given)


@router.delete("/{participant_id}/grants/{grant_id}")
def revoke_grant(
    grant_id: str, participant: Changed, actor: Acting, session: WriteSession, now: Now
) -> GrantOut:
    """Take a grant back; what was submitted with it stays. Inverse: grant again."""
    given = participants.grant_by_public_id(session, participant, grant_id)
    participants.revoke_grant(session, actor, participant, given, now=now)
    return GrantOut.model_validate(given)


@router.post("/{participant_id}/ban")
def ban_participant(
    body: BanIn,
    participant: Changed,
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
) -> AccountOut:
    """Take somebody off the board and refuse what they send. Inverse: unban."""
    bans.ban(session, actor, participant, reason=body.reason, now=now)
    return present.account_out(participants.account(session, competition, participant))


@router.post("/{participant_id}/unban")
def unban_participant(
    participant: Changed, competition: ToChange, actor: Acting, session: WriteSession, now: Now
) -> AccountOut:
    """Let somebody back, with everything they had sent. Inverse: ban."""
    bans.unban(session, actor, participant, now=now)
    return present.account_out(participants.account(session, competition, participant))


@router.post("/{participant_id}/merge")
def merge_participant(
    body: MergeIn,
    participant: Changed,
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
) -> AccountOut:
    """Give everything of this account to another one of the same person, which is the answer.
    Both tokens open it. Inverse: unmerge.
    """
    into = participants.by_public_id(session, competition, body.into, lock=True)
    account_merge.merge(session, actor, participant, into, now=now)
    return present.account_out(participants.account(session, competition, into))


@router.post("/{participant_id}/unmerge")
def unmerge_participant(
    participant: Changed, competition: ToChange, actor: Acting, session: WriteSession, now: Now
) -> AccountOut:
    """Give an account its own submissions back. Inverse: merge."""
    account_merge.unmerge(session, actor, participant, now=now)
    return present.account_out(participants.account(session, competition, participant))


@router.put("/{participant_id}/team")
def move_participant(
    body: MoveIn,
    participant: Changed,
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
) -> AccountOut:
    """Put somebody into a team, or (null) on their own; what they sent goes with them.
    Inverse: move them back.
    """
    team = None if body.team is None else team_members.by_public_id(session, competition, body.team)
    moving.move(session, actor, competition, participant, team, now=now)
    return present.account_out(participants.account(session, competition, participant))
