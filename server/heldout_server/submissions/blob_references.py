"""Which blobs are in use, and the sweep of those that aren't.

A blob is stored before the row that refers to it commits. Three things keep the sweep from
taking one in that gap: it takes only what was last stored more than a day ago; storing the same
bytes again renews a blob's age; and whoever commits a reference holds a lock that the sweep
waits for, and looks again under.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Select, select, text, union, update
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from heldout_server.blobs import BlobStore, StorageFailed
from heldout_server.kit.db import Database
from heldout_server.models import Baseline, Competition, FileState, RescoreScore, Submission, Upload

log = structlog.get_logger()

# Any number, as long as writers of references and the sweep use the same one.
REFERENCE_LOCK = 7013
ORPHAN_AGE = timedelta(days=1)
SWEEP_SECONDS = 3600.0
REMOVED_AT_ONCE = 20  # each batch holds up writers for a moment
UPLOADED = col(Submission.sha256)
BLOB_COLUMNS = (
    UPLOADED,
    col(Submission.predictions_sha256),
    col(Baseline.predictions_sha256),
    col(RescoreScore.predictions_sha256),
    col(Competition.logo_sha256),
    col(Competition.baseline_sha256),
)
"""Every column that names a blob; a contract test finds one that is missing here."""


@dataclass
class OrphanSweep:
    """Sweeps now and then: listing a large store costs more than a few rows do."""

    database: Database
    blobs: BlobStore
    _due: float = 0.0

    def sweep_when_due(self, now_seconds: float) -> None:
        """Sweep if an hour has passed; `now_seconds` is a steady clock's."""
        if now_seconds < self._due:
            return
        self._due = now_seconds + SWEEP_SECONDS
        if self.blobs.is_local:
            self._sweep()
        else:
            # Listing a bucket may take minutes, and lost work must be given back within seconds.
            threading.Thread(target=self._sweep, name="heldout-orphans", daemon=True).start()

    def _sweep(self) -> None:
        try:
            # By this machine's own clock, which also dates the files; tests move the other one.
            removed = sweep_orphans(self.database, self.blobs, now=datetime.now(UTC))
        except StorageFailed as error:
            log.warning("blobs.not_swept", reason=str(error))
        else:
            log.info("blobs.swept", removed=removed)


def hold(session: Session) -> None:
    """Call before storing or checking a blob that this transaction will refer to."""
    session.connection()  # begins: SQLite has one writer at a time
    if session.get_bind().dialect.name == "postgresql":
        statement = text("select pg_advisory_xact_lock_shared(:lock)")
        session.execute(statement, {"lock": REFERENCE_LOCK})


def referenced(session: Session, digests: list[str]) -> set[str]:
    """Those of `digests` that some row refers to."""
    queries = [_in_use(column).where(column.in_(digests)) for column in BLOB_COLUMNS]
    return set(session.execute(union(*queries)).scalars())


def every_reference(session: Session) -> list[str]:
    """The digests of all blobs in use, sorted."""
    queries = [_in_use(column).where(column.is_not(None)) for column in BLOB_COLUMNS]
    return sorted(set(session.execute(union(*queries)).scalars()))


def every_name(session: Session) -> set[str]:
    """The digests of all blobs that some row names, also of those that are needed no more."""
    queries = [select(column).where(column.is_not(None)) for column in BLOB_COLUMNS]
    return set(session.execute(union(*queries)).scalars())


def named(session: Session, digests: list[str]) -> set[str]:
    """Those of `digests` that some row names."""
    queries = [select(column).where(column.in_(digests)) for column in BLOB_COLUMNS]
    return set(session.execute(union(*queries)).scalars())


def sweep_orphans(database: Database, blobs: BlobStore, *, now: datetime) -> int:
    """Remove blobs that nothing refers to and that are older than a day; how many.

    Raises StorageFailed when the store does not answer.
    """
    before = now - ORPHAN_AGE
    removed = 0
    for digests in blobs.older_than(before):
        with database.read() as session:
            orphans = sorted(set(digests) - referenced(session, digests))
        for first in range(0, len(orphans), REMOVED_AT_ONCE):
            some = orphans[first : first + REMOVED_AT_ONCE]
            removed += _remove(database, blobs, some, before)
    return removed


def drop_unreferenced(database: Database, blobs: BlobStore, digests: Iterable[str]) -> None:
    """Remove those files that no row needs any more; a crash before leaves only orphans.

    Raises StorageFailed when the store does not answer.
    """
    with database.write() as session:
        _hold_alone(session)
        wanted = sorted(set(digests))
        for digest in set(wanted) - referenced(session, wanted):
            blobs.remove(digest)


def drop_rejected(database: Database, blobs: BlobStore) -> int:
    """Remove the files of what was rejected for what is in them; how many.

    Not what another submission has, too, nor what an upload under way has announced: that one
    may be in the store by now, and its row comes in a moment. Raises StorageFailed.
    """
    due = select(col(Submission.sha256)).where(col(Submission.file_state) == FileState.UNNEEDED)
    with database.read() as session:
        found = list(session.execute(due.distinct().limit(REMOVED_AT_ONCE)).scalars())
    return _drop_rejected(database, blobs, found) if found else 0


def _drop_rejected(database: Database, blobs: BlobStore, found: list[str]) -> int:
    with database.write() as session:
        _hold_alone(session)
        coming = select(col(Upload.sha256)).where(col(Upload.sha256).in_(found))
        settled = set(found) - set(session.execute(coming).scalars())
        unused = settled - referenced(session, found)
        removed = sum(blobs.remove(digest) for digest in unused)
        session.execute(
            update(Submission)
            .where(
                col(Submission.sha256).in_(settled),
                col(Submission.file_state) == FileState.UNNEEDED,
            )
            .values(file_state=FileState.REMOVED)
            .execution_options(synchronize_session=False)
        )
    return removed


def _in_use(column: Mapped[Any]) -> Select[Any]:
    """The digests in this column whose blobs are needed."""
    query = select(column)
    if column is UPLOADED:
        return query.where(col(Submission.file_state) == FileState.KEPT)
    return query


def _hold_alone(session: Session) -> None:
    session.connection()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": REFERENCE_LOCK})


def _remove(database: Database, blobs: BlobStore, orphans: list[str], before: datetime) -> int:
    with database.write() as session:
        _hold_alone(session)
        used = referenced(session, orphans)
        return sum(blobs.remove(d, if_older_than=before) for d in orphans if d not in used)
