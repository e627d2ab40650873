"""Grading stored predictions outside the queue: for re-scores and baselines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.grade import grade
from heldout_server.grading.labels import LabelStore
from heldout_server.grading.metrics import MulticlassMetrics
from heldout_server.grading.splits import Split
from heldout_server.models import Competition
from heldout_server.submissions.stored_predictions import StoredPredictions


@dataclass(frozen=True)
class Scorer:
    """Opens label sets for whoever may only know the figures that come out."""

    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore

    def opened(self, competition: Competition, labels_version: str | None) -> OpenedLabels:
        """The competition's split with one label set, read once for many gradings."""
        content_hash = competition.dataset_hash
        return OpenedLabels(
            blobs=self.blobs,
            classes=len(self.datasets.info(content_hash).class_names),
            _labels=self.labels.labels(content_hash, labels_version),
            _split=self.labels.split(
                competition.slug, content_hash, public_fraction=competition.public_fraction
            ),
        )


@dataclass(frozen=True)
class OpenedLabels:
    """A label set in memory. Its repr shows none of it; only figures come out."""

    blobs: BlobStore
    classes: int
    _labels: NDArray[np.integer[Any]] = field(repr=False)
    _split: Split = field(repr=False)

    def grade(self, predictions_sha256: str) -> dict[str, MulticlassMetrics]:
        """The metrics by split of the stored predictions. Raises BlobMissing."""
        stored = StoredPredictions.from_bytes(self.blobs.read(predictions_sha256))
        return grade(
            self._labels,
            self._split,
            stored.labels,
            stored.values,
            stored.output,
            classes=self.classes,
        )
