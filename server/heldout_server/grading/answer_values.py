"""Answers as organizers write them, as the values that are kept, whatever the task. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import ProblemError
from heldout_server.prediction.class_names import numeric_names
from heldout_server.tasks.kinds import Kind, Task

Answer: TypeAlias = int | float | str | Sequence[int | float | str]
"""A class by name or number; a number, or one for each output; labels by 0 and 1, or by name."""

APART = re.compile(r"[\s,;|]+")
NAMES_APART = re.compile(r"[,;|]")


def value_of(task: Task, given: Answer) -> NDArray[Any]:
    """One example's answer: () int64 of a class, (k,) int64 of labels, (k,) float64 of numbers.

    Where classes are called by numbers of their own, 3 is the class "3", never the fourth one.
    Raises ProblemError `validation`.
    """
    if task.has_classes:
        return np.array(_class(task, given), np.int64)
    if task.kind is Kind.MULTILABEL:
        return np.array(_labels(task, given), np.int64)
    return np.array(_numbers(task, given), np.float64)


def _class(task: Task, given: Answer) -> int:
    if isinstance(given, str):
        named = _named(task.classes, given)
        if named is not None:
            return named
        given = float(given) if given.strip().isdecimal() else given
    names = numeric_names(task)
    numbers = list(range(len(task.classes))) if names is None else names.tolist()
    if isinstance(given, int | float) and given in numbers:
        return numbers.index(given)
    wanted = "a class" if names is not None else f"a class from 0 to {len(numbers) - 1} or its name"
    raise _refused(
        f"A label is {wanted}, not {_shown(given)}.",
        f"The classes are {', '.join(task.classes[:20])}.",
    )


def _labels(task: Task, given: Answer) -> list[int]:
    parts = _parts(given, APART)
    if len(parts) == len(task.targets) and all(str(part) in {"0", "1"} for part in parts):
        return [int(part) for part in parts]
    found = [0] * len(task.targets)
    for part in _parts(given, NAMES_APART):
        place = _named(task.targets, str(part))
        if place is None:
            raise _refused(
                f"There is no label {_shown(part)} here.",
                f"Give {len(task.targets)} times 0 or 1, or names of: "
                f"{', '.join(task.targets[:20])}.",
            )
        found[place] = 1
    return found


def _numbers(task: Task, given: Answer) -> list[float]:
    parts = _parts(given, APART)
    try:
        numbers = [float(part) for part in parts]
    except (ValueError, OverflowError):
        numbers = []
    if len(numbers) != len(task.targets) or not np.isfinite(numbers).all():
        wanted = "a finite number" if len(task.targets) == 1 else f"{len(task.targets)} numbers"
        raise _refused(
            f"An answer is {wanted} here, not {_shown(given)}.",
            "Write decimals with a point, such as 3.5.",
        )
    return numbers


def _parts(given: Answer, apart: re.Pattern[str]) -> Sequence[int | float | str]:
    if isinstance(given, str):
        return [part for part in apart.split(given.strip()) if part.strip()]
    return [given] if isinstance(given, int | float) else given


def _named(names: Sequence[str], given: str) -> int | None:
    wanted = given.strip()
    if wanted in names:
        return names.index(wanted)
    folded = [name.casefold() for name in names]
    return folded.index(wanted.casefold()) if folded.count(wanted.casefold()) == 1 else None


def _shown(given: object) -> str:
    return f"“{str(given)[:60]}”"


def _refused(what: str, cure: str) -> ProblemError:
    return ProblemError("validation", what, cure)
