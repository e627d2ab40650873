"""How acts on people are taken back; whoever undoes them writes it down."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import events, undo
from heldout_server.models import AuditEntry, Competition, Participant
from heldout_server.people import display, participants, team_members


def unban(session: Session, act: AuditEntry, now: datetime) -> None:
    """Let somebody back who was banned. Raises ProblemError `conflict`, like all of these."""
    participant = _target(session, act)
    _must_be(participant.banned_at is not None, act)
    participant.banned_at, participant.ban_reason = None, ""
    _follow(session, participant, now)


def ban_again(session: Session, act: AuditEntry, now: datetime) -> None:
    """Ban somebody again who was let back."""
    participant = _target(session, act)
    _must_be(participant.banned_at is None, act)
    participant.banned_at = now
    participant.ban_reason = str((act.before or {}).get("reason", ""))
    _follow(session, participant, now)


def take_grant_back(session: Session, act: AuditEntry, now: datetime) -> None:
    """Take granted submissions back."""
    participant = _target(session, act)
    given = participants.grant_by_public_id(session, participant, str((act.after or {})["grant"]))
    _must_be(given.revoked_at is None, act)
    given.revoked_at = now
    session.add(given)
    session.flush()


def put_extra_time_back(session: Session, act: AuditEntry, now: datetime) -> None:
    """The minutes that they had before."""
    participant = _target(session, act)
    _must_be(participant.extra_minutes == (act.after or {})["extra_minutes"], act)
    participant.extra_minutes = int(str((act.before or {})["extra_minutes"]))
    session.add(participant)
    session.flush()


def put_name_back(session: Session, act: AuditEntry, now: datetime) -> None:
    """The name that they had before, if it is still free."""
    participant = _target(session, act)
    _must_be(participant.name == (act.after or {})["name"], act)
    name = str((act.before or {})["name"])
    participants.check_free(session, participant, name)
    display.give(participant, name)
    _follow(session, participant, now)


def put_team_back(session: Session, act: AuditEntry, now: datetime) -> None:
    """The team that they were in before, if there still is one of that id."""
    participant = _target(session, act)
    competition = session.get_one(Competition, participant.competition_id)
    here = team_members.team_of(session, participant)
    _must_be((here.public_id if here else None) == (act.after or {})["team"], act)
    before = (act.before or {})["team"]
    left = team_members.take_out(session, participant)
    if before is not None:
        team = team_members.by_public_id(session, competition, str(before))
        team_members.put_in(session, competition, participant, team)
    remaining = list(team_members.members(session, left))[:1] if left is not None else []
    events.tell_board(session, [participant, *remaining], now=now)


def _target(session: Session, act: AuditEntry) -> Participant:
    competition = session.get_one(Competition, act.competition_id)
    return participants.by_public_id(session, competition, act.target_id, lock=True)


def _must_be(holds: bool, act: AuditEntry) -> None:
    if not holds:
        raise undo.changed_since(act)


def _follow(session: Session, participant: Participant, now: datetime) -> None:
    session.add(participant)
    session.flush()
    events.tell_board(session, [participant], now=now)


undo.register("participant.ban", unban)
undo.register("participant.unban", ban_again)
undo.register("participant.grant", take_grant_back)
undo.register("participant.extend", put_extra_time_back)
undo.register("participant.rename", put_name_back)
undo.register("participant.move", put_team_back)
