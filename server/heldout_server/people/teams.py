"""Moving people between teams. Their submissions go with them: the board follows at once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Facts, Target
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant, Team
from heldout_server.people import standing, team_members


def create(
    session: Session,
    actor: Actor,
    competition: Competition,
    *,
    name: str,
    captain: Participant | None = None,
    now: datetime,
) -> Team:
    """A team, with its first member as captain when one is given.

    Raises ProblemError `conflict` (no teams here; in another team), `duplicate_name`, `validation`.
    """
    if captain is not None:
        _check_free(competition, captain)
    team = team_members.create(session, competition, name=name, now=now)
    if captain is not None:
        team_members.put_in(session, competition, captain, team)
        events.tell_board(session, [captain], now=now)
    audit_log.record(session, actor, "team.create", _target(team), None, {"name": team.name}, now)
    return team


def join(
    session: Session,
    actor: Actor,
    competition: Competition,
    participant: Participant,
    *,
    code: str,
    now: datetime,
) -> Team:
    """Join the team that the code opens. In it already, nothing changes.

    Raises ProblemError `forbidden` (no such code) or `conflict` (full; in another team).
    """
    team = team_members.by_code(session, competition, code)
    if participant.team_id == team.id:
        return team
    _check_free(competition, participant)
    _move(session, actor, competition, participant, team, now=now)
    return team


def move(
    session: Session,
    actor: Actor,
    competition: Competition,
    participant: Participant,
    team: Team | None,
    *,
    now: datetime,
) -> None:
    """Put somebody into another team, or (None) on their own. Inverse: move them back.

    Raises ProblemError `conflict` when the team is full.
    """
    if participant.team_id != (team.id if team else None):
        _move(session, actor, competition, participant, team, now=now)


def leave(
    session: Session,
    actor: Actor,
    competition: Competition,
    participant: Participant,
    *,
    now: datetime,
) -> None:
    """Go on alone. Raises ProblemError `conflict` once the private scores are shown."""
    _check_not_revealed(competition)
    move(session, actor, competition, participant, None, now=now)


def set_captain(session: Session, actor: Actor, participant: Participant, *, now: datetime) -> None:
    """Make a member the captain. Raises ProblemError `conflict` for somebody without a team."""
    team = team_members.team_of(session, participant)
    was = [m for m in team_members.members(session, team) if m.is_captain] if team else []
    team_members.set_captain(session, participant)
    assert team is not None
    events.tell_board(session, [*was, participant], now=now)
    before = {"captain": was[0].public_id if was else None}
    after = {"captain": participant.public_id}
    audit_log.record(session, actor, "team.set_captain", _target(team), before, after, now)


def disband(session: Session, actor: Actor, team: Team, *, now: datetime) -> None:
    """End a team; everybody is on their own again. Inverse: create it and move them."""
    people = list(team_members.members(session, team))
    for member in people:
        member.team_id, member.is_captain = None, False
        session.add(member)
    session.flush()
    events.tell_board(session, people, now=now)
    before = {"name": team.name, "members": [member.public_id for member in people]}
    audit_log.record(session, actor, "team.disband", _target(team), before, None, now)
    session.delete(team)
    session.flush()


def _move(
    session: Session,
    actor: Actor,
    competition: Competition,
    participant: Participant,
    team: Team | None,
    *,
    now: datetime,
) -> None:
    left = team_members.take_out(session, participant)
    if team is not None:
        team_members.put_in(session, competition, participant, team)
    remaining = list(team_members.members(session, left)) if left is not None else []
    events.tell_board(session, [participant, *remaining[:1]], now=now)
    before, after = _facts(left), _facts(team)
    target = Target.participant(participant)
    audit_log.record(session, actor, "participant.move", target, before, after, now)
    if left is not None and not remaining:
        session.delete(left)
        session.flush()


def _facts(team: Team | None) -> Facts:
    return {"team": team.public_id if team else None, "name": team.name if team else None}


def _check_free(competition: Competition, participant: Participant) -> None:
    team_members.check_allowed(competition)
    standing.check(participant)
    _check_not_revealed(competition)
    if participant.team_id is not None:
        raise ProblemError("conflict", "You are in a team already.", "Leave it first.")


def _check_not_revealed(competition: Competition) -> None:
    if competition.revealed_at is not None:
        raise ProblemError("conflict", "The private scores are shown: teams stay as they are.")


def _target(team: Team) -> Target:
    return Target("team", team.public_id, team.competition_id)
