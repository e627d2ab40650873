"""The fall-back without internet: 1,797 real digits that ship inside scikit-learn.

Source: E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, 1998 (its test part), 8×8 images with 17 grey levels, CC BY 4.0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.loaded import (
    DIGITS,
    IMAGE_SHAPE,
    ClassLabels,
    LoadedDataset,
    Pixels,
    frozen_rows,
)

DIGITS_NOTE = (
    "This is not MNIST: MNIST could not be had, so these are the 1,797 UCI digits that come with "
    "scikit-learn, enlarged from 8×8 to 28×28 pixels. Scores cannot be compared with MNIST's."
)
SMALL_SIDE = 8
LARGEST_LEVEL = 16
# Of every six examples of a class: two hidden, one practice, three training.
_HIDDEN, _PRACTICE, _TRAINING = "hidden", "practice", "training"
_PLACES = np.array([_HIDDEN, _HIDDEN, _PRACTICE, _TRAINING, _TRAINING, _TRAINING])
_ORDER_SEED = 1797


def load_digits() -> LoadedDataset:
    """The UCI digits as a dataset: 891 training, 300 practice and 606 hidden test examples.

    The same arrays on every machine: enlarging is integer arithmetic, and the order comes
    from NumPy's legacy generator, whose stream is frozen (NEP 19).
    """
    images, labels = _uci_digits()
    # In the original order the labels run 0, 1, … 9, 0, 1, …: it would give them away.
    order = np.random.RandomState(_ORDER_SEED).permutation(len(labels))
    pixels, labels = enlarge(images)[order], labels[order]
    places = divide_by_class(labels)
    rows = {place: np.flatnonzero(places == place) for place in (_TRAINING, _PRACTICE, _HIDDEN)}
    return LoadedDataset(
        slug="digits",
        name="UCI digits",
        note=DIGITS_NOTE,
        task=DIGITS,
        x_train=frozen_rows(pixels, rows[_TRAINING]),
        y_train=frozen_rows(labels, rows[_TRAINING]),
        x_practice=frozen_rows(pixels, rows[_PRACTICE]),
        y_practice=frozen_rows(labels, rows[_PRACTICE]),
        x_test=frozen_rows(pixels, rows[_HIDDEN]),
        y_test=frozen_rows(labels, rows[_HIDDEN]),
    )


def divide_by_class(labels: ClassLabels) -> NDArray[np.str_]:
    """A place for each example, (n,): the examples of a class take the six places in turn.

    Every class is thus divided 2 : 1 : 3, to within one example of each place.
    """
    places = np.empty(len(labels), _PLACES.dtype)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        places[members] = _PLACES[np.arange(len(members)) % len(_PLACES)]
    return places


def enlarge(images: NDArray[np.integer]) -> Pixels:
    """8×8 images with levels 0–16, integers (n, 8, 8), as `Pixels` (n, 28, 28).

    Bilinear interpolation with pixel centres at half positions (source = (target + ½)·8/28 − ½)
    and edges extended; 16 becomes 255; halves round up. Every weight is a multiple of 1/14, so
    integers suffice and no machine's floating point can change a pixel.
    """
    weights = _bilinear_weights()
    sums = weights @ images.astype(np.int64) @ weights.T
    scale = 14 * 14 * LARGEST_LEVEL
    pixels: Pixels = ((sums * 255 + scale // 2) // scale).astype(np.uint8)
    return pixels


def _bilinear_weights() -> NDArray[np.int64]:
    """(28, 8) weights in fourteenths; each row sums to 14."""
    target = np.arange(IMAGE_SHAPE[0])
    position = np.clip(4 * target - 5, 0, 14 * (SMALL_SIDE - 1))
    left, share = position // 14, position % 14
    weights = np.zeros((IMAGE_SHAPE[0], SMALL_SIDE), np.int64)
    weights[target, left] = 14 - share
    weights[target, np.minimum(left + 1, SMALL_SIDE - 1)] += share
    return weights


def _uci_digits() -> tuple[NDArray[np.int64], ClassLabels]:
    # Imported here: it costs a second, and a server that has MNIST never needs it.
    from sklearn.datasets import load_digits as load_uci_digits

    digits = load_uci_digits()
    return digits.images.astype(np.int64), digits.target.astype(np.uint8)
