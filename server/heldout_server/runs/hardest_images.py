"""Hidden examples that most of the class gets wrong. Pure: whoever calls it holds the labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST = 40
MOST_AT_ONCE = 50_000_000
"""Errors of four bytes: 200 MB."""

Read = Callable[[], NDArray[np.floating[Any]]]
"""Gives a model's answers (n, k), as often as it is asked."""


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


@dataclass(frozen=True)
class HardNumbers:
    """One hidden example of numbers: its `answer`, and the median over models of what they `said`
    and of how far `off` they were, in the unit of each output.
    """

    index: int
    answer: list[float]
    said: list[float]
    off: list[float]


@dataclass(frozen=True)
class HardLabels:
    """One hidden example of several labels: its `labels` by number, how many decisions were wrong
    (`missed`, over all models), and the label that most got wrong, with how many did.
    """

    index: int
    labels: list[int]
    missed: int
    worst: int
    worst_count: int


def hardest_numbers(
    answers: NDArray[np.float64], said: Sequence[Read], *, most: int = MOST
) -> tuple[HardNumbers, ...]:
    """At most `most` examples by the median over models of the absolute error, largest first.

    `answers` and what each of `said` gives are (n, k). Errors of several outputs are added up, each
    in standard deviations of its answers. Beside one model's answers at most `MOST_AT_ONCE` errors
    are held: of very many examples the first models, which are the best, stand for all.
    """
    if not said:
        return ()
    models = said[: max(1, MOST_AT_ONCE // len(answers))]
    spread = answers.std(axis=0)
    spread[spread == 0] = 1
    errors = np.empty((len(models), len(answers)), np.float32)
    for each, read in zip(errors, models, strict=True):
        each[:] = (np.abs(read() - answers) / spread).sum(axis=1)
    middle = np.median(errors, axis=0, overwrite_input=True)
    order = np.lexsort((np.arange(len(answers)), -middle))[:most]
    chosen = np.stack([read()[order] for read in said])
    medians = np.median(chosen, axis=0)
    off = np.median(np.abs(chosen - answers[order]), axis=0)
    return tuple(
        HardNumbers(int(i), answers[i].tolist(), medians[at].tolist(), off[at].tolist())
        for at, i in enumerate(order)
        if middle[i]
    )


def hardest_labels(
    answers: NDArray[np.integer], said: Iterable[NDArray[np.integer]], *, most: int = MOST
) -> tuple[HardLabels, ...]:
    """At most `most` examples of which most labels were got wrong, over all models; both (n, k)."""
    wrong = np.zeros(answers.shape, np.int64)
    for each in said:
        wrong += each != answers
    missed, worst = wrong.sum(axis=1), wrong.max(axis=1)
    order = np.lexsort((np.arange(len(answers)), -worst, -missed))[:most]
    return tuple(
        HardLabels(
            int(i), np.flatnonzero(answers[i]).tolist(), int(missed[i]),
            int(wrong[i].argmax()), int(worst[i]),
        )
        for i in order
        if missed[i]
    )  # fmt: skip
