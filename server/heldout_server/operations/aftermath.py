"""After a server that was killed: whether files and rows still tell the same story.

SQLite starts as if nothing were wrong when the end of its log is damaged, only some minutes
younger. A file is stored before its row, so one that no row names tells of a row that is gone, or
of one that was about to be written. Which of the two it was can't be seen, so people are asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import BadZipFile

import structlog
from sqlalchemy import func, select
from sqlmodel import Session, col

from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.jobs import alerts
from heldout_server.kit.db import Database
from heldout_server.models import Submission
from heldout_server.processes.installation import Installation
from heldout_server.submissions.blob_references import every_name, every_reference, named
from heldout_server.tasks.predictions import Predictions

log = structlog.get_logger()

MARK = "server.running"
"""Lies in the data folder while a server runs, and after one that was killed."""
KIND = "files.differ"
ZIP = b"PK"
TIME = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True)
class Difference:
    """`unnamed`: when each uploaded file was stored that no row names, in order. `missing`: how
    many files rows need and nobody has. `newest`: when the newest submission arrived.
    """

    unnamed: tuple[datetime, ...]
    missing: int
    newest: datetime | None

    def __bool__(self) -> bool:
        return bool(self.unnamed or self.missing)

    def sentences(self) -> str:
        """What organizers read."""
        said = []
        if self.unnamed:
            first, last = (f"{when.astimezone(UTC):{TIME}}" for when in self._ends)
            newest = f"{self.newest.astimezone(UTC):{TIME}}" if self.newest else "never"
            said.append(
                f"Files that no submission names: {len(self.unnamed)}, stored from {first} to "
                f"{last}; newest submission: {newest}."
            )
        if self.missing:
            said.append(f"Files that submissions name and that are missing: {self.missing}.")
        return " ".join(said)

    @property
    def _ends(self) -> tuple[datetime, datetime]:
        return self.unnamed[0], self.unnamed[-1]


ADVICE = (
    "They were arriving at that moment, or the disk lost what was written last: ask those who "
    "submitted then to look at their list, and to submit again."
)


@contextmanager
def watching(installed: Installation, *, now: datetime) -> Iterator[None]:
    """A mark lies in the data folder until the block ends; one that lies there first is of a
    server that was killed, and the difference that this made is said.
    """
    mark = installed.folders.root / MARK
    since = _last_start(mark)
    with installed.database.write() as session:
        alerts.resolve_kind(session, KIND, now=now)
    if since is not None:
        _look(installed, since, now=now)
    mark.touch(mode=0o600)
    try:
        yield
    finally:
        mark.unlink(missing_ok=True)


def compare(database: Database, blobs: BlobStore, *, since: datetime | None = None) -> Difference:
    """Every file with every row; of files that no row names, those stored since then.

    Right while a server runs, too. Raises StorageFailed.
    """
    with database.read() as session:
        needed, known = every_reference(session), every_name(session)
        newest = session.execute(select(func.max(col(Submission.queued_at)))).scalar()
    stored = dict(blobs.stored())
    strangers = [
        (when, digest)
        for digest, when in stored.items()
        if digest not in known and (since is None or when >= since)
    ]
    missing = sum(digest not in stored and not blobs.has(digest) for digest in needed)
    with database.read() as session:
        return Difference(_uploads(session, blobs, strangers), missing, newest)


def _look(installed: Installation, since: datetime, *, now: datetime) -> None:
    found = compare(installed.database, installed.blobs, since=since)
    log.warning(
        "server.was_killed", started=since.isoformat(), unnamed=len(found.unnamed),
        missing=found.missing, newest=found.newest.isoformat() if found.newest else None,
    )  # fmt: skip
    if found:
        with installed.database.write() as session:
            said = f"The server was killed. {found.sentences()} {ADVICE}"
            alerts.raise_alert(session, KIND, said, now=now)


def _last_start(mark: Path) -> datetime | None:
    """When the server that was killed had started."""
    try:
        return datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _uploads(
    session: Session, blobs: BlobStore, strangers: list[tuple[datetime, str]]
) -> tuple[datetime, ...]:
    """Of these, what people sent, and what no row names by now."""
    since_named = named(session, [digest for _, digest in strangers])
    return tuple(
        when
        for when, digest in sorted(strangers)
        if digest not in since_named and not _is_predictions(blobs, digest)
    )


def _is_predictions(blobs: BlobStore, digest: str) -> bool:
    """Whether it is of our own making: work that was under way, which runs again."""
    try:
        content = blobs.read(digest)
        if not content.startswith(ZIP):
            return False
        Predictions.from_bytes(content)
    except BlobMissing:
        return True
    except (ValueError, KeyError, OSError, EOFError, BadZipFile):
        return False
    return True
