"""The free check: the same pipeline over practice images, whose labels everyone has."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.metrics import multiclass_metrics
from heldout_server.grading.prediction_hints import prediction_hints
from heldout_server.prediction.handlers import PERMISSION_SECONDS, practice_examples
from heldout_server.prediction.runner import RunnerFailed
from heldout_server.processes.installation import Installation
from heldout_server.processes.model_scoring import Scoring

# A check must not take the runners from submissions that count.
CHECKS_AT_ONCE = 2


@dataclass(frozen=True)
class DryRun:
    """Checks files at once, outside the queue: nothing is stored, ranked or counted."""

    installed: Installation
    scoring: Scoring
    _turns: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(CHECKS_AT_ONCE))

    def check(
        self, file: Path, *, kind: str, dataset_hash: str, preprocessing: str
    ) -> dict[str, Any]:
        """Figures on practice images, and the receipt.

        Raises Rejection (their file) or RunnerFailed (ours).
        """
        if kind == "model" and not self.scoring.workers:
            raise RunnerFailed("no models are scored by this process")
        datasets: DatasetStore = self.installed.datasets
        examples = practice_examples(datasets, dataset_hash)
        predictor = self.scoring.predictor
        with self._turns:
            if kind == "model":
                self.scoring.containment.await_permission(PERMISSION_SECONDS)
                predicted = predictor.run_until_decided(
                    file, examples, preprocessing=preprocessing, cancelled=threading.Event()
                )
            else:
                predicted = predictor.read(file, examples)
        _, labels = datasets.practice(dataset_hash)
        parsed = predicted.predictions
        metrics = multiclass_metrics(
            labels, parsed.labels, parsed.values, parsed.output, classes=examples.classes
        )
        hints = predicted.receipt["warnings"]
        if kind == "predictions":
            hints = [*hints, *prediction_hints(labels, parsed.labels)]
        return {"metrics": metrics.to_dict(), "receipt": {**predicted.receipt, "warnings": hints}}
