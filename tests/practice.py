"""Readings of practice images, for tests without a runner."""

from __future__ import annotations

from typing import Any

import numpy as np
from sqlmodel import select

from heldout_server.grading.metrics import multiclass_metrics
from heldout_server.models import Competition, PracticeReading, Submission
from heldout_server.processes.installation import Installation
from heldout_server.runs.practice import written


def practice_labels(installed: Installation) -> Any:
    """The labels (n,) that everyone has."""
    content_hash = next(installed.datasets.root.iterdir()).name
    return installed.datasets.practice_answers(content_hash).astype(np.int64)


def misreading(labels: Any, wrong: int, seed: int = 1) -> Any:
    """The labels with so many wrong answers; another seed errs elsewhere."""
    dice = np.random.default_rng(seed)
    said = labels.copy()
    chosen = dice.permutation(len(labels))[:wrong]
    said[chosen] = (said[chosen] + dice.integers(1, 10, wrong)) % 10
    return said


def has_read(installed: Installation, submission_id: str, said: Any) -> None:
    """Keep that the submission is a model that said this of the practice images."""
    with installed.database.write() as session:
        query = select(Submission).where(Submission.public_id == submission_id)
        submission = session.exec(query).one()
        competition = session.get_one(Competition, submission.competition_id)
        labels = installed.datasets.practice_answers(competition.dataset_hash).astype(np.int64)
        metrics = multiclass_metrics(labels, said, None, "labels")
        submission.kind = "model"
        session.add(submission)
        session.merge(
            PracticeReading(
                submission_id=submission.id,
                examples=metrics.examples,
                error_count=metrics.error_count,
                misread=[],
                said=written(said),
                metrics=metrics.to_dict(),
            )
        )
