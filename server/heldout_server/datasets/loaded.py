"""A dataset in memory, whole: what every participant gets, and the hidden labels."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Grey images (n, 28, 28), uint8, 0 = paper and 255 = ink."""
ClassLabels = NDArray[np.uint8]
"""Class numbers (n,), uint8."""

IMAGE_SHAPE = (28, 28)
DIGIT_NAMES = tuple("0123456789")


class DatasetError(Exception):
    """A dataset cannot be used; the text tells the organizer which file and what to do."""


@dataclass(frozen=True, eq=False, repr=False)
class LoadedDataset:
    """Images and labels of one competition, `test_labels` included.

    Lives only while a dataset is being added: `DatasetStore.add` keeps what participants may
    have, `grading.labels.LabelStore.add` keeps `test_labels`. Images are `Pixels`, labels are
    `ClassLabels`; `note` is shown to participants and is empty for real MNIST.
    """

    slug: str
    name: str
    note: str
    task: str
    class_names: tuple[str, ...]
    train_images: Pixels
    train_labels: ClassLabels
    practice_images: Pixels
    practice_labels: ClassLabels
    test_images: Pixels
    test_labels: ClassLabels

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (64 hex digits) of everything that participants are given, in fixed order.

        The hidden labels are left out on purpose. The hash names folders and is known to
        processes that must not know labels; a hash over labels would confirm guesses: with a
        good model only some twenty labels are in doubt, and 2^20 tries take seconds.
        """
        return arrays_hash(
            self.train_images,
            self.train_labels,
            self.practice_images,
            self.practice_labels,
            self.test_images,
        )

    def __repr__(self) -> str:
        """Counts only: a repr ends up in logs, and labels must not."""
        return (
            f"LoadedDataset({self.slug!r}, training={len(self.train_labels)}, "
            f"practice={len(self.practice_labels)}, test={len(self.test_labels)})"
        )


def arrays_hash(*arrays: NDArray[np.uint8]) -> str:
    """SHA-256 over dtype, shape and bytes of each array in turn, as 64 hex digits."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def frozen_rows(array: NDArray[np.uint8], rows: Sequence[int] | NDArray[np.intp] | slice) -> Pixels:
    """The chosen rows of `array`, contiguous and read-only."""
    chosen = np.ascontiguousarray(array[rows])
    chosen.setflags(write=False)
    return chosen
