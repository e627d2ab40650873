"""How many submissions a participant has left. Only `scored` ones count; attempts are limited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.competitions import schedule
from heldout_server.errors import ProblemError
from heldout_server.models import Competition, State, Submission, Upload

COUNTED = (State.SCORED, State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class Quota:
    """What is left today; `per_day` and `left_today` None mean no limit."""

    per_day: int | None
    used_today: int
    left_today: int | None
    resets_at: datetime | None
    timezone: str


def quota(
    session: Session, competition: Competition, participant_id: int, *, now: datetime
) -> Quota:
    """The participant's quota in the room's own day.

    Work under way holds a place (or parallel submissions could pass the limit together); a file
    that is rejected, or that our machinery failed on, gives it back. Withdrawing refunds nothing.
    """
    since = schedule.day_start(competition, now)
    query = select(func.count()).where(
        col(Submission.participant_id) == participant_id,
        col(Submission.created_at) >= since,
        col(Submission.state).in_(COUNTED),
    )
    used = session.execute(query).scalar_one()
    per_day = competition.quota_per_day
    return Quota(
        per_day=per_day,
        used_today=used,
        left_today=None if per_day is None else max(per_day - used, 0),
        resets_at=None if per_day is None else schedule.next_day_start(competition, now),
        timezone=competition.timezone,
    )


def check_quota(
    session: Session, competition: Competition, participant_id: int, *, now: datetime
) -> None:
    """Raise ProblemError `quota_exceeded` when nothing is left today."""
    left = quota(session, competition, participant_id, now=now)
    if left.left_today == 0 and left.resets_at is not None:
        seconds = max(1, round((left.resets_at - now).total_seconds()))
        raise ProblemError(
            "quota_exceeded",
            f"All {left.per_day} of today's submissions are used.",
            f"New ones come at midnight ({left.timezone}), in {_hours(seconds)}; "
            "rejected files never count.",
            retry_after_seconds=seconds,
        )


def check_attempts(
    session: Session, competition: Competition, participant_id: int, *, now: datetime
) -> None:
    """Raise ProblemError `rate_limited` after too many submissions opened within a minute."""
    since = now - timedelta(minutes=1)
    opened = sum(
        session.execute(
            select(func.count()).where(
                col(table.participant_id) == participant_id, col(table.created_at) > since
            )
        ).scalar_one()
        for table in (Submission, Upload)
    )
    if opened >= competition.attempts_per_minute:
        raise ProblemError(
            "rate_limited",
            f"You opened {opened} submissions within a minute.",
            "Wait a few seconds; the client does so by itself.",
            retry_after_seconds=5,
        )


def _hours(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02d} min"
