"""Taking in other labels for the hidden examples: the web hands them over and can't read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heldout_server.datasets.store import DatasetStore
from heldout_server.grading.labels import LabelStore
from heldout_server.kit.errors import ProblemError


@dataclass(frozen=True)
class LabelSet:
    """A label set that was kept: its version, and how many labels differ from the ones before."""

    version: str
    changed: int


@dataclass(frozen=True)
class LabelIntake:
    """Keeps corrected label sets as versions of their own. No method gives a label back."""

    labels: LabelStore
    datasets: DatasetStore

    def corrected(
        self, content_hash: str, base: str | None, corrections: Mapping[int, int]
    ) -> LabelSet:
        """The set `base` with the labels at some indices replaced.

        Raises ProblemError `validation` for an index or a class that there isn't.
        """
        before = self.labels.labels(content_hash, base)
        after = before.copy()
        for index, label in corrections.items():
            if not 0 <= index < len(after):
                raise ProblemError(
                    "validation",
                    f"There is no hidden example {index}: they go from 0 to {len(after) - 1}.",
                    "Indices are places in the test images, as client.test_images() gives them.",
                )
            after[index] = label
        return self._keep(content_hash, before, after)

    def replaced(self, content_hash: str, base: str | None, labels: ArrayLike) -> LabelSet:
        """A whole new set (n,), in the order of the test images.

        Raises ProblemError `validation` when it doesn't fit the dataset.
        """
        before, after = self.labels.labels(content_hash, base), np.asarray(labels)
        if after.shape != before.shape or not np.issubdtype(after.dtype, np.integer):
            raise ProblemError(
                "validation",
                f"A label set for this dataset has {len(before)} whole numbers in one dimension.",
                "One label for each hidden example, in the order of the test images.",
            )
        return self._keep(content_hash, before, after.astype(np.int64))

    def _keep(
        self, content_hash: str, before: NDArray[np.int64], after: NDArray[np.int64]
    ) -> LabelSet:
        classes = len(self.datasets.info(content_hash).class_names)
        if after.min() < 0 or after.max() >= classes:
            raise ProblemError("validation", f"A label is a class from 0 to {classes - 1}.")
        version = self.labels.add_version(content_hash, after)
        return LabelSet(version, int((before != after).sum()))
