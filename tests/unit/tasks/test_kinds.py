"""What a task is."""

from __future__ import annotations

import json

import pytest

from heldout_server.tasks.kinds import Kind, Task, multiclass

TASKS = [
    (Task(Kind.BINARY, ("no", "yes"), positive=0), 1, True),
    (multiclass("a", "b", "c"), 3, True),
    (Task(Kind.MULTILABEL, targets=("rain", "wind")), 2, False),
    (Task(Kind.REGRESSION, targets=("price",)), 1, False),
]


@pytest.mark.parametrize(("task", "width", "has_classes"), TASKS, ids=lambda one: str(one)[:20])
class TestTask:
    def test_knows_its_width(self, task: Task, width: int, has_classes: bool) -> None:
        assert (task.width, task.has_classes) == (width, has_classes)

    def test_survives_json(self, task: Task, width: int, has_classes: bool) -> None:
        assert Task.from_dict(json.loads(json.dumps(task.to_dict()))) == task


@pytest.mark.parametrize(
    ("kind", "classes", "targets", "positive"),
    [
        (Kind.BINARY, ("one",), (), 1),
        (Kind.BINARY, ("a", "b", "c"), (), 1),
        (Kind.BINARY, ("a", "b"), (), 2),
        (Kind.MULTICLASS, ("a",), (), 1),
        (Kind.MULTILABEL, (), (), 1),
        (Kind.REGRESSION, ("a", "b"), (), 1),
    ],
)
def test_what_is_no_task_is_refused(
    kind: Kind, classes: tuple[str, ...], targets: tuple[str, ...], positive: int
) -> None:
    with pytest.raises(ValueError, match=r"a binary task|a multiclass task|names its outputs"):
        Task(kind, classes, targets, positive)
