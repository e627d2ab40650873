"""Renaming somebody, on the board at once."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.audit_log import Actor
from heldout_server.models import Participant
from heldout_server.people import participants


def rename(
    session: Session, actor: Actor, participant: Participant, name: str, *, now: datetime
) -> None:
    """Give somebody another display name. Raises ProblemError `duplicate_name`, `validation`."""
    before = participant.name
    participants.rename(session, actor, participant, name, now=now)
    if participant.name != before:
        events.tell_board(session, [participant], now=now)
