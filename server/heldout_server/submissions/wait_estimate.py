"""How long the queue will take, by how long the latest ones took."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.models import Receipt, State, Submission
from heldout_server.submissions.receipts import stages

LATEST = 20
WAITED = "queue"
"""The stage of a receipt that is waiting, not work."""


def about_seconds(session: Session, *, waiting: int, running: int) -> float | None:
    """Until the last of those who wait now is scored; None when nobody waits or none was scored.

    What runs now says how many are scored side by side.
    """
    if not waiting:
        return None
    query = (
        select(col(Receipt.data))
        .join(Submission, col(Submission.id) == col(Receipt.submission_id))
        .where(col(Submission.state) == State.SCORED)
        .order_by(col(Submission.id).desc())
        .limit(LATEST)
    )
    found = [work_seconds(data) for data in session.execute(query).scalars()]
    each = statistics.median(found) if found else None
    return None if each is None else each * (waiting + running) / max(1, running)


def work_seconds(receipt: Mapping[str, Any]) -> float:
    """The seconds of all stages but waiting."""
    return sum(took for stage, took in stages(receipt).items() if stage != WAITED)
