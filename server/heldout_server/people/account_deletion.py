"""Deleting oneself: what says who it was goes, scores without a name stay."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Event, Participant, RosterEntry, RunCard, Submission, Upload
from heldout_server.people import display, sign_ins
from heldout_server.people.names import name_key

FORGOTTEN_NAME = "Somebody"
FORGOTTEN_FILE = "file"
FORGOTTEN_SUBMISSION = "submission"


def leave(session: Session, participant: Participant, *, confirm: str, now: datetime) -> None:
    """Forget who this was: name, token, roster entry, run cards, names of files. No inverse.

    Scores stay, so that the others' ranks do; the audit log keeps what organizers did, with names
    as they were then. Raises ProblemError `validation` unless `confirm` is the name.
    """
    if name_key(confirm.strip()) != participant.name_key:
        raise ProblemError(
            "validation",
            "This can't be undone, so it needs your display name as confirmation.",
            f"Send it as “confirm”: {participant.name}",
        )
    target = Target.participant(participant)
    _forget_name(participant, now=now)
    sign_ins.end_others(session, participant, None)
    session.add(participant)
    session.execute(delete(RosterEntry).where(col(RosterEntry.participant_id) == participant.id))
    session.execute(delete(Upload).where(col(Upload.participant_id) == participant.id))
    _forget_submissions(session, participant)
    session.flush()
    events.tell_board(session, [participant], now=now)
    audit_log.record(
        session, Actor.participant(participant), "participant.leave", target, None, None, now
    )


def _forget_name(participant: Participant, *, now: datetime) -> None:
    display.give(participant, f"{FORGOTTEN_NAME} {secrets.token_hex(3)}")
    participant.code_hash = None
    participant.left_at = now


def _forget_submissions(session: Session, participant: Participant) -> None:
    ids = select(col(Submission.id)).where(col(Submission.participant_id) == participant.id)
    session.execute(delete(RunCard).where(col(RunCard.submission_id).in_(ids)))
    session.execute(
        update(Submission)
        .where(col(Submission.participant_id) == participant.id)
        .values(name=FORGOTTEN_SUBMISSION, filename=FORGOTTEN_FILE)
    )
    named = select(Event).where(col(Event.submission_id).in_(ids))
    for event in session.execute(named).scalars():
        if "participant" in event.data:
            event.data = {**event.data, "participant": participant.name}
            session.add(event)
