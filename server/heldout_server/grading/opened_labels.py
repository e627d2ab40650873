"""Grading stored predictions outside the queue: for re-scores and baselines."""

from __future__ import annotations

from dataclasses import dataclass, field

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.grade import Grades, grade
from heldout_server.grading.labels import LabelStore
from heldout_server.grading.splits import Split
from heldout_server.models import Competition
from heldout_server.tasks.kinds import Task
from heldout_server.tasks.predictions import Predictions, Truth


@dataclass(frozen=True)
class Scorer:
    """Opens label sets for whoever may only know the figures that come out."""

    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore

    def opened(self, competition: Competition, labels_version: str | None) -> OpenedLabels:
        """The competition's split with one label set, read once for many gradings."""
        content_hash = competition.dataset_hash
        task = self.datasets.info(content_hash).task
        return OpenedLabels(
            blobs=self.blobs,
            task=task,
            also=tuple(competition.also),
            _truth=self.labels.labels(content_hash, labels_version),
            _split=self.labels.split(
                competition.slug, content_hash, task, public_fraction=competition.public_fraction
            ),
        )


@dataclass(frozen=True)
class OpenedLabels:
    """A label set in memory. Its repr shows none of it; only figures come out."""

    blobs: BlobStore
    task: Task
    also: tuple[str, ...]
    _truth: Truth = field(repr=False)
    _split: Split = field(repr=False)

    def grade(self, predictions_sha256: str, metric: str) -> dict[str, Grades]:
        """The figures by split of the stored predictions. Raises BlobMissing, and as `grade`."""
        stored = Predictions.from_bytes(self.blobs.read(predictions_sha256))
        return grade(self.task, self._truth, self._split, stored, metric, self.also)
