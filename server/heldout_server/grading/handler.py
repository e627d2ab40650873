"""The last hop: labels + predictions → scores, board, event, in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.events import EventKind
from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.grade import Grades, grade
from heldout_server.grading.labels import LabelStore
from heldout_server.grading.ladder_part import opened
from heldout_server.grading.prediction_hints import hidden_prediction_hints
from heldout_server.jobs import ledger
from heldout_server.jobs.ledger import Claim
from heldout_server.kit.db import Database
from heldout_server.kit.errors import Rejection
from heldout_server.leaderboard import ladder as ladders
from heldout_server.leaderboard import ranking, standings, visibility
from heldout_server.models import PUBLIC, Best, Competition, Participant, Score, State, Submission
from heldout_server.submissions import holding, outcomes
from heldout_server.submissions.hop import Graded, Scored
from heldout_server.tasks import scores
from heldout_server.tasks.metric import Unsuitable
from heldout_server.tasks.predictions import Predictions

MNIST = "mnist"
WHAT_IS_NEEDED = "Submit what model.predict gives, instead of the labels made from it."


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
        stored = Predictions.from_bytes(self.blobs.read(digest))
        return Scored(self.graded(submission, competition, stored), digest)

    def graded(
        self, submission: Submission, competition: Competition, predictions: Predictions
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
                score=grades.score,
                examples=grades.examples,
                error_count=grades.error_count,
                metrics=grades.to_dict(),
            )
            for split, grades in found.items()
        ]
        receipt = {"seconds": seconds, "warnings": hints}
        stands_by = self._stands_by(submission, competition, predictions)
        return Graded(scores, found[PUBLIC].accuracy, competition, receipt, stands_by)

    def _stands_by(
        self, submission: Submission, competition: Competition, predictions: Predictions
    ) -> int | None:
        """On a ladder, the participant's best submission so far, unless this is a step from it."""
        if not competition.ladder or competition.revealed_at is not None:
            return None
        with self.database.read() as session:
            best = ladders.best_before(session, submission)
        if best is None or best.predictions_sha256 is None:
            return None
        before = Predictions.from_bytes(self.blobs.read(best.predictions_sha256))
        part = opened(self.labels, self.datasets, competition)
        new, old = predictions.part(part.mask), before.part(part.mask)
        return None if part.is_step(new, old) else best.id

    def _grade(
        self, submission: Submission, competition: Competition, predictions: Predictions
    ) -> tuple[dict[str, Grades], list[str]]:
        info = self.datasets.info(competition.dataset_hash)
        split = self.labels.split(
            competition.slug,
            competition.dataset_hash,
            info.task,
            public_fraction=competition.public_fraction,
        )
        truth = self.labels.labels(competition.dataset_hash, competition.labels_version)
        try:
            grades = grade(
                info.task, truth, split, predictions, competition.metric, competition.also
            )
        except Unsuitable as error:
            raise Rejection("unsuitable", str(error), WHAT_IS_NEEDED) from None
        accuracy = grades[PUBLIC].accuracy
        if submission.kind == "model" or accuracy is None or not info.task.has_classes:
            return grades, []  # a model is judged on practice examples, while it runs
        is_published = info.slug == MNIST and competition.labels_version is None
        return grades, hidden_prediction_hints(
            accuracy,
            predictions.classes,
            published=truth.astype(np.int64) if is_published else None,
            classes=len(info.class_names),
        )


def record_scores(session: Session, claim: Claim, found: Scored, *, now: datetime) -> None:
    """Write the scores and their verdict, and tell the board. A lost claim writes nothing."""
    # Its labels and metric stay so: a re-score being applied waits for this, or this for it.
    competition = competitions.hold(session, found.graded.used.id or 0)
    if not _is_graded_by(competition, found.graded.used):
        ledger.release(session, claim)  # re-scored meanwhile: these figures are old
    elif ledger.finish(
        session, claim, State.SCORED, now=now, predictions_sha256=found.predictions_sha256
    ):
        submission = session.get_one(Submission, claim.submission_id)
        before = found.predicted.receipt if found.predicted else {}
        both = outcomes.joined(before, found.graded.receipt)
        _write(session, submission, found.graded, both, now=now)
        _announce(session, competition, submission, found.graded, now=now)


def _write(
    session: Session,
    submission: Submission,
    graded: Graded,
    receipt_part: dict[str, Any],
    *,
    now: datetime,
) -> None:
    assert submission.id is not None
    is_first = not outcomes.has_score(session, submission)
    if is_first:
        holding.hold_if_too_good(session, submission, graded.public_accuracy, now=now)
    if graded.stands_by is not None:
        ladders.stand_by(session, _public(graded), graded.stands_by)
    put = session.add if is_first else session.merge  # a re-run replaces what was there
    for score in graded.scores:
        put(score)
    outcomes.write_verdict(session, submission.id, *outcomes.SCORED)
    outcomes.add_to_receipt(session, submission.id, receipt_part)
    session.flush()


def _public(graded: Graded) -> Score:
    return next(score for score in graded.scores if score.split == PUBLIC)


def _is_graded_by(now: Competition, used: Competition) -> bool:
    return (now.labels_version, now.metric) == (used.labels_version, used.metric)


def _announce(
    session: Session,
    competition: Competition,
    submission: Submission,
    graded: Graded,
    *,
    now: datetime,
) -> None:
    participant = session.get_one(Participant, submission.participant_id)
    best = standings.recompute(session, participant, competition)
    score = _public(graded).score
    shown = {
        "submission": submission.public_id,
        "participant": participant.name,
        "score": scores.figure(score, competition.metric),
        "score_text": scores.text(score, competition.metric),
        "direction": scores.direction(competition.metric).value,
        "rank": _rank(session, competition, submission, best),
    }
    events.append(
        session,
        EventKind.SCORED,
        competition_id=submission.competition_id,
        submission_id=submission.id,
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
