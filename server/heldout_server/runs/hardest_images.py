"""The images that most of the class gets wrong. Pure: whoever calls it must hold the labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST = 40


@dataclass(frozen=True)
class HardImage:
    """One test image, by its `index`: `wrong` models misread it, `said_count` of them as `said`."""

    index: int
    label: int
    wrong: int
    said: int
    said_count: int


def hardest(
    labels: NDArray[np.integer],
    answers: Iterable[NDArray[np.integer]],
    *,
    classes: int,
    most: int = MOST,
) -> tuple[HardImage, ...]:
    """At most `most` images that somebody got wrong, those that most got wrong first.

    `labels` and each of the `answers` are (n,). Among equals the one on whose wrong answer more
    agree comes first. Raises `ValueError` where the lengths differ.
    """
    said = np.zeros((len(labels), classes), np.int64)
    for each in answers:
        if each.shape != labels.shape:
            raise ValueError("the answers must be to the same images as the labels")
        said[np.arange(len(labels)), each] += 1
    said[np.arange(len(labels)), labels] = 0
    wrong, agreed = said.sum(axis=1), said.max(axis=1)
    order = np.lexsort((np.arange(len(labels)), -agreed, -wrong))[:most]
    return tuple(
        HardImage(int(i), int(labels[i]), int(wrong[i]), int(said[i].argmax()), int(agreed[i]))
        for i in order
        if wrong[i]
    )
