"""Judge a model on practice images, whose labels everyone has: never on hidden ones.

It costs about a percent of the work for a model that reads its images well; only another one is
looked at more closely.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heldout_runner.protocol import AUTO, PREPROCESSING, SHIFTS, Job, Judgement

FIRST_LOOK_IMAGES = 100
AUTO_IMAGES = 500
# A model above this reads its images as they are given.
READS_WELL = 0.9
# A label that no shift by one makes right.
NOT_READ = -2

Predict = Callable[[NDArray[np.uint8], str], NDArray[np.float32]]
"""Images (n, 28, 28) and a variant of preprocessing → the model's output (n, classes)."""


@dataclass(frozen=True)
class Practice:
    """The first practice images (n, 28, 28), uint8, and their labels (n,)."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, job: Job) -> Practice | None:
        """What the job gives to judge by, if anything."""
        if not job.practice_images_path or not job.practice_labels_path:
            return None
        count = AUTO_IMAGES if job.preprocessing == AUTO else FIRST_LOOK_IMAGES
        images = np.load(job.practice_images_path, mmap_mode="r")[:count]
        labels = np.load(job.practice_labels_path, mmap_mode="r")[:count]
        return cls(images, labels.astype(np.int64)) if len(images) else None


def judged(variant: str, practice: Practice, predict: Predict) -> Judgement:
    """How well the model reads with `variant`; with others only when that isn't well."""
    first = _labels(predict(practice.images, variant))
    accuracies = {variant: _accuracy(first, practice.labels)}
    if accuracies[variant] < READS_WELL:
        accuracies |= _others(variant, practice, predict)
    shift, shifted = _best_shift(first, practice.labels)
    return Judgement(
        preprocessing=variant,
        examples=len(practice.labels),
        accuracies=tuple(accuracies.get(name, float("nan")) for name in PREPROCESSING),
        label_shift=shift,
        shifted_accuracy=shifted,
    )


def best(practice: Practice, predict: Predict) -> Judgement:
    """The same for `auto`: all variants are judged and the best is used, the first of equals."""
    outputs = {name: _tried(practice, name, predict) for name in PREPROCESSING}
    accuracies = tuple(_accuracy(outputs[name], practice.labels) for name in PREPROCESSING)
    chosen = PREPROCESSING[int(np.argmax(accuracies))]
    shift, shifted = _best_shift(outputs[chosen], practice.labels)
    return Judgement(chosen, len(practice.labels), accuracies, shift, shifted)


def _others(variant: str, practice: Practice, predict: Predict) -> dict[str, float]:
    return {
        name: _accuracy(_tried(practice, name, predict), practice.labels)
        for name in PREPROCESSING
        if name != variant
    }


def _tried(practice: Practice, variant: str, predict: Predict) -> NDArray[np.int64]:
    """The predicted labels (n,) with a variant that nobody asked for: it may not suit the model.

    An Embedding of pixels, for one, can't take what lies outside its table. MemoryError passes.
    """
    try:
        return _labels(predict(practice.images, variant))
    except MemoryError:
        raise
    except Exception:
        return np.full(len(practice.labels), NOT_READ)


def _labels(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The predicted labels (n,); NOT_READ where the output isn't finite."""
    finite = np.isfinite(values).all(axis=1)
    return np.where(finite, values.argmax(axis=1), NOT_READ)


def _best_shift(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> tuple[int, float]:
    accuracies = [_accuracy(predicted + shift, labels) for shift in SHIFTS]
    found = int(np.argmax(accuracies))
    return SHIFTS[found], accuracies[found]


def _accuracy(predicted: NDArray[np.int64], labels: NDArray[np.int64]) -> float:
    return float((predicted == labels).mean())


def unjudged(variant: str) -> Judgement:
    """Nothing but the variant that was used."""
    return replace(Judgement(), preprocessing=variant)
