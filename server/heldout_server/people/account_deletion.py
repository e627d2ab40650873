"""Deleting oneself: what says who it was goes, scores without a name stay."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete, null, select, update
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    Drawing,
    Event,
    Participant,
    RosterEntry,
    RunCard,
    Submission,
    Team,
    Upload,
)
from heldout_server.people import display, persons, sign_ins
from heldout_server.people.names import name_key

FORGOTTEN_NAME = "Somebody"
FORGOTTEN_TEAM = "Some team"
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
    forget(session, participant, now=now)
    events.tell_board(session, [participant], now=now)
    audit_log.record(
        session, Actor.participant(participant), "participant.leave", target, None, None, now
    )


def forget(session: Session, participant: Participant, *, now: datetime) -> None:
    """The same without a word to the room, for whoever forgets many."""
    _forget_name(session, participant, now=now)
    sign_ins.end_others(session, participant, None)
    session.add(participant)
    session.execute(delete(RosterEntry).where(col(RosterEntry.participant_id) == participant.id))
    session.execute(delete(Upload).where(col(Upload.participant_id) == participant.id))
    _forget_submissions(session, participant)
    drawn = update(Drawing).where(col(Drawing.participant_id) == participant.id)
    session.execute(drawn.values(strokes=null()))
    session.flush()


def forget_team(team: Team) -> None:
    """Forget what a team called itself."""
    team.name = f"{FORGOTTEN_TEAM} {secrets.token_hex(3)}"
    team.name_key = name_key(team.name)


def _forget_name(session: Session, participant: Participant, *, now: datetime) -> None:
    display.give(session, participant, f"{FORGOTTEN_NAME} {secrets.token_hex(3)}")
    persons.unlink(participant)
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
