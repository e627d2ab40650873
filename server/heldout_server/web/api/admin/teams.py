"""Teams as organizers see and mend them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from heldout_server.people import team_members
from heldout_server.web.api.admin.competitions import ToRead
from heldout_server.web.deps import ReadSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import people_from_rows as present
from heldout_server.web.schemas.people import TeamsOut

router = Routes()


@router.get("/competitions/{slug}/teams")
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
