"""Which model reads changed copies next, and which worker has it: a lease in the row to come.

Without one, every idle worker asks the same newest model at once.
"""

from __future__ import annotations

from collections.abc import Set
from datetime import timedelta

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.kit.db import Database, database_now
from heldout_server.models import (
    MODEL,
    Best,
    Competition,
    Contamination,
    Dataset,
    PracticeReading,
    State,
    Submission,
)
from heldout_server.tasks.kinds import Kind

WITH_CLASSES = (Kind.MULTICLASS, Kind.BINARY)
LEASE = timedelta(minutes=5)
"""Longer than a model may take to load and to predict, a few times over."""


def next_unread(session: Session, given_up: Set[int]) -> tuple[Submission, Competition] | None:
    """The newest model that somebody stands by, or has chosen, and that nobody has asked."""
    holds_a_row = exists().where(col(Best.submission_id) == col(Submission.id))
    now = database_now(session)
    query = (
        select(Submission, Competition)
        .join(Competition, col(Competition.id) == col(Submission.competition_id))
        .join(Dataset, col(Dataset.content_hash) == col(Competition.dataset_hash))
        # Grading compares with its answers to practice images: those come first.
        .join(PracticeReading, col(PracticeReading.submission_id) == col(Submission.id))
        .outerjoin(Contamination, col(Contamination.submission_id) == col(Submission.id))
        .where(
            col(Submission.state) == State.SCORED,
            col(Submission.kind) == MODEL,
            col(Submission.moderation).is_(None),
            col(Dataset.task).in_(WITH_CLASSES),
            col(PracticeReading.said).is_not(None),
            or_(col(Contamination.submission_id).is_(None), col(Contamination.lease_until) < now),
            or_(holds_a_row, col(Submission.chosen_at).is_not(None)),
            col(Submission.id).not_in(given_up),
        )
        .order_by(col(Submission.id).desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return None if row is None else (row[0], row[1])


def claim(database: Database, submission_id: int) -> bool:
    """Take it for a while; False: another worker has taken it first."""
    try:
        with database.write() as session:
            now = database_now(session)
            _drop(session, submission_id, col(Contamination.lease_until) < now)
            session.add(
                Contamination(
                    submission_id=submission_id,
                    said_hidden="",
                    said_practice="",
                    lease_until=now + LEASE,
                )
            )
    except IntegrityError:
        return False
    return True


def release(database: Database, submission_id: int) -> None:
    """Leave it to whoever comes next."""
    with database.write() as session:
        _drop(session, submission_id, col(Contamination.lease_until).is_not(None))


def keep(database: Database, submission_id: int, hidden: str, practice: str) -> None:
    """What it said, in the place of the claim; nothing of what was purged meanwhile."""
    with database.write() as session:
        if session.get_one(Submission, submission_id).moderation is not None:
            _drop(session, submission_id, col(Contamination.lease_until).is_not(None))
            return
        session.merge(
            Contamination(
                submission_id=submission_id,
                said_hidden=hidden,
                said_practice=practice,
                lease_until=None,
            )
        )


def _drop(session: Session, submission_id: int, *conditions: object) -> None:
    this = col(Contamination.submission_id) == submission_id
    session.execute(delete(Contamination).where(this, *conditions))  # type: ignore[arg-type]
