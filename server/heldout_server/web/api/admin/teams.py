"""Teams as organizers see and mend them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from heldout_server.people import participants, team_members
from heldout_server.people import teams as moving
from heldout_server.web.api.admin.access import Acting
from heldout_server.web.api.admin.competitions import ToChange, ToRead
from heldout_server.web.deps import Now, ReadSession, WriteSession
from heldout_server.web.schemas import people_from_rows as present
from heldout_server.web.schemas.people import CaptainIn, TeamIn, TeamOut, TeamsOut

router = APIRouter(prefix="/competitions/{slug}/teams")


@router.get("")
def list_teams(
    competition: ToRead,
    session: ReadSession,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str | None, Query(max_length=24)] = None,
) -> TeamsOut:
    """Teams with their join codes, oldest first; members: list participants by team."""
    start = team_members.by_public_id(session, competition, after).id if after is not None else None
    found = team_members.page(session, competition, limit=limit + 1, after=start or 0)
    shown = [present.team_out(team, members) for team, members in found[:limit]]
    return TeamsOut(teams=shown, next=shown[-1].id if len(found) > limit else None)


@router.post("", status_code=201)
def create_team(
    body: TeamIn, competition: ToChange, actor: Acting, session: WriteSession, now: Now
) -> TeamOut:
    """Make a team; its code lets members join. Inverse: disband it."""
    captain = (
        None
        if body.captain is None
        else participants.by_public_id(session, competition, body.captain, lock=True)
    )
    team = moving.create(session, actor, competition, name=body.name, captain=captain, now=now)
    return present.team_out(team, len(team_members.members(session, team)))


@router.put("/{team_id}/captain")
def set_captain(
    team_id: str,
    body: CaptainIn,
    competition: ToChange,
    actor: Acting,
    session: WriteSession,
    now: Now,
) -> TeamOut:
    """Make a member the captain. Inverse: the captain before."""
    team = team_members.by_public_id(session, competition, team_id)
    captain = team_members.member(session, team, body.captain)
    moving.set_captain(session, actor, captain, now=now)
    return present.team_out(team, len(team_members.members(session, team)))


@router.delete("/{team_id}", status_code=204)
def disband_team(
    team_id: str, competition: ToChange, actor: Acting, session: WriteSession, now: Now
) -> None:
    """End a team: everybody is on their own again. Inverse: create it and move them; the audit
    log has who they were.
    """
    team = team_members.by_public_id(session, competition, team_id)
    moving.disband(session, actor, team, now=now)
