"""Teams: made, looked after, disbanded."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from heldout_server.people import lookup, team_members
from heldout_server.people import teams as moving
from heldout_server.web.pages.console.layout import OnePage, Said
from heldout_server.web.pages.console.request import Act, Look, Looking, Shown, Working

router = APIRouter(prefix="/c/{slug}/teams")

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


@router.get("")
def show_teams(desk: Looking) -> Response:
    """The list."""
    return desk.show(view)


@router.post("/create")
def create(desk: Working) -> Response:
    """A new team, with a captain if one is named."""
    return desk.act(_create, view=view, which="create")


@router.post("/captain")
def set_captain(desk: Working) -> Response:
    """Another captain."""
    return desk.act(_set_captain, view=view, which="captain")


@router.post("/disband")
def disband(desk: Working) -> Response:
    """Everybody on their own again."""
    return desk.act(_disband, view=view, which="disband")


def view(look: Look) -> Shown:
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


def _create(act: Act) -> Said:
    wanted = act.form.text("who")
    captain = lookup.named(act.session, act.competition, wanted) if wanted else None
    team = moving.create(
        act.session,
        act.actor,
        act.competition,
        name=act.form.text("name"),
        captain=captain,
        now=act.now,
    )
    return Said(text=f"“{team.name}” is there; its code {team.join_code} lets members join.")


def _set_captain(act: Act) -> Said:
    team = team_members.by_public_id(act.session, act.competition, act.form.text("team"))
    captain = team_members.member(act.session, team, act.form.text("captain"))
    moving.set_captain(act.session, act.actor, captain, now=act.now)
    return Said(text=f"“{captain.name}” is the captain of “{team.name}” now.")


def _disband(act: Act) -> Said:
    team = team_members.by_public_id(act.session, act.competition, act.form.text("team"))
    name = team.name
    moving.disband(act.session, act.actor, team, now=act.now)
    return Said(text=f"“{name}” is disbanded; everybody is on their own. The audit log has who.")
