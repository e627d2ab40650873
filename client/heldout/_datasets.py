"""Images and public labels as the server sends them, read with pickles off."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

# Images (n, 28, 28) uint8 and labels (n,) uint8.
Examples: TypeAlias = "tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]"


def test_images(data: bytes) -> np.ndarray[Any, Any]:
    """The array of an `.npy` body."""
    import numpy as np

    images: np.ndarray[Any, Any] = np.load(io.BytesIO(data), allow_pickle=False)
    return images


def training_data(data: bytes) -> tuple[Examples, Examples]:
    """The training pair and the practice pair of an `.npz` body."""
    import numpy as np

    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        train = (arrays["x_train"], arrays["y_train"])
        practice = (arrays["x_practice"], arrays["y_practice"])
    return train, practice
