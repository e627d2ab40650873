"""Healing: what a dead worker, a lost browser or a failing scorer left behind."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.jobs import ledger
from heldout_server.metrics import LEASE_EXPIRIES
from heldout_server.submissions import outcomes, queries


def sweep(session: Session, *, now: datetime, max_attempts: int) -> None:
    """Release expired leases, give up on what failed too often, forget uploads that never came."""
    LEASE_EXPIRIES.inc(ledger.release_expired(session))
    for submission in ledger.exhausted(session, max_attempts):
        outcomes.failed(session, submission, now=now)
    for upload in queries.expired_uploads(session, now=now):
        session.delete(upload)
