"""What a model answers worst, with its row or its picture."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from heldout_server.datasets.store import DatasetInfo, describe
from heldout_server.runs.practice_curves import CURVES, practice_curves
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions
from heldout_server.web.pages.runs.far_off import far_off, headings
from made_contests import prices, spam, tags

PRICES, TAGS = prices(), tags()


def of_numbers() -> tuple[DatasetInfo, dict[str, Any]]:
    info = describe(PRICES)
    truth = PRICES.y_practice.reshape(-1, 1)
    said = truth + np.eye(12)[:, :1] * 3.0
    return info, {CURVES: practice_curves(info.task, truth, Predictions(None, said, "numbers"))}


def test_a_number_with_the_first_cells_of_its_row() -> None:
    info, metrics = of_numbers()
    found = far_off(info, PRICES.x_practice, metrics)
    assert found is not None
    (one,) = found
    assert (one.number, one.image) == (1, "")
    assert [name for name, _ in one.row] == ["length", "depth", "mass"]
    assert one.answers[2] == "3.00"
    assert headings(info) == ("True", "Predicted", "Off by")


def test_of_several_targets_each_is_named() -> None:
    info = replace(describe(PRICES), task=Task(Kind.REGRESSION, (), ("price", "area")))
    metrics = {CURVES: {"worst": [[2, 1, 10.0, 12.5]]}}
    found = far_off(info, PRICES.x_practice, metrics)
    assert found is not None
    assert found[0].answers == ("area", "10.00", "12.50", "2.50")
    assert len(headings(info)) == 4


def test_labels_by_their_names() -> None:
    info = describe(TAGS)
    said = TAGS.y_practice.astype(np.int64)
    said[4] = 1 - said[4]
    curves = practice_curves(
        info.task, TAGS.y_practice.astype(np.int64), Predictions(said, None, "labels")
    )
    found = far_off(info, TAGS.x_practice, {CURVES: curves})
    assert found is not None
    (one,) = found
    assert one.number == 5
    names = set(", ".join(one.answers).replace("–", "").split(", ")) - {""}
    assert names == {"long", "deep", "heavy"}
    assert headings(info) == ("Missed", "Too many")


def test_pictures_where_there_are_some() -> None:
    info = replace(describe(PRICES), features=(), input_shape=(4, 4, 3), input_type="uint8")
    found = far_off(info, np.zeros((12, 4, 4, 3), np.uint8), of_numbers()[1])
    assert found is not None
    assert found[0].image.startswith("data:image/png")
    assert found[0].row == ()


def test_one_class_an_example_is_for_the_list_of_the_misread() -> None:
    made = spam()
    assert far_off(describe(made), made.x_practice, {}) is None


@pytest.mark.parametrize(
    "metrics",
    [None, {}, {CURVES: []}, {CURVES: {}}, {CURVES: {"worst": [[1]]}}, {CURVES: {"worst": [3]}},
     {CURVES: {"worst": [[999, 0, 1.0, 2.0]]}}, {CURVES: {"worst": [["x", 0, 1.0, 2.0]]}}],
)  # fmt: skip
def test_whatever_else_stands_there_shows_nothing(metrics: Any) -> None:
    assert far_off(describe(PRICES), PRICES.x_practice, metrics) == ()
