"""From four arrays to a dataset: check them, set practice aside, recognise real MNIST."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.datasets.loaded import (
    DIGIT_NAMES,
    DIGITS,
    IMAGE_SHAPE,
    ClassLabels,
    DatasetError,
    LoadedDataset,
    Pixels,
    arrays_hash,
    frozen_rows,
)
from heldout_server.datasets.mnist_files import MnistArrays

# SHA-256 over the arrays themselves, so that every build of the file is recognised: Keras's
# zip, another zip, the four IDX files. Order: x_train, y_train, x_test, y_test.
MNIST_ARRAYS_HASH = "52cd6c10ae77107af32269dd9d10ca19c1b749e83235a0c75e2f0729ebeaf141"
LARGEST_PRACTICE = 10_000
CUSTOM_NOTE = (
    "This is not MNIST: the organizer supplied these images. They have MNIST's form, 28×28 grey "
    "pixels in ten classes numbered 0 to 9."
)


def dataset_from_arrays(arrays: MnistArrays, source: str) -> LoadedDataset:
    """Check the arrays and cut them into training, practice and hidden test examples.

    Practice is the last sixth of the training images, at most 10,000: of MNIST's 60,000 the
    last 10,000, as in the course that Heldout serves. `source` names the file in errors.
    Raises `DatasetError` for a wrong shape, dtype or label.
    """
    x_train = check_images(arrays.x_train, f"x_train in {source}")
    x_test = check_images(arrays.x_test, f"x_test in {source}")
    y_train = check_labels(arrays.y_train, len(x_train), f"y_train in {source}")
    y_test = check_labels(arrays.y_test, len(x_test), f"y_test in {source}")
    is_mnist = arrays_hash(x_train, y_train, x_test, y_test) == MNIST_ARRAYS_HASH
    training = len(x_train) - min(LARGEST_PRACTICE, len(x_train) // 6)
    dataset = LoadedDataset(
        slug="mnist" if is_mnist else "custom",
        name="MNIST" if is_mnist else "Custom 28×28 images",
        note="" if is_mnist else CUSTOM_NOTE,
        task=DIGITS,
        x_train=frozen_rows(x_train, slice(training)),
        y_train=frozen_rows(y_train, slice(training)),
        x_practice=frozen_rows(x_train, slice(training, None)),
        y_practice=frozen_rows(y_train, slice(training, None)),
        x_test=frozen_rows(x_test, slice(None)),
        y_test=frozen_rows(y_test, slice(None)),
    )
    check_every_class(dataset, source)
    return dataset


def check_images(images: NDArray[Any], where: str) -> Pixels:
    """`images` unchanged if they are uint8 (n, 28, 28); `DatasetError` otherwise."""
    if images.ndim != 3 or images.shape[1:] != IMAGE_SHAPE or not len(images):
        raise DatasetError(f"{where} has shape {images.shape}; (n, 28, 28) is needed.")
    if images.dtype != np.uint8:
        raise DatasetError(
            f"{where} has type {images.dtype}; uint8 pixels from 0 to 255 are needed. "
            "Save the images before any scaling."
        )
    return images


def check_labels(labels: NDArray[Any], count: int, where: str) -> ClassLabels:
    """`labels` as uint8 if they are `count` whole numbers from 0 to 9, else `DatasetError`."""
    if labels.shape != (count,):
        raise DatasetError(f"{where} has shape {labels.shape}; ({count},) is needed.")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DatasetError(f"{where} has type {labels.dtype}; whole numbers are needed.")
    if labels.min() < 0 or labels.max() >= len(DIGIT_NAMES):
        raise DatasetError(f"{where} has labels outside 0 to 9.")
    return labels.astype(np.uint8)


def check_every_class(dataset: LoadedDataset, source: str) -> None:
    """Refuse a dataset in which a part lacks a class, as files sorted by label do.

    The test set needs two of each class: one public and one private.
    """
    parts = {
        "training": (dataset.y_train, 1),
        "practice": (dataset.y_practice, 1),
        "test": (dataset.y_test, 2),
    }
    for part, (labels, needed) in parts.items():
        counts = np.bincount(labels, minlength=len(DIGIT_NAMES))
        if counts.min() < needed:
            raise DatasetError(
                f"The {part} examples of {source} have {counts.min()} of class "
                f"{counts.argmin()}; at least {needed} are needed. Practice examples are the "
                "last sixth of the training examples, so a file sorted by label must be "
                "shuffled first."
            )
