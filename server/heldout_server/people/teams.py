"""Moving people between teams. Their submissions go with them: the board follows at once."""

from __future__ import annotations

from pydantic import BaseModel, Field

from heldout_server.acts import events
from heldout_server.acts.audit_log import Facts, Target
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    Ids,
    NoFields,
    Subject,
    act,
    changed_since,
)
from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition, Participant, Team
from heldout_server.people import bans, lookup, team_members
from heldout_server.people.participants import PARTICIPANT, target_of


class TeamIn(BaseModel):
    """A new team; with `captain`, their participant id, it has a first member."""

    name: str = Field(max_length=200, title="Name", examples=["The Perceptrons"])
    captain: str | None = Field(None, max_length=100, title="Captain")


class CaptainIn(BaseModel):
    """A member's participant id."""

    captain: str = Field(max_length=24, title="Captain", examples=["p_2vJr0kq3XQ1a"])


class MoveIn(BaseModel):
    """The team to be in; null: none."""

    team: str | None = Field(max_length=24, title="Team", examples=["t_2vJr0kq3XQ1a"])


def _find(context: ActContext, ids: Ids) -> Team:
    return team_members.by_public_id(context.session, context.competition, ids["team_id"])


def _target(context: ActContext, team: Team) -> Target:
    return Target("team", team.public_id, team.competition_id)


TEAM = Subject(Team, "/competitions/{slug}/teams/{team_id}", _find, _target)


def _made_before(context: ActContext, competition: Competition, entry: AuditEntry) -> Team:
    return _find(context, {"team_id": entry.target_id})


@act(
    "team.create", COMPETITION, TeamIn, route="POST /teams", status=201, answers=Team,
    again=_made_before, label="Make a team", words="made a team",
    done="“{result.name}” is there; its code {result.join_code} lets members join.",
)  # fmt: skip
def create_team(context: ActContext, competition: Competition, given: TeamIn) -> Team:
    """Make a team; its code lets members join. Inverse: disband it."""
    session, captain = context.session, None
    if given.captain:
        captain = lookup.named(session, competition, given.captain, field="captain")
        _check_free(competition, captain)
    team = team_members.create(session, competition, name=given.name, now=context.now)
    if captain is not None:
        team_members.put_in(session, competition, captain, team)
        events.tell_board(session, [captain], now=context.now)
    context.record(None, {"name": team.name}, target=_target(context, team))
    return team


@act(
    "team.set_captain", TEAM, CaptainIn, route="PUT /captain", label="Make captain",
    words="made somebody captain", done="“{subject.name}” has another captain now.",
)  # fmt: skip
def set_captain(context: ActContext, team: Team, given: CaptainIn) -> None:
    """Make a member the captain. Inverse: the captain before."""
    captain = team_members.member(context.session, team, given.captain)
    was = [m for m in team_members.members(context.session, team) if m.is_captain]
    team_members.set_captain(context.session, captain)
    events.tell_board(context.session, [*was, captain], now=context.now)
    before = {"captain": was[0].public_id if was else None}
    context.record(before, {"captain": captain.public_id})


@act(
    "team.disband", TEAM, NoFields, route="DELETE ", status=204, label="Disband", is_bad=True,
    words="disbanded a team",
    done="The team is disbanded; everybody is on their own. The audit log has who.",
)  # fmt: skip
def disband_team(context: ActContext, team: Team, given: NoFields) -> None:
    """End a team: everybody is on their own again. Inverse: create it and move them; the audit
    log has who they were.
    """
    session = context.session
    people = list(team_members.members(session, team))
    for member in people:
        member.team_id, member.is_captain = None, False
        session.add(member)
    session.flush()
    events.tell_board(session, people, now=context.now)
    context.record({"name": team.name, "members": [one.public_id for one in people]}, None)
    session.delete(team)
    session.flush()


def _put_back(context: ActContext, entry: AuditEntry) -> None:
    """The team that they were in before, if there still is one of that id."""
    person = target_of(context, entry)
    here = team_members.team_of(context.session, person)
    if (here.public_id if here else None) != (entry.after or {})["team"]:
        raise changed_since(entry)
    before = (entry.before or {})["team"]
    team = None if before is None else _find(context, {"team_id": str(before)})
    _put(context, person, team)


@act(
    "participant.move", PARTICIPANT, MoveIn, route="PUT /team", label="Move to a team",
    words="moved somebody between teams", inverse=_put_back,
    done="“{subject.name}” has moved, with what they sent.",
)  # fmt: skip
def move_participant(context: ActContext, person: Participant, given: MoveIn) -> None:
    """Put somebody into a team, or (null) on their own; what they sent goes with them.
    Inverse: move them back.
    """
    team = None if given.team is None else _find(context, {"team_id": given.team})
    if person.team_id == (team.id if team else None):
        return
    left, remaining = _put(context, person, team)
    context.record(_facts(left), _facts(team))
    if left is not None and not remaining:
        context.session.delete(left)
        context.session.flush()


def join(context: ActContext, person: Participant, code: str) -> Team:
    """Join the team that the code opens. In it already, nothing changes.

    Raises ProblemError `forbidden` (no such code) or `conflict` (full; in another team).
    """
    team = team_members.by_code(context.session, context.competition, code)
    if person.team_id != team.id:
        _check_free(context.competition, person)
        move_participant.perform(context, person, MoveIn(team=team.public_id))
    return team


def leave(context: ActContext, person: Participant) -> None:
    """Go on alone. Raises ProblemError `conflict` once the private scores are shown."""
    _check_not_revealed(context.competition)
    move_participant.perform(context, person, MoveIn(team=None))


def _put(
    context: ActContext, person: Participant, team: Team | None
) -> tuple[Team | None, list[Participant]]:
    """Set it, and tell the board; the team that was left, and who is still in it."""
    left = team_members.take_out(context.session, person)
    if team is not None:
        team_members.put_in(context.session, context.competition, person, team)
    remaining = list(team_members.members(context.session, left)) if left is not None else []
    events.tell_board(context.session, [person, *remaining[:1]], now=context.now)
    return left, remaining


def _facts(team: Team | None) -> Facts:
    return {"team": team.public_id if team else None, "name": team.name if team else None}


def _check_free(competition: Competition, participant: Participant) -> None:
    team_members.check_allowed(competition)
    bans.check(participant)
    _check_not_revealed(competition)
    if participant.team_id is not None:
        raise ProblemError("conflict", "You are in a team already.", "Leave it first.")


def _check_not_revealed(competition: Competition) -> None:
    if competition.revealed_at is not None:
        raise ProblemError("conflict", "The private scores are shown: teams stay as they are.")
