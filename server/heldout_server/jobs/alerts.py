"""What organizers must look at: rows that they see, and lines in the log."""

from __future__ import annotations

from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlmodel import Session, col

from heldout_server.models import Alert

log = structlog.get_logger()

POISON_FILE = "submission.failed"


def raise_alert(
    session: Session, kind: str, detail: str, *, now: datetime, submission_id: int | None = None
) -> Alert:
    """Add an open alert. `detail` is for organizers; it never quotes a label."""
    alert = Alert(kind=kind, detail=detail, submission_id=submission_id, raised_at=now)
    session.add(alert)
    session.flush()
    log.error("alert.raised", kind=kind, submission=submission_id, detail=detail)
    return alert


def unresolved(session: Session, *, limit: int = 100) -> list[Alert]:
    """Open alerts, newest first."""
    query = select(Alert).where(col(Alert.resolved_at).is_(None))
    return list(session.execute(query.order_by(col(Alert.id).desc()).limit(limit)).scalars())


def is_open(session: Session, kind: str) -> bool:
    """Whether there is an open alert of this kind."""
    query = select(col(Alert.id)).where(col(Alert.kind) == kind, col(Alert.resolved_at).is_(None))
    return session.execute(query.limit(1)).first() is not None


def resolve(session: Session, alert_id: int, *, now: datetime) -> None:
    """Somebody has looked; resolving twice changes nothing."""
    _resolve(session, Alert.id == alert_id, now)


def resolve_for(session: Session, submission_id: int, *, now: datetime) -> None:
    """The submission runs again or was dealt with, so its alerts are over."""
    _resolve(session, Alert.submission_id == submission_id, now)


def resolve_kind(session: Session, kind: str, *, now: datetime) -> None:
    """All alerts of this kind are over."""
    _resolve(session, Alert.kind == kind, now)


def _resolve(session: Session, which: bool, now: datetime) -> None:
    session.execute(
        update(Alert)
        .where(which, col(Alert.resolved_at).is_(None))  # type: ignore[arg-type]
        .values(resolved_at=now)
    )
