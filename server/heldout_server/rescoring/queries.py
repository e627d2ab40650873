"""SQL of re-scores: what is still to be computed, and swapping the figures in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    and_,
    case,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.kit.db import database_now
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.ranking import Figures
from heldout_server.models import (
    OPEN_STATES,
    PUBLIC,
    Competition,
    Rescore,
    RescoreScore,
    RescoreState,
    Score,
    State,
    Submission,
)


@dataclass(frozen=True)
class Outstanding:
    """A submission whose figure is missing from a draft."""

    submission_id: int
    predictions_sha256: str


def locked_competition(session: Session, competition_id: int) -> Competition:
    """The competition's row, held until the commit: one re-score after the other."""
    query = select(Competition).where(col(Competition.id) == competition_id)
    query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    found: Competition = session.execute(query).scalar_one()
    return found


def by_public_id(session: Session, competition_id: int, public_id: str) -> Rescore:
    """The draft of this competition. Raises ProblemError `not_found`."""
    query = select(Rescore).where(
        col(Rescore.public_id) == public_id, col(Rescore.competition_id) == competition_id
    )
    found: Rescore | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "This competition has no re-score with this id.")
    return found


def of_competition(
    session: Session, competition_id: int, *, limit: int, before: int | None = None
) -> list[Rescore]:
    """A page of re-scores, newest first; `before` is a row id."""
    query = select(Rescore).where(col(Rescore.competition_id) == competition_id)
    if before is not None:
        query = query.where(col(Rescore.id) < before)
    return list(session.execute(query.order_by(col(Rescore.id).desc()).limit(limit)).scalars())


def open_draft(session: Session, competition_id: int) -> Rescore | None:
    """The draft that is being computed or waits for a decision."""
    query = select(Rescore).where(
        col(Rescore.competition_id) == competition_id, col(Rescore.state).in_(OPEN_STATES)
    )
    found: Rescore | None = session.execute(query.limit(1)).scalar_one_or_none()
    return found


def scored_count(session: Session, competition_id: int) -> int:
    """How many submissions have a score that a re-score would replace."""
    query = select(func.count()).select_from(Submission).where(*_scored(competition_id))
    number: int = session.execute(query).scalar_one()
    return number


def computed_count(session: Session, draft: Rescore) -> int:
    """How many of them the draft has figures for."""
    query = select(func.count()).select_from(Submission)
    query = query.where(*_scored(draft.competition_id), _computed(draft))
    number: int = session.execute(query).scalar_one()
    return number


def outstanding(
    session: Session, draft: Rescore, *, limit: int, after: int = 0
) -> list[Outstanding]:
    """Scored submissions that the draft has no figure for, or one of other predictions.

    `after` is a row id: what is below it isn't looked at again.
    """
    query = (
        select(col(Submission.id), col(Submission.predictions_sha256))
        .where(*_scored(draft.competition_id), ~_computed(draft), col(Submission.id) > after)
        .order_by(col(Submission.id))
        .limit(limit)
    )
    return [Outstanding(*row) for row in session.execute(query)]


def claim(session: Session, *, token: str, lease_seconds: float) -> Rescore | None:
    """Take a draft with work left that nobody computes now; None when there is none."""
    now = database_now(session)
    candidates = select(Rescore).where(
        col(Rescore.state).in_(OPEN_STATES),
        or_(col(Rescore.lease_until).is_(None), col(Rescore.lease_until) < now),
    )
    for draft in session.execute(candidates.order_by(col(Rescore.id))).scalars().all():
        if draft.state == RescoreState.READY and not outstanding(session, draft, limit=1):
            continue
        until = now + timedelta(seconds=lease_seconds)
        if _take(session, draft, token, until, now):
            session.refresh(draft)
            taken: Rescore = draft
            return taken
    return None


def held(session: Session, draft: Rescore, token: str) -> Rescore | None:
    """The draft again, if this worker still holds it and it is still wanted; locked."""
    query = select(Rescore).where(
        col(Rescore.id) == draft.id,
        col(Rescore.token) == token,
        col(Rescore.state).in_(OPEN_STATES),
    )
    query = query.with_for_update().execution_options(populate_existing=True)
    found: Rescore | None = session.execute(query).scalar_one_or_none()
    return found


def renew(session: Session, draft: Rescore, lease_seconds: float) -> None:
    """Hold the draft for so much longer."""
    draft.lease_until = database_now(session) + timedelta(seconds=lease_seconds)
    session.add(draft)


def replace_figures(session: Session, draft: Rescore, rows: Sequence[dict[str, Any]]) -> None:
    """Write the figures of some submissions, in place of any that were there."""
    ids = {row["submission_id"] for row in rows}
    session.execute(
        delete(RescoreScore).where(
            col(RescoreScore.rescore_id) == draft.id, col(RescoreScore.submission_id).in_(ids)
        )
    )
    if rows:
        session.execute(RescoreScore.__table__.insert(), list(rows))  # type: ignore[attr-defined]


UNLADDERED = {"stands_by": None, "exact": null()}
"""Figures that were computed again are a submission's own: see docs/decisions/0102."""


def swap_in(session: Session, draft: Rescore) -> int:
    """Replace scores by the draft's figures; returns how many rows changed hands."""
    fields = ("score", "examples", "error_count", "metrics")
    result = session.execute(
        update(Score)
        .where(
            col(Score.submission_id) == col(RescoreScore.submission_id),
            col(Score.split) == col(RescoreScore.split),
            col(RescoreScore.rescore_id) == draft.id,
        )
        .values({name: getattr(RescoreScore, name) for name in fields} | UNLADDERED)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    session.expire_all()
    return result.rowcount


def figures(draft: Rescore) -> Figures:
    """The draft's scores, to rank by."""
    public, counted = aliased(RescoreScore), aliased(RescoreScore)
    only = (col(public.rescore_id) == draft.id, col(counted.rescore_id) == draft.id)
    return Figures(public, counted, only)


def covered(draft: Rescore, split: str) -> tuple[ColumnElement[bool], ...]:
    """Which submissions have both figures, those in force and the draft's, given `Submission`."""
    drafted = (_drafted(draft, each) for each in {PUBLIC, split})
    return (*_scored(draft.competition_id), *drafted)


def compared(session: Session, draft: Rescore, split: str) -> tuple[int, int]:
    """How many submissions have both figures on this split, and of how many they differ."""
    differs = case((col(Score.score) != col(RescoreScore.score), 1), else_=0)
    query = (
        select(func.count(), func.coalesce(func.sum(differs), 0))
        .select_from(Submission)
        .join(Score, _on(Score, split))
        .join(RescoreScore, _on(RescoreScore, split) & _of(draft))
        .where(*covered(draft, split))
    )
    submissions, changed = session.execute(query).one()
    return submissions, changed


def _on(score: Any, split: str) -> ColumnElement[bool]:
    return and_(col(score.submission_id) == col(Submission.id), col(score.split) == split)


def _take(session: Session, draft: Rescore, token: str, until: datetime, now: datetime) -> bool:
    free = or_(col(Rescore.lease_until).is_(None), col(Rescore.lease_until) < now)
    result = session.execute(
        update(Rescore)
        .where(col(Rescore.id) == draft.id, col(Rescore.state).in_(OPEN_STATES), free)
        .values(token=token, lease_until=until)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _scored(competition_id: int) -> tuple[ColumnElement[bool], ...]:
    # Correlated by hand: the query around may have joined scores of its own.
    has_score = exists().where(
        col(Score.submission_id) == col(Submission.id), col(Score.split) == PUBLIC
    )
    has_score = has_score.correlate(Submission)
    return (
        col(Submission.competition_id) == competition_id,
        col(Submission.state) != State.REJECTED,
        col(Submission.predictions_sha256).is_not(None),
        has_score,
    )


def _computed(draft: Rescore) -> ColumnElement[bool]:
    same = col(RescoreScore.predictions_sha256) == col(Submission.predictions_sha256)
    return _drafted(draft, PUBLIC, same)


def _drafted(draft: Rescore, split: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    has_figures = exists().where(_on(RescoreScore, split), _of(draft), *more)
    return has_figures.correlate(Submission)


def _of(draft: Rescore) -> ColumnElement[bool]:
    return col(RescoreScore.rescore_id) == draft.id
