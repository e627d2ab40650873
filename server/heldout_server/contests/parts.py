"""What a folder's data come to, whatever they were read from, before it is known to be usable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heldout_server.contests.tables import Table
from heldout_server.datasets.loaded import Feature, Inputs
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Truth


@dataclass(frozen=True, eq=False, repr=False)
class Parts:
    """Three parts of one contest: inputs (n, …), answers as `kinds.Task` has them.

    `ids`, `groups` and `usage` are of the hidden examples, in their order. `files` name the parts
    in what is said of them; `tables` (train, practice, test) where they came as tables.
    `own_practice`: practice was set aside by us.
    """

    task: Task
    x_train: Inputs
    y_train: Truth
    x_practice: Inputs
    y_practice: Truth
    x_test: Inputs
    y_test: Truth
    files: Mapping[str, str]
    own_practice: bool
    features: tuple[Feature, ...] = ()
    ids: NDArray[np.str_] | None = None
    groups: NDArray[Any] | None = None
    train_groups: NDArray[Any] | None = None
    usage: NDArray[np.str_] | None = None
    group_name: str | None = None
    tables: tuple[Table, ...] = ()
    filled: bool = False


def positive_last(task: Task) -> Task:
    """The task as it is kept: the positive class as number 1, so that an array of its probabilities
    is what a model that was trained on `y_train` gives, and what `predict_proba(x)[:, 1]` is.
    """
    if task.kind is not Kind.BINARY or task.positive == 1:
        return task
    return replace(task, classes=task.classes[::-1], positive=1)
