"""Strokes are how somebody moves their hand: kept for the evening, then deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import null, select, update
from sqlmodel import Session, col

from heldout_server.models import Drawing, DrawnFinal, FinalPhase

KEPT_FOR = timedelta(days=1)
"""After the podium; until then an organizer can still go back."""


def delete_strokes(session: Session, final: DrawnFinal, *, now: datetime) -> bool:
    """Leave images and readings alone; False when that was done before."""
    if final.strokes_deleted_at is not None:
        return False
    query = update(Drawing).where(col(Drawing.competition_id) == final.competition_id)
    session.execute(query.values(strokes=null()))
    final.strokes_deleted_at = now
    session.add(final)
    session.flush()
    return True


def outstanding(session: Session, *, now: datetime) -> Sequence[DrawnFinal]:
    """The finals whose podium was a day ago, and whose strokes are still there."""
    query = select(DrawnFinal).where(
        col(DrawnFinal.phase) == FinalPhase.PODIUM,
        col(DrawnFinal.phase_at) <= now - KEPT_FOR,
        col(DrawnFinal.strokes_deleted_at).is_(None),
    )
    return session.execute(query).scalars().all()


def delete_outstanding(session: Session, *, now: datetime) -> int:
    """Delete those; of how many finals."""
    return sum(delete_strokes(session, one, now=now) for one in outstanding(session, now=now))
