"""The notebook to start from is of the contest's own kind."""

from __future__ import annotations

import json

import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.web.notebooks.any_contest import is_lesson, starter
from heldout_server.web.notebooks.source import Place

PLACE = Place.of_server("http://127.0.0.1:8000", room_code="WAT-2026")
TASKS = {
    "sigmoid": Task(Kind.BINARY, ("no", "yes")),
    "softmax": Task(Kind.MULTICLASS, ("a", "b", "c")),
    "Dense(4, ": Task(Kind.MULTILABEL, targets=("a", "b", "c", "d")),
    "Dense(2)": Task(Kind.REGRESSION, targets=("x", "y")),
}


@pytest.mark.parametrize(("head", "task"), TASKS.items())
def test_ends_the_network_as_the_task_wants_it(head: str, task: Task) -> None:
    built = starter('A "title"', task, False, catalogue.for_kind(task.kind)[0], PLACE)
    code = ["".join(cell["source"]) for cell in built["cells"] if cell["cell_type"] == "code"]
    assert any(head in cell for cell in code)
    assert "digit" not in json.dumps(built)
    assert "{{" not in json.dumps(built)
    for cell in code:
        compile(cell.replace("%pip", "# pip"), "cell", "exec")


def test_the_lesson_is_for_its_images_alone() -> None:
    assert is_lesson(DIGITS, (28, 28))
    assert not is_lesson(DIGITS, (8, 8))
    assert not is_lesson(TASKS["softmax"], (28, 28))
    built = starter("MNIST", DIGITS, True, catalogue.metric("accuracy"), PLACE)
    assert "handwritten digits" in json.dumps(built)
