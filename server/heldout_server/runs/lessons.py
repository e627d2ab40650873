"""What helped in this class, in sentences for people who trained their first network today. Pure.

Two groups of runs are compared at a time: those with something and those without. A class is no
designed experiment: a difference is told only if most pairs of runs show it, and never as a cause.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from heldout_server.runs.experiments import RunRow
from heldout_server.tasks import scores

MOST = 3
FEWEST_RUNS = 3
FEWEST_PEOPLE = 2
CLEAR = 0.65
"""A difference is told when in at least this share of all pairs of runs the one group is better."""
WORTH_TELLING = 0.001
"""Of a figure from 0 to 1; of any other, as a share of the best one."""
LEARNED = 0.5
"""Runs below this share of the best score have learned nothing that could be compared. Only a share
of right answers says so; otherwise all are compared, by their ranks."""

Values = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """Something that a run has or hasn't; `asks` is None where its card doesn't say."""

    name: str
    having: str
    lacking: str
    asks: Callable[[Values], bool | None]
    idea: str = ""
    """How to try it, where nobody has."""


@dataclass(frozen=True)
class Contrast:
    """One question's answer: the better group first, with the scores of both."""

    better: str
    worse: str
    better_scores: tuple[float, ...]
    worse_scores: tuple[float, ...]
    clearness: float

    @property
    def gain(self) -> float:
        """How far the middles of the groups are apart."""
        return statistics.median(self.better_scores) - statistics.median(self.worse_scores)


@dataclass(frozen=True)
class Lessons:
    """What stands out, clearest first, and what to try next; either may be empty."""

    contrasts: tuple[Contrast, ...]
    ideas: tuple[str, ...]


def _has(name: str) -> Callable[[Values], bool | None]:
    return lambda values: bool(values[name]) if _tells(values) else None


def _above(name: str, limit: float) -> Callable[[Values], bool | None]:
    return lambda values: None if values[name] is None else values[name] > limit


def _tells(values: Values) -> bool:
    """Whether the run came with a card: only then is what it lacks known to be lacking."""
    return values["optimizer"] is not None or values["family"] is not None


def _is_convolutional(values: Values) -> bool | None:
    return None if values["family"] is None else values["family"] == "convolutional"


NAMED = (
    Question("family", "with convolutions", "without convolutions", _is_convolutional,
             "Nobody has tried convolutions yet: put two Conv2D layers before the dense ones."),
    Question("dropout", "with dropout", "without dropout", _has("dropout"),
             "Nobody has tried dropout yet: a Dropout(0.3) before the last layer is one line."),
    Question("augmentation", "with augmentation", "without augmentation", _has("augmentation"),
             "Nobody has tried augmentation yet: move each training image by a pixel or two."),
    Question("learning_rate_schedule", "with a learning-rate schedule",
             "with a fixed learning rate", _has("learning_rate_schedule"),
             "Nobody lets the learning rate fall yet: try ReduceLROnPlateau."),
    Question("l2", "with an L2 penalty", "without an L2 penalty", _has("l2")),
)  # fmt: skip
MEASURED = (
    ("epochs_run", "more than {} epochs", "at most {} epochs"),
    ("learning_rate", "a learning rate above {}", "a learning rate of at most {}"),
    ("batch_size", "batches of more than {}", "batches of at most {}"),
    ("parameters", "more than {} parameters", "at most {} parameters"),
    ("hidden_layers", "more than {} hidden layers", "at most {} hidden layers"),
)
"""Cut in the middle of what the class has tried."""
OF_IMAGES = frozenset({"family", "augmentation"})
REMEDIES = {
    "overfitting": "try dropout, augmentation or a smaller network, or stop earlier",
    "underfitting": "try a larger network, and train longer",
    "not converged": "train for more epochs, or raise the learning rate a little",
    "diverging": "lower the learning rate, to a tenth say",
    "noisy": "lower the learning rate, or use larger batches",
}


def lessons(rows: Sequence[RunRow], metric: str = "accuracy", *, of_images: bool = True) -> Lessons:
    """What the runs (best first) say so far; their scores are of this metric.

    `of_images`: whether what helps with pictures is worth an idea.
    """
    if not rows:
        return Lessons((), ())
    learned = [row for row in rows if row.score >= _least(rows[0].score, metric)]
    worth = _worth_telling(rows[0].score, metric)
    questions = (*NAMED, *_cut_in_the_middle(learned))
    found = [
        contrast for one in questions if (contrast := _contrast(one, learned, worth)) is not None
    ]
    found.sort(key=lambda contrast: -contrast.clearness)
    return Lessons(tuple(found[:MOST]), tuple(_ideas(rows, learned, worth, of_images)[:MOST]))


def _least(best: float, metric: str) -> float:
    return LEARNED * best if scores.is_share(metric) else -math.inf


def _worth_telling(best: float, metric: str) -> float:
    return WORTH_TELLING if scores.in_range(metric) else WORTH_TELLING * abs(best)


def _cut_in_the_middle(rows: Sequence[RunRow]) -> list[Question]:
    questions = []
    for name, above, below in MEASURED:
        known = sorted(row.values[name] for row in rows if row.values[name] is not None)
        if not known:
            continue
        middle = statistics.median_low(known)
        said = f"{middle:,.0f}" if float(middle).is_integer() else f"{middle:g}"
        questions.append(
            Question(name, f"with {above.format(said)}", f"with {below.format(said)}",
                     _above(name, middle))
        )  # fmt: skip
    return questions


def _contrast(question: Question, rows: Sequence[RunRow], worth: float) -> Contrast | None:
    having, lacking = (
        [row for row in rows if question.asks(row.values) is answer] for answer in (True, False)
    )
    if not (_is_enough(having) and _is_enough(lacking)):
        return None
    groups = [(question.having, having), (question.lacking, lacking)]
    groups.sort(key=lambda group: -statistics.median(row.score for row in group[1]))
    (better, best), (worse, rest) = groups
    scores, others = (tuple(row.score for row in group) for group in (best, rest))
    contrast = Contrast(better, worse, scores, others, superiority(scores, others))
    is_clear = contrast.clearness >= CLEAR and contrast.gain >= worth
    return contrast if is_clear else None


def _is_enough(rows: Sequence[RunRow]) -> bool:
    people = {row.participant_id for row in rows}
    return len(rows) >= FEWEST_RUNS and len(people) >= FEWEST_PEOPLE


def superiority(scores: Sequence[float], others: Sequence[float]) -> float:
    """In which share of all pairs the first group's score is the higher; a tie counts half."""
    ranked = sorted(others)
    wins = sum(bisect_left(ranked, one) + bisect_right(ranked, one) for one in scores) / 2
    return wins / (len(scores) * len(others))


def _ideas(
    rows: Sequence[RunRow], learned: Sequence[RunRow], worth: float, of_images: bool
) -> list[str]:
    told = [row for row in rows if _tells(row.values)]
    untried = [
        question.idea
        for question in NAMED
        if (question.idea and told)
        and (of_images or question.name not in OF_IMAGES)
        and not any(question.asks(row.values) for row in told)
    ]
    return [*_remedy(rows), *_followed_by_few(told, learned, worth), *untried]


def _remedy(rows: Sequence[RunRow]) -> list[str]:
    kinds = Counter(row.values["diagnosis"] for row in rows if row.values["diagnosis"])
    if not kinds:
        return []
    kind, number = kinds.most_common(1)[0]
    if kind not in REMEDIES or number < FEWEST_RUNS:
        return []
    of = sum(kinds.values())
    return [f"{number} of {of} loss curves say “{kind}”: {REMEDIES[kind]}."]


def _followed_by_few(told: Sequence[RunRow], learned: Sequence[RunRow], worth: float) -> list[str]:
    """What did better and most people haven't tried."""
    everybody = {row.participant_id for row in told}
    found = []
    for question in NAMED:
        contrast = _contrast(question, learned, worth)
        if contrast is None or contrast.better != question.having:
            continue
        tried = {row.participant_id for row in told if question.asks(row.values)}
        if len(tried) * 2 < len(everybody):
            found.append(
                f"Only {len(tried)} of {len(everybody)} people have tried a network "
                f"{question.having}: it did better."
            )
    return found
