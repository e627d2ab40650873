"""What a contest's metrics come to before anybody takes part: undefined parts, trivial models."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.baselines import simple_models
from heldout_server.contests.contest_file import ContestFile
from heldout_server.contests.parts import Parts
from heldout_server.contests.problems import CONTEST_FILE, Found, quoted
from heldout_server.grading.splits import Split, public_mask, split_by_usage
from heldout_server.tasks import catalogue, figure
from heldout_server.tasks.kinds import Kind
from heldout_server.tasks.metric import Metric, Undefined, Unit, Unsuitable

PUBLIC_FRACTION = 0.5
MOST_FITTED, MOST_MEASURED = 5_000, 20_000
MOST_WORK = 500_000_000
"""Examples × inputs × outputs that are fitted while somebody waits."""
Z_95 = 1.959964
POINT = 0.01
EASY = 0.995
LARGEST = 1e18
"""Means and deviations are taken of squares, and float32 ends at 3·10³⁸."""
SEED = 15


@dataclass(frozen=True)
class Reached:
    """Figures, as people read them, of models that anybody has; None: not worked out."""

    metric: str
    direction: str
    constant: float | None
    linear: float | None
    examples_for_a_point: int | None
    """Hidden examples for an interval of ±1 point at the linear model's figure."""


def trial_split(contest: ContestFile, parts: Parts) -> Split | None:
    """A split like the one that will be made, to look for what goes missing; None: none can be."""
    fraction = contest.rules.public_fraction or PUBLIC_FRACTION
    try:
        if parts.usage is not None:
            return split_by_usage(parts.usage.tolist())
        mask = public_mask(parts.task, parts.y_test, fraction, SEED, groups=parts.groups)
    except ValueError:
        return None
    return Split(mask, fraction)


def note_parts(contest: ContestFile, parts: Parts, found: Found) -> None:
    """Note numbers without use, empty parts, divided groups, classes that a part lacks and metrics
    without a value.
    """
    _note_numbers(parts, found)
    split = trial_split(contest, parts)
    labels = parts.files["labels"]
    if split is None or not split.public.any() or not split.private.any():
        _note_empty(contest, parts, split, found)
        return
    if split.ignored is not None and split.ignored.any():
        what = f"{int(split.ignored.sum()):,} hidden rows are Ignored: they count for nothing."
        found.add("rows_ignored", labels, None, what, "Nothing, if that is meant.")
    _note_groups(parts, split, found)
    _note_classes(contest, parts, split, found)
    _note_undefined(contest, parts, split, found)


def _note_numbers(parts: Parts, found: Found) -> None:
    is_regression = parts.task.kind is Kind.REGRESSION
    inputs = {"train": parts.x_train, "practice": parts.x_practice, "test": parts.x_test}
    answers = {"train": parts.y_train, "practice": parts.y_practice, "labels": parts.y_test}
    looked_at = (*inputs.items(), *(answers.items() if is_regression else ()))
    # Of an npz all parts are one file.
    for file in dict.fromkeys(parts.files[part] for part, one in looked_at if _is_too_large(one)):
        what = f"There are numbers beyond ±{LARGEST:g}."
        cure = "Write them in another unit, or take their logarithm."
        found.add("number_too_large", file, None, what, cure)
    for part in ("train", "labels") if is_regression else ():
        columns = zip(parts.task.targets, answers[part].T, strict=True)
        if same := [name for name, column in columns if not np.ptp(column)]:
            what = f"{quoted(same)} is the same in all {part.replace('labels', 'hidden')} examples."
            cure = "There is nothing to predict: choose another target."
            found.add("target_constant", parts.files[part], None, what, cure)


def _is_too_large(numbers: NDArray[Any]) -> bool:
    """Also where infinity is what a smaller type made of it."""
    return bool(max(float(numbers.max()), -float(numbers.min())) > LARGEST)


def _note_empty(contest: ContestFile, parts: Parts, split: Split | None, found: Found) -> None:
    labels = parts.files["labels"]
    if parts.groups is not None and len(np.unique(parts.groups)) < 2:
        found.add(
            "groups_few", labels, None, "All hidden rows are of one group, which isn't divided.",
            "Give rows of two groups or more.",
        )  # fmt: skip
        return
    if parts.usage is not None:
        there = "public" if split is not None and split.public.any() else "private"
        missing = "private" if there == "public" else "public"
        what = f"`Usage` leaves no {missing} row."
        found.add("part_empty", labels, None, what, "Give both parts some.")
        return
    what = f"{len(parts.y_test)} hidden rows can't be divided into a public and a private part."
    line = contest.line("rules", "public_fraction")
    found.add("part_empty", CONTEST_FILE, line, what, "Give more, or another public_fraction.")


def _note_groups(parts: Parts, split: Split, found: Found) -> None:
    if parts.groups is None or parts.usage is None:
        return
    both = np.intersect1d(parts.groups[split.public], parts.groups[split.private])
    if len(both):
        found.add(
            "group_divided", parts.files["labels"], None,
            f"`Usage` divides {len(both):,} groups between public and private.",
            "Give all rows of a group the same Usage, or leave `group` out.",
        )  # fmt: skip


def _masks(parts: Parts, split: Split) -> Iterator[tuple[str, str, NDArray[Any]]]:
    """Each part's name, file and answers."""
    yield "train", parts.files["train"], parts.y_train
    yield "practice", parts.files["practice"], parts.y_practice
    yield "public", parts.files["labels"], parts.y_test[split.public]
    yield "private", parts.files["labels"], parts.y_test[split.private]


def _note_classes(contest: ContestFile, parts: Parts, split: Split, found: Found) -> None:
    for part, file, truth in _masks(parts, split):
        if parts.task.kind is Kind.MULTILABEL:
            same = [n for n, c in zip(parts.task.targets, truth.T, strict=True) if len({*c}) < 2]
            if same:
                what = f"{quoted(same)} is the same in all {part} examples."
                found.add("label_rare", file, None, what, "Give examples with and without it.")
        elif parts.task.has_classes:
            counts = np.bincount(truth.astype(np.int64), minlength=len(parts.task.classes))
            absent = [parts.task.classes[n] for n in np.flatnonzero(counts == 0)]
            if absent:
                _note_absent(contest, parts, part, file, absent, found)


def _note_absent(
    contest: ContestFile, parts: Parts, part: str, file: str, absent: list[str], found: Found
) -> None:
    what = f"The {part} examples have none of {quoted(absent)}."
    if part == "practice" and parts.own_practice:
        cure = "Give more training examples of it, or a practice table that has some."
        found.add("class_rare", file, None, what, cure)
        return
    line = contest.line("task", "classes") if contest.task.classes is not None else None
    cure = {
        "train": "Give training examples of it, or take it out of `classes`.",
        "practice": "Add some, or leave `practice` out: a tenth of train is set aside.",
        "public": "Hidden examples need two of each class or more: one public, one private.",
        "private": "Hidden examples need two of each class or more: one public, one private.",
    }[part]
    is_named = part == "train" and line is not None
    found.add("class_missing", CONTEST_FILE if is_named else file, line if is_named else None,
              what, cure)  # fmt: skip


def _note_undefined(contest: ContestFile, parts: Parts, split: Split, found: Found) -> None:
    names = [contest.task.metric, *contest.task.also]
    for name in dict.fromkeys(one for one in names if one):
        key = "metric" if name == contest.task.metric else "also"
        line = contest.line("task", key)
        metric = catalogue.metric(name)
        for part, mask in (("public", split.public), ("private", split.private)):
            guess = simple_models.constant(parts.task, metric, parts.y_train, int(mask.sum()))
            try:
                metric.compute(parts.task, parts.y_test[mask], guess)
            except Undefined as error:
                found.add(
                    "metric_undefined", CONTEST_FILE, line,
                    f"{metric.label} has no value on the {part} examples: {error}.",
                    "Give more hidden examples, or choose another metric.",
                )  # fmt: skip
            except Unsuitable as error:
                found.add("metric_needs", CONTEST_FILE, line, str(error), "Choose another metric.")


def reached(contest: ContestFile, parts: Parts) -> Reached | None:
    """What a constant and a linear model come to, on at most some thousand hidden examples."""
    if contest.task.metric is None:
        return None
    metric = catalogue.metric(contest.task.metric)
    pick = np.random.default_rng(SEED)
    rows = np.sort(pick.permutation(len(parts.y_test))[:MOST_MEASURED])
    truth = parts.y_test[rows]
    constant = simple_models.constant(parts.task, metric, parts.y_train, len(rows))
    figures = [_figure(metric, parts, truth, constant), _linear(metric, parts, rows)]
    needed = _examples_for_a_point(metric, figures[1] if figures[1] is not None else figures[0])
    return Reached(metric.name, metric.direction, figures[0], figures[1], needed)


def _figure(metric: Metric, parts: Parts, truth: Any, guess: Any) -> float | None:
    try:
        return metric.compute(parts.task, truth, guess)
    except (Undefined, Unsuitable):
        return None


def _linear(metric: Metric, parts: Parts, rows: NDArray[np.intp]) -> float | None:
    pick = np.random.default_rng(SEED)
    chosen = np.sort(pick.permutation(len(parts.y_train))[:MOST_FITTED])
    inputs = parts.x_train[chosen]
    if inputs.size * parts.task.width > MOST_WORK or inputs[0].size < 1:
        return None
    answers = parts.y_train[chosen]
    guess = simple_models.linear(parts.task, inputs, answers, parts.x_test[rows])
    return _figure(metric, parts, parts.y_test[rows], guess)


def _examples_for_a_point(metric: Metric, share: float | None) -> int | None:
    """Only of shares of examples that are right: p (1 − p) (1.96 / 0.01)²."""
    if metric.name not in ("accuracy", "top_k_accuracy", "balanced_accuracy") or share is None:
        return None
    return max(1, math.ceil(share * (1 - share) * (Z_95 / POINT) ** 2))


def note_reached(contest: ContestFile, parts: Parts, it: Reached, found: Found) -> None:
    """Note what is too easy, no better than nothing, or too few examples to tell people apart."""
    metric = catalogue.metric(it.metric)
    file, line = CONTEST_FILE, contest.line("task", "metric")
    if it.constant is not None and it.linear is not None:
        shown = [figure.read(metric, one) for one in (it.constant, it.linear)]
        said = f"{metric.label}: a constant reaches {shown[0]}, a linear model {shown[1]}"
        bounded = metric.unit in (Unit.SHARE, Unit.COEFFICIENT) and not metric.is_loss
        if bounded and it.linear > EASY:
            what = f"{said}: nobody can stand out."
            found.add("easy", file, line, what, "Look for a column that gives it away.")
        if metric.score(it.linear) <= metric.score(it.constant) and parts.x_test[0].size > 1:
            what = f"{said}: the columns tell it nothing."
            found.add("no_better", file, line, what, "Nothing, if it takes more than a line.")
    public = int(trial.public.sum()) if (trial := trial_split(contest, parts)) else 0
    if it.examples_for_a_point is not None and public < it.examples_for_a_point:
        found.add(
            "hidden_few", parts.files["labels"], None,
            f"{public:,} public examples; an interval of ±1 point takes about "
            f"{it.examples_for_a_point:,}.",
            "Give more hidden examples, or tell people that close scores are ties.",
        )  # fmt: skip
