"""Computes baselines in the background, and scores them anew after a re-score."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import structlog

from heldout_server.baselines import predicting, rows, simple_models
from heldout_server.blobs import BlobMissing, BlobStore
from heldout_server.competitions import queries as competitions
from heldout_server.datasets.loaded import DatasetError, answers_as_stored
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading import LabelStoreError, Scorer
from heldout_server.grading.grade import Grades
from heldout_server.kit.db import Database
from heldout_server.models import (
    PRIVATE,
    PUBLIC,
    Baseline,
    BaselineKind,
    BaselineState,
    Competition,
)
from heldout_server.tasks import catalogue
from heldout_server.tasks.metric import Undefined, Unsuitable
from heldout_server.tasks.predictions import Predictions

log = structlog.get_logger()

FAILURES = (
    LabelStoreError, DatasetError, BlobMissing, OSError, ValueError, Unsuitable, Undefined,
)  # fmt: skip
PROBLEM = "It can't be computed: data, labels or predictions can't be read. See the server's log."


@dataclass(frozen=True)
class BaselineWorker:
    """Fills in one baseline after the other; running twice writes the same figures twice."""

    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    scorer: Scorer
    clock: Callable[[], datetime]

    def work(self) -> bool:
        """Compute one baseline. False: every one has its figures."""
        found = self._next()
        if found is None:
            return False
        competition, baseline = found
        try:
            digest = baseline.predictions_sha256 or self._predict(competition, baseline)
            opened = self.scorer.opened(competition, competition.labels_version)
            self._write(competition, baseline, digest, opened.grade(digest, competition.metric))
        except FAILURES as error:
            log.error("baseline.failed", baseline=baseline.public_id, problem=str(error))
            self._fail(baseline)
        return True

    def _next(self) -> tuple[Competition, Baseline] | None:
        with self.database.read() as session:
            for competition in competitions.all_competitions(session):
                for baseline in rows.outstanding(session, competition):
                    return competition, baseline
        return None

    def _predict(self, competition: Competition, baseline: Baseline) -> str:
        return self.blobs.put(self._predictions(competition, baseline).to_bytes())

    def _predictions(self, competition: Competition, baseline: Baseline) -> Predictions:
        content_hash = competition.dataset_hash
        info, metric = self.datasets.info(content_hash), catalogue.metric(competition.metric)
        with np.load(self.datasets.training_data_path(content_hash), allow_pickle=False) as data:
            answers = answers_as_stored(info.task, data["y_train"])
            if baseline.kind == BaselineKind.RANDOM:
                return predicting.random_guess(info.task, metric, answers, info.test_examples)
            if baseline.kind == BaselineKind.MAJORITY:
                return simple_models.constant(info.task, metric, answers, info.test_examples)
            inputs = data["x_train"]
        hidden = self.datasets.test_inputs(content_hash)
        return simple_models.linear(info.task, inputs, answers, hidden)

    def _write(
        self,
        competition: Competition,
        baseline: Baseline,
        digest: str,
        figures: dict[str, Grades],
    ) -> None:
        with self.database.write() as session:
            found = session.get_one(Baseline, baseline.id)
            found.predictions_sha256 = digest
            found.score = figures[PUBLIC].score
            found.private_score = figures[PRIVATE].score
            found.error_count = figures[PUBLIC].error_count
            found.labels_version, found.metric = competition.labels_version, competition.metric
            found.state = BaselineState.READY
            session.add(found)
            rows.changed(session, found, now=self.clock())

    def _fail(self, baseline: Baseline) -> None:
        with self.database.write() as session:
            found = session.get_one(Baseline, baseline.id)
            found.state, found.problem = BaselineState.FAILED, PROBLEM
            session.add(found)
