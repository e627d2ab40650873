"""How many submissions somebody has left. `scored` ones count, attempts are limited.

The rules, each with a test of its own (`tests/integration/test_quota.py`):

- A score costs quota. What is rejected, or what our machinery fails on, gives its place back;
  work under way holds one, or parallel submissions could pass the limit together.
- A time-out holds a place in the scorer for longer than any score does. Two of what is counted (the
  day's, and all) are free; those after them cost what a score costs.
- Taking back, hiding, disqualifying and deleting refund nothing.
- The day starts at midnight in the room's own zone, also when the clocks change.
- The same bytes again cost nothing: the answer is the earlier submission.
- A team shares one quota: what any member sends counts for all.
- A grant adds submissions to the day it is given on, and to the total.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlmodel import Session, col

from heldout_server.competitions import schedule
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    Competition,
    Grant,
    Participant,
    State,
    Submission,
    Upload,
    Verdict,
)

COUNTED = (State.SCORED, State.QUEUED, State.RUNNING)
TIMEOUT = "timeout"
FREE_TIMEOUTS = 2
FREE = "rejected files never count, but for time-outs after the second"


@dataclass(frozen=True)
class Quota:
    """What is left; None means no limit. `per_day` and `total` include what was granted.

    `next_at` is when the next one may be sent, if the minimum interval has not passed.
    """

    per_day: int | None
    used_today: int
    left_today: int | None
    resets_at: datetime | None
    timezone: str
    total: int | None
    used: int
    left: int | None
    granted_today: int
    next_at: datetime | None
    shared_with_team: bool


def quota(
    session: Session, competition: Competition, participant_id: int, *, now: datetime
) -> Quota:
    """What the participant, or their team, has left in the room's own day and in all."""
    people = sharers(session, participant_id)
    since = schedule.day_start(competition, now)
    used_today, used = _counted(session, people, since)
    granted_today, granted = _granted(session, people, since)
    per_day = _plus(competition.quota_per_day, granted_today)
    total = _plus(competition.quota_total, granted)
    return Quota(
        per_day=per_day,
        used_today=used_today,
        left_today=_left(per_day, used_today),
        resets_at=None if per_day is None else schedule.next_day_start(competition, now),
        timezone=competition.timezone,
        total=total,
        used=used,
        left=_left(total, used),
        granted_today=granted_today,
        next_at=_next_at(session, competition, people, now),
        shared_with_team=len(people) > 1,
    )


def check_quota(
    session: Session, competition: Competition, participant_id: int, *, now: datetime
) -> None:
    """Raise ProblemError `quota_exceeded` when nothing is left, `rate_limited` when it is too soon
    after the one before.
    """
    left = quota(session, competition, participant_id, now=now)
    if left.left == 0:
        raise ProblemError(
            "quota_exceeded",
            f"All {left.total} submissions of this contest are used.",
            f"The organizers can grant more; {FREE}.",
        )
    if left.left_today == 0 and left.resets_at is not None:
        seconds = max(1, round((left.resets_at - now).total_seconds()))
        raise ProblemError(
            "quota_exceeded",
            f"All {left.per_day} of today's submissions are used.",
            f"New ones come at midnight ({left.timezone}), in {_hours(seconds)}; {FREE}.",
            retry_after_seconds=seconds,
        )
    if left.next_at is not None:
        seconds = max(1, round((left.next_at - now).total_seconds()))
        raise ProblemError(
            "rate_limited",
            f"There are at least {competition.interval_seconds} seconds between two submissions.",
            f"The next one can be sent in {seconds} seconds.",
            retry_after_seconds=seconds,
        )


def check_attempts(
    session: Session, competition: Competition, participant_id: int, *, now: datetime
) -> None:
    """Raise ProblemError `rate_limited` after too many submissions opened within a minute."""
    of = {"by": participant_id, "since": now - timedelta(minutes=1)}
    opened = sum(session.execute(_opened(), of).one())
    if opened >= competition.attempts_per_minute:
        raise ProblemError(
            "rate_limited",
            f"You opened {opened} submissions within a minute.",
            "Wait a few seconds; the client does so by itself.",
            retry_after_seconds=5,
        )


@cache
def _opened() -> Select[Any]:
    """How many files and how many uploads of `:by` there are `:since`.

    Made once, like the others here: each file that comes asks them.
    """
    counts = (
        select(func.count())
        .where(
            col(table.participant_id) == bindparam("by"),
            col(table.created_at) > bindparam("since"),
        )
        .scalar_subquery()
        for table in (Submission, Upload)
    )
    return select(*counts)


@cache
def _team() -> Select[Any]:
    return select(col(Participant.team_id)).where(col(Participant.id) == bindparam("of"))


def sharers(session: Session, participant_id: int) -> list[int]:
    """Who shares a quota with this participant: their team, themselves included."""
    team_id = session.execute(_team(), {"of": participant_id}).scalar()
    if team_id is None:
        return [participant_id]
    query = select(col(Participant.id)).where(col(Participant.team_id) == team_id)
    return [
        found for found in session.execute(query.order_by(col(Participant.id))).scalars() if found
    ]


def timeouts(session: Session, people: list[int], since: datetime) -> int:
    """How many files of these people ran into a time limit since then."""
    query = (
        select(func.count(col(Submission.id)))
        .join(Verdict, col(Verdict.submission_id) == col(Submission.id))
        .where(
            col(Submission.participant_id).in_(people),
            col(Submission.created_at) >= since,
            col(Submission.state) == State.REJECTED,
        )
        .where(col(Verdict.code) == TIMEOUT)
    )
    return int(session.execute(query).scalar_one())


def timeout_words(
    session: Session, competition: Competition, participant_id: int, *, now: datetime
) -> str:
    """What the newest time-out costs, in a sentence; none where nothing is counted."""
    if competition.quota_per_day is None and competition.quota_total is None:
        return ""
    people, since = sharers(session, participant_id), schedule.day_start(competition, now)
    number = timeouts(session, people, since)
    if number > FREE_TIMEOUTS:
        return "It counts as a submission: only two time-outs a day are free."
    return f"It is free, as two time-outs a day are; this was number {number}."


def _counted(session: Session, people: list[int], since: datetime) -> tuple[int, int]:
    """Submissions that count, and the time-outs that do, since then and in all; one statement, for
    it is asked often.
    """
    of = {"people": people, "since": since}
    counted_new, timed_out_new, counted, timed_out = session.execute(_counts(), of).one()
    return (
        int(counted_new) + max(0, int(timed_out_new) - FREE_TIMEOUTS),
        int(counted) + max(0, int(timed_out) - FREE_TIMEOUTS),
    )


@cache
def _counts() -> Select[int, int, int, int]:
    is_rejected = col(Submission.state) == State.REJECTED
    is_counted, is_timeout = col(Submission.state).in_(COUNTED), col(Verdict.code) == TIMEOUT
    is_new = col(Submission.created_at) >= bindparam("since")
    return (
        select(
            func.count().filter(is_counted, is_new),
            func.count().filter(is_timeout, is_new),
            func.count().filter(is_counted),
            func.count().filter(is_timeout),
        )
        .select_from(Submission)
        .outerjoin(Verdict, and_(is_rejected, col(Verdict.submission_id) == col(Submission.id)))
        .where(col(Submission.participant_id).in_(bindparam("people", expanding=True)))
    )


def _granted(session: Session, people: list[int], since: datetime) -> tuple[int, int]:
    """What was granted since then, and in all."""
    new, granted = session.execute(_grants(), {"people": people, "since": since}).one()
    return int(new), int(granted)


@cache
def _grants() -> Select[int, int]:
    extra, is_new = func.sum(Grant.extra), col(Grant.created_at) >= bindparam("since")
    return select(func.coalesce(extra.filter(is_new), 0), func.coalesce(extra, 0)).where(
        col(Grant.participant_id).in_(bindparam("people", expanding=True)),
        col(Grant.revoked_at).is_(None),
    )


def _next_at(
    session: Session, competition: Competition, people: list[int], now: datetime
) -> datetime | None:
    if not competition.interval_seconds:
        return None
    query = select(func.max(Submission.queued_at)).where(
        col(Submission.participant_id).in_(people), col(Submission.state).in_(COUNTED)
    )
    last = session.execute(query).scalar()
    if last is None:
        return None
    next_at = last + timedelta(seconds=competition.interval_seconds)
    return next_at if next_at > now else None


def _plus(limit: int | None, granted: int) -> int | None:
    return None if limit is None else limit + granted


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(limit - used, 0)


def _hours(seconds: int) -> str:
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes:02d} min"
