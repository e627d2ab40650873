"""Find the preprocessing that a model was trained with, on practice images.

Most models take pixels from 0 to 1, so that is believed until another variant is shown to be
better; whatever luck may explain stays with 0 to 1. A variant can only gain where the default
misreads, and loses first where the default is least sure: these few images tell which variants
deserve a full comparison, so that a model that reads well costs little more than one look.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from heldout_runner.practice import (
    READS_WELL,
    SEARCHED_IMAGES,
    Labels,
    Outputs,
    Practice,
    Predict,
    judgement,
    labels_of,
    outputs_by_variant,
)
from heldout_runner.protocol import PREPROCESSING, Judgement
from heldout_runner.significance import sign_p

DEFAULT, *OTHERS = PREPROCESSING
# How many practice images have been compared after each round.
ROUNDS = (500, 800, SEARCHED_IMAGES)
MOST_MISREAD, LEAST_SURE = 64, 24
# Less than half a point of what was looked at isn't worth a full comparison, or may be luck.
FEWEST_GAINED, LEAST_GAIN = 2, 0.005
MOST_CANDIDATES = 3
# For one comparison. At most three rounds of three candidates: a variant that is no better than
# the default replaces it for fewer than one model in twenty, and that one loses nothing by it.
SIGNIFICANT = 0.005

Right = NDArray[np.bool_]


def best(practice: Practice, predict: Predict) -> Judgement:
    """The default, or the variant that clearly reads more; with both accuracies."""
    output = _first_look(practice, predict)
    known = practice.picked(slice(len(output)))
    readings = _Readings(practice, predict, {DEFAULT: labels_of(output)})
    rivals = [DEFAULT, *_candidates(output, known, predict)]
    rounds = [count for count in ROUNDS if count >= len(known)]
    return readings.judgement(_winner(rivals, readings, rounds))


def _first_look(practice: Practice, predict: Predict) -> Outputs:
    """The output (n, classes) of the default, for more images where it reads well.

    What another variant could gain there is small, and smaller gains take more images to see.
    """
    first = practice.picked(slice(ROUNDS[0]))
    output = outputs_by_variant([DEFAULT], first.images, predict)[DEFAULT]
    if (labels_of(output) == first.labels).mean() < READS_WELL or len(practice) == len(first):
        return output
    second = practice.picked(slice(ROUNDS[0], ROUNDS[1])).images
    more = outputs_by_variant([DEFAULT], second, predict)[DEFAULT]
    return np.concatenate([output, more])


@dataclass
class _Readings:
    """What the model reads with each variant: the labels of the first practice images."""

    practice: Practice
    predict: Predict
    labels: dict[str, Labels] = field(default_factory=dict)

    def right(self, variant: str, count: int) -> Right:
        """Whether each of the first `count` images is read, which is done where it is needed."""
        read = self.labels.get(variant, np.empty(0, np.int64))
        if len(read) < min(count, len(self.practice)):
            rest = self.practice.picked(slice(len(read), count)).images
            output = outputs_by_variant([variant], rest, self.predict)[variant]
            read = self.labels[variant] = np.concatenate([read, labels_of(output)])
        found: Right = read[:count] == self.practice.labels[: len(read[:count])]
        return found

    def judgement(self, chosen: str) -> Judgement:
        """On the images that were read both ways."""
        count = min(len(self.labels[name]) for name in {DEFAULT, chosen})
        complete = [name for name, labels in self.labels.items() if len(labels) >= count]
        accuracies = {name: float(self.right(name, count).mean()) for name in complete}
        predicted = self.labels[chosen][:count]
        return judgement(chosen, predicted, self.practice.labels[:count], accuracies)


def _candidates(output: Outputs, known: Practice, predict: Predict) -> list[str]:
    """The variants that read more of the doubtful images than the default does."""
    doubtful, read_already = _doubtful(output, known.labels)
    fewest = max(FEWEST_GAINED, round(LEAST_GAIN * len(known)))
    if len(doubtful) - read_already < fewest:
        return []
    few = known.picked(doubtful)
    outputs = outputs_by_variant(OTHERS, few.images, predict)
    gained = {
        name: int((labels_of(outputs[name]) == few.labels).sum()) - read_already for name in OTHERS
    }
    promising = sorted(OTHERS, key=lambda name: -gained[name])[:MOST_CANDIDATES]
    return [name for name in OTHERS if name in promising and gained[name] >= fewest]


def _doubtful(output: Outputs, labels: Labels) -> tuple[NDArray[np.intp], int]:
    """Images that the default misreads, and right ones of which it is least sure; how many."""
    right = labels_of(output) == labels
    misread, read = np.flatnonzero(~right), np.flatnonzero(right)
    unsure = read[np.argsort(_margins(output[read]), kind="stable")[:LEAST_SURE]]
    return np.concatenate([misread[:MOST_MISREAD], unsure]), len(unsure)


def _margins(output: Outputs) -> NDArray[np.float32]:
    """How far the highest value of each row lies above the next."""
    highest = np.sort(output, axis=1)
    margins: NDArray[np.float32] = highest[:, -1] - highest[:, -2:][:, 0]
    return margins


def _winner(rivals: list[str], readings: _Readings, rounds: list[int]) -> str:
    """The rival that beats the default, compared on more and more images until it is clear.

    A rival that doesn't lead the default has lost at once: the others decide.
    """
    leader = DEFAULT
    for count in rounds:
        if len(rivals) == 1 and rivals[0] == leader:
            break
        right = {name: readings.right(name, count) for name in rivals}
        leader = max(rivals, key=lambda name: int(right[name].sum()))
        rivals = [n for n in rivals if n == leader or not _beats(right[leader], right[n])]
        rivals = _leading(rivals, right)
    return DEFAULT if DEFAULT in rivals else leader


def _leading(rivals: list[str], right: dict[str, Right]) -> list[str]:
    if DEFAULT not in rivals:
        return rivals
    least = right[DEFAULT].sum()
    return [name for name in rivals if name == DEFAULT or right[name].sum() > least]


def _beats(right: Right, other: Right) -> bool:
    fixed, broken = int((right & ~other).sum()), int((other & ~right).sum())
    return fixed > broken and sign_p(fixed, broken) < SIGNIFICANT
