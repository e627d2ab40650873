"""Teams: made, looked after, disbanded."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from heldout_server.people import team_members, teams
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.routes import Routes

router = Routes(prefix="/c/{slug}/teams")

MOST_TEAMS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in a team."""

    id: str
    name: str
    is_captain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamLine:
    """A team with its members and the code that lets others in."""

    id: str
    name: str
    join_code: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsPage(OnePage):
    """Every team, oldest first; `team_size` 1: there are none here."""

    teams: tuple[TeamLine, ...]
    team_size: int


def view(look: PageContext) -> TemplatePage:
    """The page."""
    found = team_members.page(look.session, look.competition, limit=MOST_TEAMS)
    lines = tuple(
        TeamLine(
            id=team.public_id,
            name=team.name,
            join_code=team.join_code,
            members=tuple(
                Member(id=one.public_id, name=one.name, is_captain=one.is_captain)
                for one in team_members.members(look.session, team)
            ),
        )
        for team, _ in found
    )
    page = TeamsPage(
        frame=look.section("people"),
        competition=look.view,
        teams=lines,
        team_size=look.competition.team_size,
    )
    return "organize/teams.html", page


@router.get("")
def show_teams(asked: Reading) -> Response:
    """The list."""
    return asked.show(view)


act_forms.add(
    router,
    view,
    {
        "/create": teams.create_team,
        "/captain": teams.set_captain,
        "/disband": teams.disband_team,
    },
)
