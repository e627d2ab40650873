"""Whose turn it is: who is served next, of all who wait, by the same SQL on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlmodel import Session

from heldout_server.kit.db import UtcDateTime, database_now
from heldout_server.models import State, Submission

UNLIMITED = 2**31 - 1
LONGEST_QUEUE_SHOWN = 10_000
LATE_SECONDS = 300.0
"""For how long after a time-out somebody's files wait behind everybody else's."""

# Whoever ran into a time limit a moment ago comes last: where there is one slot, nothing else keeps
# models that never end from everybody.
# Round-robin between participants: someone's first file never waits behind another's tenth, also
# not where one worker serves one file after another: then it's whoever was served longest ago.
# A window instead of a correlated count in ORDER BY: 10 ms instead of seconds at 5,000 rows.
QUEUE_ORDER = text(
    """
    select waiting.id from (
      select id, participant_id, priority,
             row_number() over (partition by participant_id order by id) as place
      from submission
      where state = 'queued' and pool in :pools and attempt < :max_attempts
        and deaths / 2 < :max_attempts
    ) as waiting
    left join (
      select participant_id, count(*) as running,
             sum(case when pool in :pools then 1 else 0 end) as holding
      from submission
      where state = 'running' group by participant_id
    ) as busy on busy.participant_id = waiting.participant_id
    left join turn on turn.participant_id = waiting.participant_id
    where coalesce(busy.running, 0) < :most_running and coalesce(busy.holding, 0) < :most_slots
    order by case when turn.timed_out_at > :late_since then 1 else 0 end,
             waiting.priority desc, waiting.place + coalesce(busy.running, 0),
             turn.served_at is not null, turn.served_at, waiting.id
    limit :limit
    """
).bindparams(bindparam("pools", expanding=True), bindparam("late_since", type_=UtcDateTime()))
TURN = text(
    """
    insert into turn (participant_id, served_at, timed_out_at)
    values (:participant_id, :served_at, :timed_out_at)
    on conflict (participant_id) do update set
      served_at = coalesce(excluded.served_at, turn.served_at),
      timed_out_at = coalesce(excluded.timed_out_at, turn.timed_out_at)
    """
).bindparams(
    bindparam("served_at", type_=UtcDateTime()), bindparam("timed_out_at", type_=UtcDateTime())
)


def order(
    session: Session,
    pools: Sequence[str],
    *,
    limit: int,
    max_attempts: int = UNLIMITED,
    most_running: int = UNLIMITED,
    most_slots: int = UNLIMITED,
    now: datetime | None = None,
) -> list[int]:
    """Ids of what waits in these pools, next first; without those who hold too much by now.

    `now` is the database's time, where the caller has asked for it already.
    """
    wanted = {
        "pools": list(pools), "max_attempts": max_attempts, "most_running": most_running,
        "most_slots": most_slots, "limit": limit,
        "late_since": (now or database_now(session)) - timedelta(seconds=LATE_SECONDS),
    }  # fmt: skip
    return list(session.execute(QUEUE_ORDER, wanted).scalars())


def position(session: Session, submission: Submission) -> int | None:
    """How many will be served before this queued submission, plus one; None if not queued."""
    if submission.state != State.QUEUED or submission.pool is None:
        return None
    waiting = order(session, [submission.pool], limit=LONGEST_QUEUE_SHOWN)
    return next((place for place, found in enumerate(waiting, 1) if found == submission.id), None)


def served(session: Session, participant_id: int, *, now: datetime) -> None:
    """A claim of theirs: of those who wait alike, they are last now."""
    _write(session, participant_id, served_at=now)


def timed_out(session: Session, participant_id: int) -> None:
    """Their file held a slot for as long as there is time: for a while they wait behind others."""
    _write(session, participant_id, timed_out_at=database_now(session))


def _write(session: Session, participant_id: int, **times: datetime) -> None:
    nothing = {"served_at": None, "timed_out_at": None}
    session.execute(TURN, {"participant_id": participant_id, **nothing, **times})
