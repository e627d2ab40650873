"""Healing: what a dead worker, a lost browser or a failing scorer left behind.

Any process may sweep, and several do: outstanding work is a query, so running twice is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.jobs import ledger, maintenance, pools, tickets, workers
from heldout_server.kit.metrics import LEASE_EXPIRIES
from heldout_server.submissions import outcomes, queries

SWEEP_LOCK = 7003


@dataclass(frozen=True)
class SweepRules:
    """After how long, and how many tries, something counts as broken."""

    lease_seconds: float = 30.0
    attempt_seconds: float = 600.0
    silent_seconds: float = 6.0
    max_attempts: int = 3
    events_kept: int = 100_000


@dataclass(frozen=True)
class Swept:
    """What one sweep found: for logs and figures."""

    expired: int = 0
    orphaned: int = 0
    failed: int = 0
    forgotten_uploads: int = 0
    tickets: int = 0
    moved: int = 0


def sweep(
    session: Session, *, now: datetime, rules: SweepRules, trust_silence: bool = True
) -> Swept:
    """Give back lost work, give up on what failed too often, forget what is over.

    `trust_silence` is False right after the database was away: then every worker has been silent.
    """
    if not _our_turn(session):
        return Swept()
    expired = ledger.release_expired(
        session, lease_seconds=rules.lease_seconds, attempt_seconds=rules.attempt_seconds
    )
    orphaned = _release_of_the_dead(session, rules) if trust_silence else 0
    LEASE_EXPIRIES.inc(expired + orphaned)
    failed = ledger.exhausted(session, rules.max_attempts)
    for submission in failed:
        outcomes.failed(session, submission, now=now)
    moved = pools.follow_settings(session)
    if trust_silence:
        pools.watch(session, silent_seconds=rules.silent_seconds, now=now)
    uploads = queries.expired_uploads(session, now=now)
    for upload in uploads:
        session.delete(upload)
    events.prune(session, keep=rules.events_kept)
    session.flush()
    claiming = not maintenance.is_on(session)
    added = tickets.reconcile(session, max_attempts=rules.max_attempts, claiming=claiming)
    return Swept(expired, orphaned, len(failed), len(uploads), added, moved)


def _release_of_the_dead(session: Session, rules: SweepRules) -> int:
    dead = workers.silent(session, silent_seconds=rules.silent_seconds)
    released = ledger.release_of(session, dead)
    workers.forget_dead(session)
    return released


def _our_turn(session: Session) -> bool:
    """Whether no other process sweeps at this moment."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    lock = text("select pg_try_advisory_xact_lock(:lock)")
    return bool(session.execute(lock, {"lock": SWEEP_LOCK}).scalar_one())
