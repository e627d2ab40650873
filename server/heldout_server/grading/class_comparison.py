"""What several submissions are together: paired counts and the class's vote, after the reveal.

Only counts leave this module, of public examples, and none while the contest runs: as many pairs
as there are give as many answers about the labels. Which example is right or wrong for whom stays
here; but for the wall of hardest examples, which names both once the competition is revealed and
its organizers open it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heldout_server.blobs import BlobStore
from heldout_server.competitions import schedule
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.labels import LabelStore
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition
from heldout_server.runs.answers import ClassVote, PairCounts, paired, right, voted
from heldout_server.runs.hardest_images import (
    HardImage,
    HardLabels,
    HardNumbers,
    hardest,
    hardest_labels,
    hardest_numbers,
)
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.predictions import Predictions, Truth

KEPT_READINGS = 256
Hardest: TypeAlias = tuple[HardImage, ...] | tuple[HardNumbers, ...] | tuple[HardLabels, ...]


@dataclass
class ClassGrader:
    """Grades stored predictions against each other on the public examples.

    `first` and the like are digests of stored predictions. Raises `BlobMissing` for a digest that
    isn't stored, `LabelStoreError` where there are no labels, and ProblemError `conflict` before
    the reveal.
    """

    blobs: BlobStore
    datasets: DatasetStore
    labels: LabelStore
    # Correctness stays in this process's memory: in a database it would be the labels.
    _right: OrderedDict[tuple[str, str, str], NDArray[np.bool_]] = field(
        default_factory=OrderedDict
    )
    _lock: Lock = field(default_factory=Lock)

    def of(self, competition: Competition, digests: Mapping[int, str]) -> HiddenAnswers:
        """The `Answers` of submissions, given the digest of each one's stored predictions."""
        return HiddenAnswers(self, competition, digests)

    def pair(self, competition: Competition, first: str, second: str) -> PairCounts:
        """How the second submission's answers differ from the first one's."""
        schedule.check_revealed(competition)
        return paired(self._correct(competition, first), self._correct(competition, second))

    def vote(self, competition: Competition, digests: Sequence[str]) -> ClassVote | None:
        """Everyone's best votes, the best first; None with fewer than two."""
        schedule.check_revealed(competition)
        truth, public = self._public(competition)
        task = self.datasets.info(competition.dataset_hash).task
        found = [self._predictions(digest).part(public) for digest in digests]
        return voted(task, truth, found, catalogue.metric(competition.metric))

    def hardest(self, competition: Competition, digests: Sequence[str]) -> Hardest:
        """The hidden examples that most of these get wrong, with their answers.

        Raises ProblemError `conflict` unless organizers opened the wall after the reveal.
        """
        if not schedule.shows_hardest(competition):
            raise ProblemError("conflict", "The wall of hardest examples isn't open.")
        labels = self.labels.labels(competition.dataset_hash, competition.labels_version)
        task = self.datasets.info(competition.dataset_hash).task
        if task.kind is Kind.REGRESSION:
            said = [partial(self._numbers, digest) for digest in digests]
            return hardest_numbers(labels.astype(np.float64), said)
        answers = (self._predictions(digest).classes for digest in digests)
        if task.kind is Kind.MULTILABEL:
            return hardest_labels(labels.astype(np.int64), answers)
        return hardest(labels.astype(np.int64), answers, classes=len(task.classes))

    def _correct(self, competition: Competition, digest: str) -> NDArray[np.bool_]:
        # By corrected labels it is another reading.
        key = (competition.slug, str(competition.labels_version), digest)
        with self._lock:
            if key in self._right:
                self._right.move_to_end(key)
                return self._right[key]
        labels, public = self._public(competition)
        correct = right(labels, self._predictions(digest).part(public))
        with self._lock:
            self._right[key] = correct
            while len(self._right) > KEPT_READINGS:
                self._right.popitem(last=False)
        return correct

    def _public(self, competition: Competition) -> tuple[Truth, NDArray[np.bool_]]:
        task = self.datasets.info(competition.dataset_hash).task
        split = self.labels.split(
            competition.slug,
            competition.dataset_hash,
            task,
            public_fraction=competition.public_fraction,
        )
        labels = self.labels.labels(competition.dataset_hash, competition.labels_version)
        truth = labels[split.public]
        if task.kind is Kind.REGRESSION:
            return truth.astype(np.float64), split.public
        return truth.astype(np.int64), split.public

    def _predictions(self, digest: str) -> Predictions:
        return Predictions.from_bytes(self.blobs.read(digest))

    def _numbers(self, digest: str) -> NDArray[np.floating[Any]]:
        found = self._predictions(digest).values
        assert found is not None  # a regression has nothing else
        return found


@dataclass(frozen=True)
class HiddenAnswers:
    """A competition's `Answers` on its public examples, given each submission's digest."""

    grader: ClassGrader
    competition: Competition
    digests: Mapping[int, str]

    def pair(self, first: int, second: int) -> PairCounts | None:
        """See `Answers`."""
        if first not in self.digests or second not in self.digests or not self._is_counted:
            return None
        return self.grader.pair(self.competition, self.digests[first], self.digests[second])

    @property
    def _is_counted(self) -> bool:
        """Whether an answer is right or wrong at all."""
        kind = self.grader.datasets.info(self.competition.dataset_hash).task.kind
        return kind is not Kind.REGRESSION

    def vote(self, voters: Sequence[int]) -> ClassVote | None:
        """See `Answers`."""
        found = [self.digests[voter] for voter in voters if voter in self.digests]
        return self.grader.vote(self.competition, found)
