"""What the computed baselines predict, from public data only. Pure but for the fit's time."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.loaded import ClassLabels, Pixels
from heldout_server.submissions.stored_predictions import StoredPredictions

# Enough for a linear model to level off, few enough to fit in seconds on one core.
MOST_TRAINING_EXAMPLES = 20_000
MOST_ITERATIONS = 50
SEED = 2012
LARGEST_PIXEL = 255.0


def random_guess(examples: int, classes: int) -> StoredPredictions:
    """One class drawn at random for each of `examples`; the same ones every time."""
    drawn = np.random.default_rng(SEED).integers(0, classes, examples)
    return StoredPredictions(drawn.astype(np.int64), None, "labels")


def majority_class(train_labels: ClassLabels, examples: int) -> StoredPredictions:
    """Always the most frequent class of the training labels (the smallest among equals)."""
    most_frequent = int(np.bincount(train_labels).argmax())
    return StoredPredictions(np.full(examples, most_frequent, np.int64), None, "labels")


def linear_model(
    train_images: Pixels, train_labels: ClassLabels, test_images: Pixels
) -> StoredPredictions:
    """Softmax regression on the pixels as fractions: images (n, height, width), uint8.

    Fitted on at most `MOST_TRAINING_EXAMPLES` training images for `MOST_ITERATIONS` steps.
    """
    # Here, because it takes most of a second of every start, and most starts fit nothing.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    chosen = np.random.default_rng(SEED).permutation(len(train_labels))[:MOST_TRAINING_EXAMPLES]
    model = LogisticRegression(max_iter=MOST_ITERATIONS)
    with warnings.catch_warnings():
        # It stops early on purpose: the last thousandth isn't worth minutes.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_flat(train_images[np.sort(chosen)]), train_labels[np.sort(chosen)])
    predicted: NDArray[np.int64] = model.predict(_flat(test_images)).astype(np.int64)
    return StoredPredictions(predicted, None, "labels")


def _flat(images: Pixels) -> NDArray[np.float32]:
    flat: NDArray[np.float32] = images.reshape(len(images), -1).astype(np.float32)
    return flat / np.float32(LARGEST_PIXEL)
