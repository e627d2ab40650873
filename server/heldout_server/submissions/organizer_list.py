"""Submissions as organizers look through them: filtered, a page at a time, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.models import (
    PRIVATE,
    PUBLIC,
    Contamination,
    ModerationNote,
    Participant,
    Score,
    Submission,
    Verdict,
)
from heldout_server.submissions.own_figures import hidden_score, own_figures

OF_A_ROW = (
    "name", "kind", "filename", "size_bytes", "sha256", "state", "step", "attempt", "moderation",
)  # fmt: skip
VISIBLE = "none"
"""The filter for what nobody has moderated."""


@dataclass(frozen=True)
class Filter:
    """What to look for; None means any. `participant` is a public id, `name` a part of a name."""

    state: str | None = None
    kind: str | None = None
    moderation: str | None = None
    participant: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Line:
    """One submission with all that an organizer needs of it, private score included."""

    row: int
    id: str
    participant_id: str
    participant_name: str
    name: str
    kind: str
    filename: str
    size_bytes: int
    sha256: str
    state: str
    step: str | None
    attempt: int
    moderation: str | None
    reason: str | None
    created_at: datetime
    finished_at: datetime | None
    score: float | None
    exact_score: float | None
    """Its own public score where a ladder shows another one's; None: `score` is its own."""
    private_score: float | None
    code: str | None
    detail: str | None
    lamp: str | None
    """Of models that people stand by: none, amber or red (`submissions.lamp`)."""


def page(
    session: Session,
    competition_id: int,
    wanted: Filter,
    *,
    limit: int,
    before: int | None = None,
) -> Sequence[Line]:
    """Up to `limit` submissions with row ids below `before`."""
    query = _filtered(_lines(), wanted).where(_whose(competition_id, wanted.participant))
    if before is not None:
        query = query.where(col(Submission.id) < before)
    found = session.execute(query.order_by(col(Submission.id).desc()).limit(limit))
    return [Line(*row) for row in found]


def line_of(session: Session, submission: Submission) -> Line:
    """The same for one submission."""
    query = _lines().where(col(Submission.id) == submission.id)
    return Line(*session.execute(query).one())


def _lines() -> Select[Any]:
    public, private = aliased(Score), aliased(Score)
    columns: list[Any] = [
        *(getattr(Submission, name) for name in ("id", "public_id")),
        Participant.public_id,
        Participant.name,
        *(getattr(Submission, name) for name in OF_A_ROW),
        ModerationNote.reason,
        Submission.created_at,
        Submission.finished_at,
        public.score,
        hidden_score(public),
        private.score,
        Verdict.code,
        Verdict.detail,
        Contamination.level,
    ]
    query: Select[Any] = (
        select(*columns)
        .select_from(Submission)
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(public, _score_of(public, PUBLIC))
        .outerjoin(private, _score_of(private, PRIVATE))
        .outerjoin(Verdict, col(Verdict.submission_id) == col(Submission.id))
        .outerjoin(Contamination, col(Contamination.submission_id) == col(Submission.id))
        .outerjoin(ModerationNote, col(ModerationNote.submission_id) == col(Submission.id))
    )
    return query


def figures_of(session: Session, submission: Submission) -> dict[str, dict[str, Any]]:
    """All its own figures of hidden examples by split, `public` and `private`: for organizers."""
    query = select(Score).where(col(Score.submission_id) == submission.id)
    return {score.split: own_figures(score)[1] for score in session.execute(query).scalars()}


def _score_of(score: Any, split: str) -> Any:
    return and_(score.submission_id == col(Submission.id), score.split == split)


def _whose(competition_id: int, participant: str | None) -> ColumnElement[bool]:
    if participant is None:
        return col(Submission.competition_id) == competition_id
    # By this alone: with the competition as well, SQLite walks through everybody's submissions.
    one = select(col(Participant.id)).where(
        col(Participant.public_id) == participant,
        col(Participant.competition_id) == competition_id,
    )
    return col(Submission.participant_id) == one.scalar_subquery()


def _filtered(query: Select[Any], wanted: Filter) -> Select[Any]:
    exact = {
        Submission.state: wanted.state,
        Submission.kind: wanted.kind,
    }
    for column, value in exact.items():
        if value is not None:
            query = query.where(col(column) == value)
    if wanted.moderation == VISIBLE:
        query = query.where(col(Submission.moderation).is_(None))
    elif wanted.moderation is not None:
        query = query.where(col(Submission.moderation) == wanted.moderation)
    if wanted.name:
        query = query.where(col(Participant.name).icontains(wanted.name, autoescape=True))
    return query
