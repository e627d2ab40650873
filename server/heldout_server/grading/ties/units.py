"""What is drawn when examples are resampled: examples, groups, or parts of many. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_UNITS = 10_000
"""With more examples, parts of equal size are drawn instead: the spread of a figure is then known
to 1 / √(2·10,000) = 0.7 %, and a resample costs the same however many examples there are."""


@dataclass(frozen=True, eq=False)
class Units:
    """How n examples are drawn. `number` (n,) is the unit of each, from 0 to `count` − 1."""

    number: NDArray[np.int64]
    count: int
    seed: int

    def sums(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """(count, m): the sums of values (n, m) in each unit, divided by n."""
        if self.count == len(self.number):
            ordered = np.empty((self.count, values.shape[1]), np.float32)
            ordered[self.number] = values / len(values)
            return ordered
        columns = [
            np.bincount(self.number, values[:, k], self.count) for k in range(values.shape[1])
        ]
        return (np.stack(columns, axis=1) / len(values)).astype(np.float32)


def units(
    examples: int, seed: int, groups: NDArray[Any] | None = None, most: int = MOST_UNITS
) -> Units:
    """How these examples are drawn, the same for everybody and at any time.

    A group (such as all digits of a writer) is drawn whole, since its examples succeed or fail
    together. Of more than `most` examples or groups, equal numbers by chance are drawn as one.
    """
    number = np.arange(examples) if groups is None else np.unique(groups, return_inverse=True)[1]
    number = number.reshape(-1).astype(np.int64)
    count = int(number.max(initial=-1)) + 1
    if count > most:
        number = np.random.default_rng(seed).permutation(count)[number] % most
        count = most
    return Units(number, count, seed)


def seed_of(slug: str, part: NDArray[np.bool_]) -> int:
    """A competition's own seed, kept where its split is: by the mask (n,) of a part.

    As secret as the mask, so that nobody knows which examples weigh how much in a resample.
    """
    digest = hashlib.sha256(slug.encode() + b"\0" + np.packbits(part).tobytes())
    return int.from_bytes(digest.digest()[:16])
