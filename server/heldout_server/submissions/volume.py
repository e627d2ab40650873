"""How many bytes one participant sends in a day: a disk is for everybody.

What counts is what is or was on our disk for them: the files of their submissions, also of those
that were rejected, and those announced now. A quota counts scores, so it bounds no disk.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlmodel import Session, col

from heldout_server.competitions import schedule
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Submission, Upload


def check_volume(
    session: Session,
    competition: Competition,
    participant_id: int,
    size_bytes: int,
    *,
    limit_bytes: int,
    now: datetime,
) -> None:
    """Raise ProblemError `quota_exceeded` when another file of this size is more than a day's.

    `limit_bytes` 0: any amount. The day is the room's own, as the quota's is.
    """
    if not limit_bytes:
        return
    sent = sent_bytes(session, participant_id, since=schedule.day_start(competition, now))
    if sent + size_bytes <= limit_bytes:
        return
    resets_at = schedule.next_day_start(competition, now)
    raise ProblemError(
        "quota_exceeded",
        f"You have sent {megabytes(sent)} of files today; a day has {megabytes(limit_bytes)}.",
        f"A file of up to {megabytes(max(0, limit_bytes - sent))} still fits; the rest after "
        f"midnight ({competition.timezone}). Try files with client.check: that is free.",
        retry_after_seconds=max(1, round((resets_at - now).total_seconds())),
    )


def sent_bytes(session: Session, participant_id: int, *, since: datetime) -> int:
    """The size of all that the participant sent or announced since then, whatever came of it."""
    sums = session.execute(_sent(), {"by": participant_id, "since": since}).one()
    return sum(int(found) for found in sums)


@cache
def _sent() -> Select[Any]:
    """Made once, since each file that comes asks it."""
    sums = (
        select(func.coalesce(func.sum(table.size_bytes), 0))
        .where(
            col(table.participant_id) == bindparam("by"),
            col(table.created_at) >= bindparam("since"),
        )
        .scalar_subquery()
        for table in (Submission, Upload)
    )
    return select(*sums)


def megabytes(size_bytes: int) -> str:
    """A size as people read it, in millions of bytes."""
    return f"{size_bytes / 1e6:.1f} MB"
