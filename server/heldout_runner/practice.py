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

JUDGED_IMAGES = 100
SEARCHED_IMAGES = 2000
# A model above this reads its images as they are given.
READS_WELL = 0.9
# A label that no shift by one makes right.
NOT_READ = -2

Labels = NDArray[np.int64]
Outputs = NDArray[np.float32]
Predict = Callable[[Images, Sequence[str]], Outputs]
"""Images (n, 28, 28) and variants of preprocessing → the model's output (variants, n, classes)."""


@dataclass(frozen=True)
class Practice:
    """The first practice images (n, 28, 28), and their labels (n,)."""

    images: Images
    labels: Labels

    @classmethod
    def of(cls, job: Job) -> Practice | None:
        """What the job gives to judge by, if anything."""
        if not job.practice_images_path or not job.practice_labels_path:
            return None
        count = SEARCHED_IMAGES if job.preprocessing == AUTO else JUDGED_IMAGES
        images = np.load(job.practice_images_path, mmap_mode="r")[:count]
        labels = np.load(job.practice_labels_path, mmap_mode="r")[:count]
        return cls(Images(images), labels.astype(np.int64)) if len(images) else None

    def __len__(self) -> int:
        return len(self.labels)

    def picked(self, which: slice | NDArray[np.intp]) -> Practice:
        """Some of them."""
        return Practice(Images(self.images.raw[which]), self.labels[which])


def judged(variant: str, practice: Practice, predict: Predict) -> Judgement:
    """How well the model reads with `variant`; with others only when that isn't well."""
    first = labels_of(predict(practice.images, [variant])[0])
    accuracies = {variant: _accuracy(first, practice.labels)}
    if accuracies[variant] < READS_WELL:
        others = [name for name in PREPROCESSING if name != variant]
        outputs = outputs_by_variant(others, practice.images, predict)
        accuracies |= {
            name: _accuracy(labels_of(output), practice.labels) for name, output in outputs.items()
        }
    return judgement(variant, first, practice.labels, accuracies)


def judgement(
    variant: str, predicted: Labels, labels: Labels, accuracies: dict[str, float]
) -> Judgement:
    """What was found with `variant`, which gives the labels `predicted` (n,)."""
    shift, shifted = _best_shift(predicted, labels)
    return Judgement(
        preprocessing=variant,
        examples=len(labels),
        accuracies=tuple(accuracies.get(name, float("nan")) for name in PREPROCESSING),
        label_shift=shift,
        shifted_accuracy=shifted,
    )


def outputs_by_variant(
    variants: Sequence[str], images: Images, predict: Predict
) -> dict[str, Outputs]:
    """The outputs (n, classes) for each variant, all by one call: calls are what costs.

    A variant that nobody asked for may not suit the model: an Embedding of pixels, for one, can't
    take what lies outside its table. Then its outputs are NaN. MemoryError passes.
    """
    try:
        outputs = predict(images, variants)
    except MemoryError:
        raise
    except Exception:
        if len(variants) == 1:
            return {variants[0]: np.full((len(images), 1), np.nan, np.float32)}
        alone = [outputs_by_variant([variant], images, predict) for variant in variants]
        return {name: output for found in alone for name, output in found.items()}
    return dict(zip(variants, outputs, strict=True))


def labels_of(values: Outputs) -> Labels:
    """The predicted labels (n,); NOT_READ where the output isn't finite."""
    finite = np.isfinite(values).all(axis=1)
    return np.where(finite, values.argmax(axis=1), NOT_READ)


def _best_shift(predicted: Labels, labels: Labels) -> tuple[int, float]:
    accuracies = [_accuracy(predicted + shift, labels) for shift in SHIFTS]
    found = int(np.argmax(accuracies))
    return SHIFTS[found], accuracies[found]


def _accuracy(predicted: Labels, labels: Labels) -> float:
    return float((predicted == labels).mean())


def unjudged(variant: str) -> Judgement:
    """Nothing but the variant that was used."""
    return replace(Judgement(), preprocessing=variant)
