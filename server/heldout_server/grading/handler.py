"""The last hop: labels + predictions → scores, board, event, in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.grade import grade
from heldout_server.grading.labels import LabelStore
from heldout_server.grading.metrics import MulticlassMetrics
from heldout_server.grading.prediction_hints import hidden_prediction_hints
from heldout_server.jobs import ledger
from heldout_server.jobs.ledger import Claim
from heldout_server.kit.db import Database
from heldout_server.leaderboard import ranking, standings, visibility
from heldout_server.models import PUBLIC, Best, Competition, Participant, Score, State, Submission
from heldout_server.submissions import holding, outcomes
from heldout_server.submissions.hop import Graded, Scored
from heldout_server.submissions.stored_predictions import StoredPredictions

MNIST = "mnist"


@dataclass(frozen=True)
class GradeHandler:
    """Grades stored predictions on the public and the private split; run twice, counts once."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore
    clock: Callable[[], datetime]

    def __call__(self, claim: Claim, cancelled: threading.Event) -> Scored:
        with self.database.read() as session:
            submission = session.get_one(Submission, claim.submission_id)
            competition = session.get_one(Competition, submission.competition_id)
        digest = submission.predictions_sha256
        if digest is None:
            raise BlobMissing("a submission reached grading without predictions")
        stored = StoredPredictions.from_bytes(self.blobs.read(digest))
        return Scored(self.graded(submission, competition, stored), digest)

    def graded(
        self, submission: Submission, competition: Competition, predictions: StoredPredictions
    ) -> Graded:
        """Grade predictions now."""
        assert submission.id is not None
        started = time.perf_counter()
        found, hints = self._grade(submission, competition, predictions)
        seconds = {"grade": time.perf_counter() - started}
        scores = [
            Score(
                submission_id=submission.id,
                split=split,
                score=metrics.ranking(competition.metric),
                examples=metrics.examples,
                error_count=metrics.error_count,
                metrics=metrics.to_dict(),
            )
            for split, metrics in found.items()
        ]
        return Graded(
            scores, found[PUBLIC].accuracy, competition, {"seconds": seconds, "warnings": hints}
        )

    def _grade(
        self, submission: Submission, competition: Competition, predictions: StoredPredictions
    ) -> tuple[dict[str, MulticlassMetrics], list[str]]:
        split = self.labels.split(
            competition.slug,
            competition.dataset_hash,
            public_fraction=competition.public_fraction,
        )
        labels = self.labels.labels(competition.dataset_hash, competition.labels_version)
        info = self.datasets.info(competition.dataset_hash)
        scores = grade(
            labels, split, predictions.labels, predictions.values, predictions.output,
            classes=len(info.class_names),
        )  # fmt: skip
        if submission.kind == "model":
            return scores, []  # judged on practice images, while it ran
        is_published = info.slug == MNIST and competition.labels_version is None
        return scores, hidden_prediction_hints(
            scores[PUBLIC].accuracy,
            predictions.labels,
            published=labels if is_published else None,
            classes=len(info.class_names),
        )


def record_scores(session: Session, claim: Claim, found: Scored, *, now: datetime) -> None:
    """Write the scores and their verdict, and tell the board. A lost claim writes nothing."""
    graded = found.graded
    if not _still_graded_by(session, graded.used):
        ledger.release(session, claim)  # re-scored meanwhile: these figures are old
    elif ledger.finish(session, claim, State.SCORED, now=now):
        outcomes.keep_predictions(session, claim, found.predictions_sha256)
        before = found.predicted.receipt if found.predicted else {}
        both = outcomes.joined(before, graded.receipt)
        _write(session, claim.submission_id, graded, both, now=now)


def _write(
    session: Session,
    submission_id: int,
    graded: Graded,
    receipt_part: dict[str, Any],
    *,
    now: datetime,
) -> None:
    submission = session.get_one(Submission, submission_id)
    holding.hold_if_too_good(session, submission, graded.public_accuracy, now=now)
    for score in graded.scores:
        session.merge(score)  # a re-run replaces what was there
    outcomes.write_verdict(session, submission_id, *outcomes.SCORED)
    outcomes.add_to_receipt(session, submission_id, receipt_part)
    session.flush()
    public = next(score for score in graded.scores if score.split == PUBLIC)
    _announce(session, submission_id, public.score, now=now)


def _still_graded_by(session: Session, used: Competition) -> bool:
    """Whether labels and metric are still those that were used; they stay so until the commit.

    Not locked for long: a re-score that is being applied waits for this, or this for it.
    """
    query = select(Competition).where(col(Competition.id) == used.id).with_for_update(read=True)
    found = session.execute(query.execution_options(populate_existing=True)).scalar_one()
    return (found.labels_version, found.metric) == (used.labels_version, used.metric)


def _announce(session: Session, submission_id: int, score: float, *, now: datetime) -> None:
    submission = session.get_one(Submission, submission_id)
    participant = session.get_one(Participant, submission.participant_id)
    best = standings.recompute(session, participant)
    competition = session.get_one(Competition, submission.competition_id)
    shown = {
        "submission": submission.public_id,
        "participant": participant.name,
        "score": score,
        "rank": _rank(session, competition, submission, best),
    }
    events.append(
        session,
        EventKind.SCORED,
        competition_id=submission.competition_id,
        submission_id=submission_id,
        now=now,
        data={} if visibility.of(competition, participant, submission) else shown,
    )


def _rank(
    session: Session, competition: Competition, submission: Submission, best: Best | None
) -> int | None:
    """The place that its participant has now; None for what can hold none."""
    if best is None or not ranking.ranks(competition, submission):
        return None
    return standings.rank_of(session, best)
