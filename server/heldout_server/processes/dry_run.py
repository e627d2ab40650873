"""The free check: the same pipeline over practice images, whose labels everyone has."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from heldout_server.competitions.preparation import preparation
from heldout_server.datasets.loaded import answers_as_stored
from heldout_server.grading.grade import grade_part
from heldout_server.grading.handler import WHAT_IS_NEEDED
from heldout_server.grading.prediction_hints import prediction_hints
from heldout_server.kit.errors import Rejection
from heldout_server.models import Competition
from heldout_server.prediction.handlers import PERMISSION_SECONDS, practice_examples
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.processes.installation import Installation
from heldout_server.processes.model_scoring import Scoring
from heldout_server.tasks.metric import Unsuitable

# A check must not take the runners from submissions that count.
CHECKS_AT_ONCE = 2


@dataclass(frozen=True)
class DryRun:
    """Checks files at once, outside the queue: nothing is stored, ranked or counted."""

    installed: Installation
    scoring: Scoring
    _turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(CHECKS_AT_ONCE))

    def check(
        self,
        file: Path,
        *,
        kind: str,
        competition: Competition,
        preprocessing: str,
    ) -> dict[str, Any]:
        """Figures on practice images, and the receipt.

        Raises Rejection (their file) or RunnerFailed (ours).
        """
        if kind == "model" and not self.scoring.workers:
            raise RunnerFailed("no models are scored by this process")
        datasets, content_hash = self.installed.datasets, competition.dataset_hash
        examples = practice_examples(datasets, content_hash, competition.metric)
        predictor = self.scoring.predictor
        with self._turns:
            if kind == "model":
                self.scoring.containment.await_permission(PERMISSION_SECONDS)
                predicted = predictor.run_until_decided(
                    file,
                    examples,
                    preprocessing=preparation(competition, preprocessing),
                    cancelled=threading.Event(),
                )
            else:
                predicted = predictor.read(file, examples)
        task = datasets.info(content_hash).task
        answers = answers_as_stored(task, datasets.practice_answers(content_hash))
        parsed = predicted.predictions
        try:
            grades = grade_part(task, answers, parsed, competition.metric, competition.also)
        except Unsuitable as error:
            raise Rejection("unsuitable", str(error), WHAT_IS_NEEDED) from None
        hints = predicted.receipt["warnings"]
        if kind == "predictions" and task.has_classes:
            hints = [*hints, *prediction_hints(answers.astype(np.int64), parsed.classes)]
        return {"metrics": grades.to_dict(), "receipt": {**predicted.receipt, "warnings": hints}}
