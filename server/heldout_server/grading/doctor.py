"""Why a prediction file scores so low, in plain words. Pure.

Hints come from the public examples only and name a kind of mistake, never a number or a label:
they tell no more about the hidden labels than the public score does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.tfds_order import MNIST_TEST_EXAMPLES, tfds_test_order

# Only a file that reads almost nothing gets explained, and only by what makes most of it right.
UNEXPLAINED_BELOW = 0.3
EXPLAINED_ABOVE = 0.6
CHANCE_BELOW = 0.2

TFDS_ORDER = (
    "The predictions fit the test images in the order of tensorflow_datasets, which is another "
    "than the one here. Predict on client.test_images() instead."
)
SHIFTED = (
    "The labels look shifted by one, as if the digits had been numbered from 1 or the wrong column "
    "had been taken. Label k stands for the digit k, from 0 to 9."
)
ONE_LABEL = (
    "Nearly all predictions are the same label: look at the model's loss, which usually hasn't "
    "fallen, and check that argmax runs over the classes (axis=1)."
)
CHANCE = (
    "This looks like chance. Likely reasons: the predictions are in another order than "
    "client.test_images() (shuffled, or from another copy of the data), the images were prepared "
    "otherwise than in training, or the model wasn't trained."
)


def prediction_hints(
    labels: NDArray[np.integer[Any]],
    predicted: NDArray[np.integer[Any]],
    *,
    public: NDArray[np.bool_] | None = None,
    is_mnist: bool = False,
) -> list[str]:
    """At most one sentence or two about a near-chance prediction; [] for any other.

    All arrays are (n,), in the order of the test images. `public` is the mask of what may be
    looked at; None means all of it, for practice labels, which everyone has. `is_mnist`: these are
    MNIST's own test images, which others give in other orders.
    """
    seen = np.ones(len(labels), np.bool_) if public is None else public
    accuracy = _accuracy(labels, predicted, seen)
    if accuracy >= UNEXPLAINED_BELOW:
        return []
    if _is_one_label(predicted):
        return [ONE_LABEL]
    if is_mnist and _explains(labels, _in_our_order(predicted), seen):
        return [TFDS_ORDER]
    if any(_explains(labels, predicted + shift, seen) for shift in (-1, 1)):
        return [SHIFTED]
    return [CHANCE] if accuracy < CHANCE_BELOW else []


def _explains(
    labels: NDArray[Any], corrected: NDArray[Any] | None, seen: NDArray[np.bool_]
) -> bool:
    return corrected is not None and _accuracy(labels, corrected, seen) > EXPLAINED_ABOVE


def _in_our_order(predicted: NDArray[Any]) -> NDArray[Any] | None:
    """Predictions for tensorflow_datasets' test images, moved to where those images are here."""
    if len(predicted) != MNIST_TEST_EXAMPLES:
        return None
    moved = np.empty_like(predicted)
    moved[tfds_test_order()] = predicted
    return moved


def _is_one_label(predicted: NDArray[Any]) -> bool:
    _, counts = np.unique(predicted, return_counts=True)
    return bool(counts.max() > 0.99 * len(predicted))


def _accuracy(labels: NDArray[Any], predicted: NDArray[Any], seen: NDArray[np.bool_]) -> float:
    return float((labels[seen].astype(np.int64) == predicted[seen]).mean())
