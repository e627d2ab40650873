"""From people's rows to the admin API's shapes."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.models import Competition, Participant, RosterEntry, Team
from heldout_server.people import participants
from heldout_server.people.participants import Account
from heldout_server.people.roster import Invited
from heldout_server.submissions.quota import quota
from heldout_server.web.schemas.people import (
    AccountDetailOut,
    AccountOut,
    GrantOut,
    InviteOut,
    RosterEntryOut,
    TeamOut,
)
from heldout_server.web.schemas.public import QuotaOut


def account_out(found: Account) -> AccountOut:
    """A participant as organizers see them."""
    participant, team, entry = found.participant, found.team, found.entry
    return AccountOut(
        id=participant.public_id,
        name=participant.name,
        roster_name=entry.name if entry else None,
        email=entry.email if entry else None,
        reference=entry.reference if entry else None,
        team=team.public_id if team else None,
        team_name=team.name if team else None,
        is_captain=participant.is_captain,
        extra_minutes=participant.extra_minutes,
        banned_at=participant.banned_at,
        ban_reason=participant.ban_reason,
        left_at=participant.left_at,
        joined_at=participant.joined_at,
        submissions=found.submissions,
        scored=found.scored,
        last_submission_at=found.last_at,
    )


def detail_out(
    session: Session, competition: Competition, participant: Participant, *, now: datetime
) -> AccountDetailOut:
    """One participant with quota and grants."""
    assert participant.id is not None
    shown = account_out(participants.account(session, competition, participant))
    left = quota(session, competition, participant.id, now=now)
    grants = participants.grants_of(session, participant)
    return AccountDetailOut(
        **shown.model_dump(),
        quota=QuotaOut.model_validate(left),
        grants=[GrantOut.model_validate(grant) for grant in grants],
    )


def team_out(team: Team, members: int) -> TeamOut:
    """A team as organizers see it."""
    return TeamOut(
        id=team.public_id,
        name=team.name,
        join_code=team.join_code,
        members=members,
        created_at=team.created_at,
    )


def entry_out(entry: RosterEntry, participant: Participant | None) -> RosterEntryOut:
    """Somebody on the roster, and who came of it."""
    return RosterEntryOut(
        id=entry.public_id,
        name=entry.name,
        email=entry.email,
        reference=entry.reference,
        team=entry.team_name,
        participant=participant.public_id if participant else None,
        display_name=participant.name if participant else None,
        joined_at=participant.joined_at if participant else None,
    )


def invite_out(competition: Competition, invited: Invited, base_url: str) -> InviteOut:
    """A personal code with the link that fills it in."""
    return InviteOut(
        id=invited.entry.public_id,
        name=invited.entry.name,
        email=invited.entry.email,
        invite=invited.invite,
        url=f"{base_url}/c/{competition.slug}/join?code={invited.invite}",
    )
