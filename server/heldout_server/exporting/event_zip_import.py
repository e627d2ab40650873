"""Taking in a whole event from another Heldout: all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, col

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.blobs import BlobStore
from heldout_server.competitions import schedule
from heldout_server.competitions.schedule import Phase
from heldout_server.datasets.loaded import DatasetError
from heldout_server.datasets.store import DatasetStore
from heldout_server.exporting import event_zip_layout
from heldout_server.exporting.event_rows import TABLES, Importer
from heldout_server.exporting.event_zip_read import Bundle, opened, refused
from heldout_server.exporting.event_zip_write import schema_revision
from heldout_server.grading import LabelStore, LabelStoreError
from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Dataset
from heldout_server.submissions.blob_references import drop_unreferenced

IMPORT = "competition.import"


@dataclass(frozen=True)
class EventImporter:
    """Where everything of an event goes."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore

    def take(self, path: Path, actor: Actor, *, limit_bytes: int, now: datetime) -> str:
        """Import the zip at `path`; returns the competition's slug.

        Raises ProblemError: `validation` for what isn't a whole export of this version,
        `file_too_large`, `conflict` when the competition is here already or would be open without
        labels. Whatever is raised, nothing of the event is left.
        """
        with opened(path, limit_bytes=limit_bytes) as bundle:
            self._check_wanted(bundle)
            with self._new_blobs(bundle):
                self._take_dataset(bundle)
                self._take_labels(bundle)
                self._take_rows(bundle, actor, now=now)
            return bundle.manifest.competition

    def _check_wanted(self, bundle: Bundle) -> None:
        manifest = bundle.manifest
        if set(bundle.names("tables")) != {f"{table}.jsonl" for table in TABLES}:
            raise refused("The zip lacks a table")
        with self.database.read() as session:
            if schema_revision(session) != manifest.schema_revision:
                raise ProblemError(
                    "conflict",
                    f"This event was exported by another version of Heldout ({manifest.heldout}).",
                    "Bring both servers to the same version, then export it again.",
                )
            query = select(col(Competition.id)).where(col(Competition.slug) == manifest.competition)
            if session.execute(query).first() is not None:
                raise ProblemError(
                    "conflict",
                    f"There is a competition “{manifest.competition}” here already.",
                    "Import it on another server.",
                )

    @contextmanager
    def _new_blobs(self, bundle: Bundle) -> Iterator[None]:
        """Files first, rows second, as everywhere; what no row refers to in the end goes again."""
        digests = bundle.names("blobs")
        new = [digest for digest in digests if not self.blobs.has(digest)]
        try:
            for digest in new:
                self._take_blob(bundle, digest)
            yield
        except BaseException:
            drop_unreferenced(self.database, self.blobs, new)
            raise

    def _take_blob(self, bundle: Bundle, digest: str) -> None:
        with self.blobs.receive() as blob:
            for chunk in bundle.chunks(event_zip_layout.blob_file(digest)):
                blob.write(chunk)
            if blob.sha256 != digest:
                raise refused("A file of the zip isn't the one that was exported")
            blob.keep()

    def _take_dataset(self, bundle: Bundle) -> None:
        names = bundle.names("dataset")
        try:
            self.datasets.restore(
                bundle.manifest.dataset_hash,
                ((name, bundle.chunks(event_zip_layout.dataset_file(name))) for name in names),
            )
        except DatasetError:
            raise refused("The dataset isn't the one that its name says") from None

    def _take_labels(self, bundle: Bundle) -> None:
        try:
            for name in bundle.names("labels"):
                content = b"".join(bundle.chunks(event_zip_layout.labels_file(name)))
                self.labels.unpack(name, content)
        except LabelStoreError as error:
            raise ProblemError(
                "conflict", str(error), "Import the event without labels, or on another server."
            ) from None

    def _take_rows(self, bundle: Bundle, actor: Actor, *, now: datetime) -> None:
        try:
            with self.database.write() as session:
                self._write_rows(session, bundle)
                competition = _imported(session, bundle)
                self._check_gradable(competition, now)
                after = {"heldout": bundle.manifest.heldout, "labels": bundle.manifest.has_labels}
                target = Target.competition(competition)
                audit_log.record(session, actor, IMPORT, target, None, after, now)
        except (ValidationError, ValueError, KeyError, TypeError):
            raise refused("A row of the zip doesn't fit its table") from None
        except (IntegrityError, DataError):
            raise ProblemError(
                "conflict",
                "Something of this event is here already, or its rows contradict each other.",
                "Nothing was imported. Import it on another server.",
            ) from None

    def _write_rows(self, session: Session, bundle: Bundle) -> None:
        importer = Importer(session)
        for table, model in TABLES.items():
            rows = bundle.rows(table)
            if model is Dataset and self._knows_dataset(session, bundle):
                continue  # another competition uses the same images
            importer.take(model, rows)

    def _knows_dataset(self, session: Session, bundle: Bundle) -> bool:
        return session.get(Dataset, bundle.manifest.dataset_hash) is not None

    def _check_gradable(self, competition: Competition, now: datetime) -> None:
        known = self.labels.has(
            competition.slug, competition.dataset_hash, competition.labels_version
        )
        if not known and schedule.phase(competition, now) is not Phase.CLOSED:
            raise ProblemError(
                "conflict",
                "This event isn't over and its labels didn't travel: nothing could be graded here.",
                "Export it with labels, or once it is closed.",
            )


def _imported(session: Session, bundle: Bundle) -> Competition:
    query = select(Competition).where(col(Competition.slug) == bundle.manifest.competition)
    found: Competition | None = session.execute(query).scalar_one_or_none()
    if found is None or found.dataset_hash != bundle.manifest.dataset_hash:
        raise refused("The zip's competition isn't the one that its manifest says")
    return found
