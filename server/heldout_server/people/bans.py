"""Banning somebody, and letting them back."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.kit.errors import printable
from heldout_server.models import Participant
from heldout_server.people.participants import LONGEST_REASON


def ban(
    session: Session, actor: Actor, participant: Participant, *, reason: str, now: datetime
) -> None:
    """Take somebody off the board and refuse what they send, with a reason that they read.

    Nothing is deleted. Banned already, nothing changes. Inverse: `unban`.
    """
    if participant.banned_at is not None:
        return
    participant.banned_at, participant.ban_reason = now, printable(reason, LONGEST_REASON)
    after = {"reason": participant.ban_reason}
    _save(session, actor, participant, "participant.ban", None, after, now=now)


def unban(session: Session, actor: Actor, participant: Participant, *, now: datetime) -> None:
    """Let them back, with everything they had sent."""
    if participant.banned_at is None:
        return
    before = {"reason": participant.ban_reason}
    participant.banned_at, participant.ban_reason = None, ""
    _save(session, actor, participant, "participant.unban", before, None, now=now)


def _save(
    session: Session,
    actor: Actor,
    participant: Participant,
    action: str,
    before: audit_log.Facts | None,
    after: audit_log.Facts | None,
    *,
    now: datetime,
) -> None:
    session.add(participant)
    session.flush()
    events.tell_board(session, [participant], now=now)
    audit_log.record(session, actor, action, Target.participant(participant), before, after, now)
