"""From points to charts, sentences and tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heldout_server.runs.practice_curves import CURVES, practice_curves
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions
from heldout_server.web.pages.runs.practice_figures import practice_figures

SPAM = Task(Kind.BINARY, ("fine", "spam"))
PRICES = Task(Kind.REGRESSION, (), ("price",))
TAGS = Task(Kind.MULTILABEL, (), ("red", "round"))


def of_two_classes() -> dict[str, Any]:
    truth = np.array([0, 0, 0, 0, 1, 1])
    values = np.array([[0.1], [0.2], [0.3], [0.8], [0.6], [0.9]])
    said = Predictions((values[:, 0] > 0.5).astype(np.int64), values, "probabilities")
    return {CURVES: practice_curves(SPAM, truth, said)}


def of_numbers(truth: Any, said: Any, task: Task = PRICES) -> dict[str, Any]:
    truth, said = (np.asarray(each, np.float64).reshape(len(truth), -1) for each in (truth, said))
    return {CURVES: practice_curves(task, truth, Predictions(None, said, "numbers"))}


class TestBinary:
    def test_two_charts_with_tables_that_say_the_same(self) -> None:
        roc, ranked = practice_figures(of_two_classes(), SPAM).plots
        assert roc.rows[-1] == ("50%", "100.0%")
        assert roc.rows[0] == ("1%", "50.0%")
        assert dict(ranked.rows)["50%"] == "100.0%"
        assert dict(ranked.rows)["100%"] == "66.7%"
        assert "“spam”" in roc.sentence
        assert "right in 33%" in ranked.sentence

    def test_the_curve_runs_from_corner_to_corner(self) -> None:
        roc = practice_figures(of_two_classes(), SPAM).plots[0]
        assert roc.line.startswith(f"M{roc.left:g} {roc.bottom:g} ")
        assert roc.line.endswith(f" L{roc.right:g} {roc.top:g}")


class TestRegression:
    TRUE = np.arange(1.0, 101.0)

    def test_dots_on_the_line_where_all_is_right(self) -> None:
        against, residuals = practice_figures(of_numbers(self.TRUE, self.TRUE), PRICES).plots
        assert len(against.dots) == 100
        assert len(residuals.bars) == 1
        assert against.title == "Predicted against true: price"

    def test_says_what_is_drawn_to_the_middle(self) -> None:
        said = 0.5 * self.TRUE + 25
        against, _ = practice_figures(of_numbers(self.TRUE, said), PRICES).plots
        assert against.sentence.startswith(
            "Low values are predicted too high and high ones too low"
        )
        assert against.rows[0] == ("1.000", "10.00", "10", "27.75", "22.2")

    @pytest.mark.parametrize(("shift", "side", "share"), [(5, "high", "100%"), (-5, "low", "0%")])
    def test_says_what_is_always_too_much(self, shift: float, side: str, share: str) -> None:
        against, residuals = practice_figures(
            of_numbers(self.TRUE, self.TRUE + shift), PRICES
        ).plots
        assert f"alike are predicted too {side}" in against.sentence
        assert residuals.sentence.startswith(f"{share} of the practice examples")

    def test_four_targets_are_drawn_and_the_others_counted(self) -> None:
        task = Task(Kind.REGRESSION, (), tuple("abcdef"))
        many = np.random.default_rng(1).normal(size=(30, 6))
        found = practice_figures(of_numbers(many, many, task), task)
        assert len(found.plots) == 8
        assert found.outputs_left_out == 2


def test_labels_by_their_names() -> None:
    truth, said = np.array([[1, 0], [1, 1]]), np.array([[1, 0], [0, 1]])
    curves = practice_curves(TAGS, truth, Predictions(said, None, "labels"))
    red, around = practice_figures({CURVES: curves}, TAGS).labels
    assert (red.name, red.recall, red.precision) == ("red", 0.5, 1.0)
    assert around.f1 == 1.0


@pytest.mark.parametrize(
    "metrics",
    [
        None, {}, {CURVES: {}}, {CURVES: None}, {CURVES: [1]}, {CURVES: {"roc": []}},
        {CURVES: {"roc": [[0, "x"]], "precision_recall": 3}}, {CURVES: {"outputs": [{}]}},
        {CURVES: {"outputs": [{"pairs": [], "edges": [], "counts": []}]}},
        {CURVES: {"labels": [{"name": "x"}] * 2}}, {CURVES: {"labels": [{}]}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("task", [SPAM, PRICES, TAGS])
def test_whatever_else_stands_there_draws_nothing(metrics: Any, task: Task) -> None:
    assert practice_figures(metrics, task).is_empty
