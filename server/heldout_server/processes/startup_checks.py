"""Whether a process may take up its role here: checked before it starts, said in one sentence.

Every check raises InstallationError with what is wrong and what to do about it.
"""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.loaded import DatasetError
from heldout_server.grading import LabelStoreError
from heldout_server.kit.db import Database
from heldout_server.models import FileState, Submission
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.processes.installation import Installation, InstallationError, migrations
from heldout_server.processes.model_scoring import Scoring

SELF_TEST_SECONDS = 150.0
LATEST_FILES = 5


def check_database(database: Database) -> None:
    """It answers, and it isn't a file: several processes need PostgreSQL."""
    if database.is_sqlite:
        raise InstallationError(
            "this role shares a database with other processes, which needs PostgreSQL: set "
            "HELDOUT_DATABASE_URL, or run everything in one with heldout-server serve."
        )
    try:
        with database.engine.connect():
            return
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0]
        raise InstallationError(f"the database doesn't answer: {reason}") from None


def check_schema(database: Database) -> None:
    """Its schema is exactly ours."""
    scripts = ScriptDirectory(str(migrations()))
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    if set(found) == set(scripts.get_heads()):
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if set(found) <= known:
        raise InstallationError(
            "the database has an older schema than this version: migrate it first with "
            "heldout-server migrate."
        )
    raise InstallationError(
        "the database has a newer schema than this version knows: somebody ran "
        "heldout-server migrate with a newer one. Install that version here, too."
    )


def check_store(installed: Installation) -> None:
    """Files can be written, and those of the newest submissions are here."""
    try:
        installed.blobs.check()
    except (OSError, BlobMissing, StorageFailed) as error:
        raise InstallationError(f"the file store can't be used: {error}.") from None
    with installed.database.read() as session:
        newest = (
            select(col(Submission.sha256))
            .where(col(Submission.file_state) == FileState.KEPT)
            .order_by(col(Submission.id).desc())
        )
        digests = list(session.execute(newest.limit(LATEST_FILES)).scalars())
    if digests and not any(_is_stored(installed, digest) for digest in digests):
        raise InstallationError(
            "the file store is another one than the web server's: none of the newest submissions "
            "is in it."
        )


def check_datasets(installed: Installation) -> None:
    """The images of every competition are here, under the very hash that it names."""
    with installed.database.read() as session:
        wanted = _dataset_hashes(session)
    for content_hash in wanted:
        try:
            stored = installed.datasets.info(content_hash)
            images = installed.datasets.test_inputs(content_hash)
        except DatasetError as error:
            raise InstallationError(
                f"a competition needs dataset {content_hash[:12]}…, which isn't here: {error}"
            ) from None
        if stored.content_hash != content_hash or len(images) != stored.test_examples:
            raise InstallationError(
                f"dataset {content_hash[:12]}… is another one than its name says: remove "
                f"{installed.datasets.folder(content_hash)} and copy it again."
            )


def check_labels(installed: Installation) -> None:
    """A grader can read the labels of every competition."""
    with installed.database.read() as session:
        wanted = _dataset_hashes(session)
    for content_hash in wanted:
        try:
            installed.labels.labels(content_hash)
        except LabelStoreError as error:
            raise InstallationError(f"a grader needs the labels: {error}") from None


def check_no_labels(installed: Installation) -> None:
    """No hidden label is within reach of a process that has no use for it."""
    if installed.labels.any_file() is not None:
        raise InstallationError(
            f"the hidden labels are in {installed.folders.labels}, and only graders may see them: "
            "give this process a data folder without them, or let heldout-server serve do it all."
        )


def check_sandbox(scoring: Scoring) -> None:
    """Started runners could not break out; waits for the self-test."""
    if not scoring.workers:
        raise InstallationError(
            "no models can be scored with HELDOUT_MODEL_WORKERS=0: leave it out, or serve only "
            "the pool grade."
        )
    try:
        scoring.containment.await_permission(SELF_TEST_SECONDS)
    except RunnerFailed as error:
        raise InstallationError(f"the sandbox's self-test did not pass: {error}") from None


def _is_stored(installed: Installation, digest: str) -> bool:
    try:
        installed.blobs.read(digest)
    except BlobMissing:
        return False
    return True


def _dataset_hashes(session: Session) -> list[str]:
    found = competitions.all_competitions(session)
    if not found:
        raise InstallationError(
            "there is no competition in this database yet: run heldout-server init first."
        )
    return [competition.dataset_hash for competition in found]
