"""Judge a model on practice images, whose labels everyone has: never on hidden ones.

It costs about a percent of the work for a model that reads its images well; only another one is
looked at more closely.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heldout_runner.preprocessing import Images
from heldout_runner.protocol import AUTO, PREPROCESSING, SHIFTS, Job, Judgement

FIRST_LOOK_IMAGES = 100
AUTO_IMAGES = 500
# A model above this reads its images as they are given.
READS_WELL = 0.9
# A label that no shift by one makes right.
NOT_READ = -2

Predict = Callable[[Images, Sequence[str]], NDArray[np.float32]]
"""Images (n, 28, 28) and variants of preprocessing → the model's output (variants, n, classes)."""


@dataclass(frozen=True)
class Practice:
    """The first practice images (n, 28, 28), and their labels (n,)."""

    images: Images
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, job: Job) -> Practice | None:
        """What the job gives to judge by, if anything."""
        if not job.practice_images_path or not job.practice_labels_path:
            return None
        count = AUTO_IMAGES if job.preprocessing == AUTO else FIRST_LOOK_IMAGES
        images = np.load(job.practice_images_path, mmap_mode="r")[:count]
        labels = np.load(job.practice_labels_path, mmap_mode="r")[:count]
        return cls(Images(images), labels.astype(np.int64)) if len(images) else None


def judged(variant: str, practice: Practice, predict: Predict) -> Judgement:
    """How well the model reads with `variant`; with others only when that isn't well."""
    first = _labels(predict(practice.images, [variant])[0])
    accuracies = {variant: _accuracy(first, practice.labels)}
    if accuracies[variant] < READS_WELL:
        others = [name for name in PREPROCESSING if name != variant]
        outputs = _labels_by_variant(others, practice, predict)
        accuracies |= {name: _accuracy(outputs[name], practice.labels) for name in others}
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
    outputs = _labels_by_variant(PREPROCESSING, practice, predict)
    accuracies = tuple(_accuracy(outputs[name], practice.labels) for name in PREPROCESSING)
    chosen = PREPROCESSING[int(np.argmax(accuracies))]
    shift, shifted = _best_shift(outputs[chosen], practice.labels)
    return Judgement(chosen, len(practice.labels), accuracies, shift, shifted)


def _labels_by_variant(
    variants: Sequence[str], practice: Practice, predict: Predict
) -> dict[str, NDArray[np.int64]]:
    """The predicted labels (n,) for each variant, all by one call: calls are what costs.

    A variant that nobody asked for may not suit the model: an Embedding of pixels, for one, can't
    take what lies outside its table. Then nothing counts as read with it. MemoryError passes.
    """
    try:
        outputs = predict(practice.images, variants)
    except MemoryError:
        raise
    except Exception:
        if len(variants) == 1:
            return {variants[0]: np.full(len(practice.labels), NOT_READ)}
        alone = [_labels_by_variant([variant], practice, predict) for variant in variants]
        return {name: labels for found in alone for name, labels in found.items()}
    return {name: _labels(output) for name, output in zip(variants, outputs, strict=True)}


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
