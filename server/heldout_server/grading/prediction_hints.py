"""Why a prediction file scores so low, in plain words. Pure.

Of hidden examples a hint knows what the score tells anyway, and otherwise only the predictions
themselves: a second look at the labels would be a second answer about them for one submission.
Labels that are published, or of practice examples, may be looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.tfds_order import MNIST_TEST_EXAMPLES, tfds_test_order

# Only a file that reads almost nothing gets explained, and only by what makes most of it right.
UNEXPLAINED_BELOW = 0.3
EXPLAINED_ABOVE = 0.6

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
END_MISSING = (
    "Label {end} is never predicted, and this reads almost nothing: the labels look shifted by "
    "one, as if the digits had been numbered from 1 or the wrong column had been taken. Label k "
    "stands for the digit k, from 0 to 9."
)
CHANCE = (
    "This looks like chance. Likely reasons: the predictions are in another order than "
    "client.test_images() (shuffled, or from another copy of the data), label k doesn't stand for "
    "the digit k, the images were prepared otherwise than in training, or the model is untrained "
    "or learned other images (Fashion-MNIST)."
)


def prediction_hints(
    labels: NDArray[np.integer[Any]], predicted: NDArray[np.integer[Any]]
) -> list[str]:
    """At most one sentence about near-chance predictions of practice examples; [] for others.

    Both arrays are (n,), and the labels are everyone's.
    """
    accuracy = _accuracy(labels, predicted)
    if accuracy >= UNEXPLAINED_BELOW:
        return []
    if _is_one_label(predicted):
        return [ONE_LABEL]
    if any(_explains(labels, predicted + shift) for shift in (-1, 1)):
        return [SHIFTED]
    return [CHANCE]


def hidden_prediction_hints(
    accuracy: float,
    predicted: NDArray[np.integer[Any]],
    *,
    published: NDArray[np.integer[Any]] | None = None,
    classes: int,
) -> list[str]:
    """The same about predictions (n,) of hidden examples, of which `accuracy` is the public part's.

    `published` are the labels of both parts where they are public: MNIST's, whose test images
    others give in another order.
    """
    if accuracy >= UNEXPLAINED_BELOW:
        return []
    if _is_one_label(predicted):
        return [ONE_LABEL]
    if published is not None and _explains(published, _in_our_order(predicted)):
        return [TFDS_ORDER]
    missing = np.flatnonzero(np.bincount(predicted, minlength=classes) == 0)
    if len(missing) == 1 and missing[0] in (0, classes - 1):
        return [END_MISSING.format(end=missing[0])]
    return [CHANCE]


def _explains(labels: NDArray[Any], corrected: NDArray[Any] | None) -> bool:
    return corrected is not None and _accuracy(labels, corrected) > EXPLAINED_ABOVE


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


def _accuracy(labels: NDArray[Any], predicted: NDArray[Any]) -> float:
    return float((labels.astype(np.int64) == predicted).mean())
