"""Writing a whole event into one zip. The same event gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import select, text, union
from sqlmodel import Session, col

from heldout_server import __version__
from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.blobs import BlobStore
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.store import DatasetStore
from heldout_server.exporting import event_zip_layout
from heldout_server.exporting.event_rows import TABLES, exported
from heldout_server.exporting.event_zip_layout import FileEntry, Manifest
from heldout_server.grading import LabelStore
from heldout_server.kit.db import Database
from heldout_server.models import Baseline, Competition, FileState, Rescore, Submission

EXPORT = "competition.export"
EPOCH = (2026, 1, 1, 0, 0, 0)
OWNER_ONLY = 0o600 << 16
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Bundler:
    """Everything that an event consists of. The label store is read only when labels travel."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore

    def write(
        self, slug: str, target: Path, actor: Actor, *, with_labels: bool, now: datetime
    ) -> None:
        """Write the event to `target`. Raises ProblemError `not_found`; BlobMissing and
        LabelStoreError when something that belongs to it can't be read.

        `with_labels`: hidden labels and splits go along, and whoever gets the file has them.
        """
        with self.database.write() as session:
            competition = competitions.by_slug(session, slug)
            after = {"with_labels": with_labels}
            audit_log.record(
                session, actor, EXPORT, Target.competition(competition), None, after, now
            )
        with self.database.read() as session, ZipFile(target, "w", ZIP_DEFLATED) as archive:
            writer = _Writer(archive)
            for name, model in TABLES.items():
                lines = (_line(row) for row in exported(session, competition, model))
                writer.add(event_zip_layout.table_file(name), lines)
            self._add_files(session, competition, writer)
            if with_labels:
                for name, content in self._labels(session, competition):
                    writer.add(event_zip_layout.labels_file(name), [content])
            writer.finish(_manifest(session, competition, writer.files, with_labels))

    def _add_files(self, session: Session, competition: Competition, writer: _Writer) -> None:
        for digest in _digests(session, competition):
            writer.add(event_zip_layout.blob_file(digest), [self.blobs.read(digest)], packed=True)
        for path in sorted(self.datasets.folder(competition.dataset_hash).iterdir()):
            with path.open("rb") as file:
                writer.add(event_zip_layout.dataset_file(path.name), _chunks(file))

    def _labels(self, session: Session, competition: Competition) -> Iterator[tuple[str, bytes]]:
        applied = select(col(Rescore.labels_version)).where(
            col(Rescore.competition_id) == competition.id,
            col(Rescore.labels_version).is_not(None),
        )
        versions = {v for v in session.execute(applied).scalars() if v}
        if competition.labels_version is not None:
            versions.add(competition.labels_version)
        yield from self.labels.packed(competition.slug, competition.dataset_hash, sorted(versions))


@dataclass
class _Writer:
    """A zip being written, and the manifest's entries for it."""

    archive: ZipFile
    files: dict[str, FileEntry] = field(default_factory=dict)

    def add(self, name: str, chunks: Iterable[bytes], *, packed: bool = False) -> None:
        """Add a file; `packed` ones are compressed already."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(_info(name, packed=packed), "w", force_zip64=True) as member:
            for chunk in chunks:
                member.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.files[name] = FileEntry(sha256=digest.hexdigest(), bytes=size)

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest."""
        self.archive.writestr(_info(event_zip_layout.MANIFEST), manifest.model_dump_json(indent=1))


def schema_revision(session: Session) -> str:
    """The database's migration."""
    revision: str = session.execute(text("select version_num from alembic_version")).scalar_one()
    return revision


def _manifest(
    session: Session, competition: Competition, files: dict[str, FileEntry], with_labels: bool
) -> Manifest:
    return Manifest(
        format=event_zip_layout.FORMAT,
        heldout=__version__,
        schema_revision=schema_revision(session),
        competition=competition.slug,
        dataset_hash=competition.dataset_hash,
        has_labels=with_labels,
        files=files,
    )


def _digests(session: Session, competition: Competition) -> list[str]:
    of = competition.id
    queries = [
        select(col(Submission.sha256)).where(
            col(Submission.competition_id) == of, col(Submission.file_state) == FileState.KEPT
        ),
        select(col(Submission.predictions_sha256)).where(col(Submission.competition_id) == of),
        select(col(Baseline.predictions_sha256)).where(col(Baseline.competition_id) == of),
        select(col(Competition.logo_sha256)).where(col(Competition.id) == of),
        select(col(Competition.baseline_sha256)).where(col(Competition.id) == of),
    ]
    found = session.execute(union(*queries)).scalars()
    return sorted(digest for digest in found if digest)  # a purged submission has none


def _info(name: str, *, packed: bool = False) -> ZipInfo:
    info = ZipInfo(name, EPOCH)
    info.compress_type = ZIP_STORED if packed else ZIP_DEFLATED
    info.external_attr = OWNER_ONLY
    return info


def _line(row: dict[str, object]) -> bytes:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK_BYTES):
        yield chunk
