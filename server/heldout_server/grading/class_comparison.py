"""What several submissions are together: paired counts and the class's vote, after the reveal.

Only counts leave this module, of public examples, and none while the contest runs: as many pairs
as there are give as many answers about the labels. Which example is right or wrong for whom stays
here; but for the wall of hardest digits, which names both once the competition is revealed and its
organizers open it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from heldout_server.blobs import BlobStore
from heldout_server.competitions import schedule
from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.labels import LabelStore
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition
from heldout_server.runs.answers import ClassVote, PairCounts, paired, voted
from heldout_server.runs.hardest_images import HardImage, hardest
from heldout_server.submissions.stored_predictions import StoredPredictions

KEPT_READINGS = 256


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
        labels, public = self._public(competition)
        classes = len(self.datasets.info(competition.dataset_hash).class_names)
        return voted(labels, [self._labels(digest)[public] for digest in digests], classes)

    def hardest(self, competition: Competition, digests: Sequence[str]) -> tuple[HardImage, ...]:
        """The test images that most of these get wrong, with their labels.

        Raises ProblemError `conflict` unless organizers opened the wall after the reveal.
        """
        if not schedule.shows_hardest(competition):
            raise ProblemError("conflict", "The wall of hardest digits isn't open.")
        labels = self.labels.labels(competition.dataset_hash, competition.labels_version)
        classes = len(self.datasets.info(competition.dataset_hash).class_names)
        return hardest(labels, (self._labels(digest) for digest in digests), classes=classes)

    def _correct(self, competition: Competition, digest: str) -> NDArray[np.bool_]:
        # By corrected labels it is another reading.
        key = (competition.slug, str(competition.labels_version), digest)
        with self._lock:
            if key in self._right:
                self._right.move_to_end(key)
                return self._right[key]
        labels, public = self._public(competition)
        correct: NDArray[np.bool_] = self._labels(digest)[public] == labels
        with self._lock:
            self._right[key] = correct
            while len(self._right) > KEPT_READINGS:
                self._right.popitem(last=False)
        return correct

    def _public(self, competition: Competition) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        split = self.labels.split(
            competition.slug,
            competition.dataset_hash,
            public_fraction=competition.public_fraction,
        )
        labels = self.labels.labels(competition.dataset_hash, competition.labels_version)
        return labels[split.public], split.public

    def _labels(self, digest: str) -> NDArray[np.int64]:
        return StoredPredictions.from_bytes(self.blobs.read(digest)).labels


@dataclass(frozen=True)
class HiddenAnswers:
    """A competition's `Answers` on its public examples, given each submission's digest."""

    grader: ClassGrader
    competition: Competition
    digests: Mapping[int, str]

    def pair(self, first: int, second: int) -> PairCounts | None:
        """See `Answers`."""
        if first not in self.digests or second not in self.digests:
            return None
        return self.grader.pair(self.competition, self.digests[first], self.digests[second])

    def vote(self, voters: Sequence[int]) -> ClassVote | None:
        """See `Answers`."""
        found = [self.digests[voter] for voter in voters if voter in self.digests]
        return self.grader.vote(self.competition, found)
