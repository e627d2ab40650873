"""One participant: what they have, and everything an organizer can do for them or about them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response

from heldout_server.models import Team
from heldout_server.people import (
    account_merge,
    bans,
    participant_acts,
    participants,
    team_members,
    teams,
)
from heldout_server.submissions import organizer_list
from heldout_server.submissions.organizer_list import Filter, Line
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.people import AccountDetailOut
from heldout_server.web.schemas.people_from_rows import detail_out

router = Routes(prefix="/c/{slug}/people/{participant_id}")

LATEST = 10
MOST_TEAMS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """An account that is this one's now."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage(OnePage):
    """One participant with quota, grants, teams to move to, and their newest submissions."""

    person: AccountDetailOut
    merged: tuple[Merged, ...]
    teams: tuple[Team, ...]
    has_teams: bool
    latest: tuple[Line, ...]


def view(look: PageContext) -> TemplatePage:
    """The page."""
    session, competition = look.session, look.competition
    person = look.request.path_params["participant_id"]
    found = participants.by_public_id(session, competition, person)
    page = PersonPage(
        frame=look.section("people"),
        competition=look.view,
        person=detail_out(session, competition, found, now=look.now),
        merged=tuple(
            Merged(id=one.public_id, name=one.name)
            for one in account_merge.merged_into(session, found)
        ),
        teams=tuple(team for team, _ in team_members.page(session, competition, limit=MOST_TEAMS)),
        has_teams=competition.team_size > 1,
        latest=tuple(
            organizer_list.page(session, look.row_id, Filter(participant=person), limit=LATEST)
        ),
    )  # fmt: skip
    return "organize/person.html", page


@router.get("")
def person(asked: Reading, participant_id: str) -> Response:
    """The page."""
    return asked.show(view)


act_forms.add(
    router,
    view,
    {
        "/rename": participant_acts.rename_participant,
        "/token": participant_acts.reset_participant_token,
        "/code": participant_acts.renew_participant_code,
        "/extend": participant_acts.extend_participant,
        "/grant": participant_acts.grant_submissions,
        "/revoke-grant": participant_acts.revoke_grant,
        "/ban": bans.ban_participant,
        "/unban": bans.unban_participant,
        "/merge": account_merge.merge_participant,
        "/unmerge": account_merge.unmerge_participant,
        "/team": teams.move_participant,
    },
)
