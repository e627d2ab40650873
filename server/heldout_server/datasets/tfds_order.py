"""The order in which tensorflow_datasets gives MNIST's test images.

It writes examples sorted by the MD5 of the split's name and the example's number, so the order
follows from that rule alone. Somebody who predicts on its images gets every row in another place
than in the original files.
"""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

MNIST_TEST_EXAMPLES = 10_000
_SPLIT = b"test"


@cache
def tfds_test_order() -> NDArray[np.int64]:
    """Int64 (10000,), read-only: its test example i is the original test image `order[i]`."""
    keys = [_key(number) for number in range(MNIST_TEST_EXAMPLES)]
    order = np.array(sorted(range(MNIST_TEST_EXAMPLES), key=keys.__getitem__), np.int64)
    order.setflags(write=False)
    return order


def _key(number: int) -> bytes:
    return hashlib.md5(_SPLIT + str(number).encode(), usedforsecurity=False).digest()
