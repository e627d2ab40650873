"""Participants: found, and mended by acts."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from heldout_server.people import (
    participants,
    team_members,
)
from heldout_server.people.participants import Wanted
from heldout_server.web.api.admin.competitions import ToRead
from heldout_server.web.deps import Now, ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import people_from_rows as present
from heldout_server.web.schemas.people import AccountDetailOut, AccountsOut

router = Routes()
PARTICIPANTS = "/competitions/{slug}/participants"

Search = Annotated[str | None, Query(max_length=100, description="In names, e-mails, references.")]
Page = Annotated[int, Query(ge=1, le=200)]
After = Annotated[str | None, Query(max_length=24)]


@router.get(PARTICIPANTS)
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


@router.get(PARTICIPANTS + "/{participant_id}")
def get_participant(
    participant_id: str, competition: ToRead, session: ReadSession, now: Now
) -> AccountDetailOut:
    """One participant with quota and grants."""
    found = participants.by_public_id(session, competition, participant_id)
    return present.detail_out(session, competition, found, now=now)
