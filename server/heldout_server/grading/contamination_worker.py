"""Grades what models said of changed images, in the background, where the labels are."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import NamedTuple

import structlog
from sqlalchemy import String, func, literal, or_, select
from sqlmodel import Session, col

from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.competitions import queries as competitions
from heldout_server.datasets import known
from heldout_server.datasets.changed_copies import sampled
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.contamination import Evidence, evidence, reading
from heldout_server.grading.labels import LabelStore, LabelStoreError
from heldout_server.kit.db import Database
from heldout_server.models import Competition, Contamination, PracticeReading, Submission
from heldout_server.runs.practice import answered
from heldout_server.tasks.predictions import Predictions

log = structlog.get_logger()

RULE = "2"
"""Counted up with the bounds of `grading.contamination`: then everything is graded again."""
AT_ONCE = 10
"""Between so many there is a pause: scores want the same cores."""


class _Ungraded(NamedTuple):
    """A model's answers, and what they are to be graded by."""

    read: Contamination
    said_practice: str
    predictions_sha256: str
    competition: Competition
    basis: str


@dataclass
class ContaminationWorker:
    """Grades whatever hasn't been graded by the labels in force. Nothing is queued."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore
    # What can't be graded, such as models of an imported event without labels: tried once.
    _in_vain: set[tuple[int, str]] = field(default_factory=set)
    # Up to which submission it has looked in this round.
    _after: int = 0

    def work(self) -> bool:
        """Grade some. False: there is nothing left."""
        with self.database.read() as session:
            found = _ungraded(session, after=self._after)
        self._after = found[-1].read.submission_id if len(found) == AT_ONCE else 0
        tried = [one for one in found if self._key(one) not in self._in_vain]
        for one in tried:
            try:
                self._keep(one, self._graded(one))
            except (LabelStoreError, BlobMissing, OSError, ValueError) as error:
                number = one.read.submission_id
                log.warning("contamination.unknown", submission=number, problem=str(error))
                self._in_vain.add(self._key(one))
        return bool(tried or self._after)

    def _key(self, one: _Ungraded) -> tuple[int, str]:
        return one.read.submission_id, one.basis

    def _graded(self, one: _Ungraded) -> Evidence:
        content_hash, version = one.competition.dataset_hash, one.competition.labels_version
        info = self.datasets.info(content_hash)
        said = Predictions.from_bytes(self.blobs.read(one.predictions_sha256)).classes
        truths = (
            self.labels.labels(content_hash, version),
            self.datasets.practice_answers(content_hash),
        )
        hidden, practice = (
            reading(
                truth,
                answers,
                answered(copies),
                sampled(len(truth), info.input_shape, content_hash),
            )
            for truth, answers, copies in (
                (truths[0], said, one.read.said_hidden),
                (truths[1], answered(one.said_practice), one.read.said_practice),
            )
        )
        with self.database.read() as session:
            published = known.recognised(competitions.dataset_of(session, one.competition))
        return evidence(
            hidden,
            practice,
            best_published=published.best_published if published else None,
            is_calibrated=published is known.MNIST,
        )

    def _keep(self, one: _Ungraded, found: Evidence) -> None:
        with self.database.write() as session:
            row = session.get(Contamination, one.read.submission_id)
            if row is not None:  # not purged meanwhile
                row.sqlmodel_update({**asdict(found), "basis": one.basis})
                session.add(row)


def _ungraded(session: Session, *, after: int) -> list[_Ungraded]:
    """The next ones that aren't graded by the labels, predictions and rule in force."""
    version = func.coalesce(col(Competition.labels_version), "", type_=String())
    digest = col(Submission.predictions_sha256)
    basis = literal(f"{RULE} ") + version + literal(" ") + digest
    query = (
        select(Contamination, PracticeReading.said, digest, Competition, basis)  # type: ignore[call-overload]
        .join(Submission, col(Submission.id) == col(Contamination.submission_id))
        .join(Competition, col(Competition.id) == col(Submission.competition_id))
        .join(PracticeReading, col(PracticeReading.submission_id) == col(Submission.id))
        .where(
            col(Contamination.submission_id) > after,
            col(Contamination.lease_until).is_(None),
            col(Submission.predictions_sha256).is_not(None),
            col(PracticeReading.said).is_not(None),
            or_(col(Contamination.basis).is_(None), col(Contamination.basis) != basis),
        )
        .order_by(col(Contamination.submission_id))
        .limit(AT_ONCE)
    )
    return [_Ungraded(*row) for row in session.execute(query)]
