"""Panels of training curves from whatever a history holds."""

from __future__ import annotations

import math
import random
import re
import time

import pytest

from heldout_server.runs.series import MOST_POINTS
from heldout_server.web.charts.curves import MOST_PANELS, Panel, build_panels


def panel_of(**history: object) -> Panel:
    (panel,) = build_panels(history)
    return panel


def points_in(path: str) -> list[tuple[float, float]]:
    pairs = re.findall(r"[ML]\s?(-?[\d.]+) (-?[\d.]+)", path)
    return [(float(x), float(y)) for x, y in pairs]


class TestBuildPanels:
    def test_joins_training_and_validation(self) -> None:
        panels = build_panels({"val_loss": [2, 1], "loss": [1.0, 0.5], "accuracy": [0.1, 0.2]})
        assert [panel.title for panel in panels] == ["Loss", "Accuracy"]
        assert [curve.kind for curve in panels[0].curves] == ["training", "validation"]
        assert [curve.kind for curve in panels[1].curves] == ["training"]

    def test_puts_the_boards_own_metric_after_the_loss(self) -> None:
        history = {"mae": [1, 2], "accuracy": [0, 1], "loss": [1, 2], "auc": [0, 1]}
        titles = [panel.title for panel in build_panels(history, first="auc")]
        assert titles == ["Loss", "AUC", "Accuracy", "MAE"]

    def test_puts_loss_first_whatever_the_order(self) -> None:
        panels = build_panels({"mae": [1, 2], "accuracy": [0, 1], "loss": [1, 2]})
        assert [panel.title for panel in panels] == ["Loss", "Accuracy", "MAE"]

    def test_stays_inside_its_box(self) -> None:
        panel = panel_of(loss=[9.3, 0.001, -4.2], val_loss=[3.0, 2.0, 1.0])
        for curve in panel.curves:
            for x, y in points_in(curve.path):
                assert panel.left <= x <= panel.right
                assert panel.top <= y <= panel.bottom

    def test_higher_values_stand_higher(self) -> None:
        first, second = points_in(panel_of(loss=[2.0, 1.0]).curves[0].path)
        assert first[1] < second[1]
        assert first[0] < second[0]

    def test_missing_values_leave_a_gap(self) -> None:
        panel = panel_of(loss=[4.0, 3.0, None, float("nan"), 2.0, 1.0])
        assert panel.curves[0].path.count("M") == 2

    def test_a_lonely_point_is_a_dot(self) -> None:
        curve = panel_of(loss=[4.0, 3.0, None, 2.0, None, 1.0, 0.5]).curves[0]
        assert len(curve.dots) == 1

    def test_one_epoch_is_a_dot_in_the_middle(self) -> None:
        panel = panel_of(loss=[0.4])
        assert panel.curves[0].path == ""
        assert panel.curves[0].dots[0][0] == pytest.approx((panel.left + panel.right) / 2)
        assert [tick.label for tick in panel.x_ticks] == ["1"]

    @pytest.mark.parametrize("value", [0.0, 0.5, -3.0, 1e-320, 1e200])
    def test_all_equal_values_are_a_level_line(self, value: float) -> None:
        panel = panel_of(loss=[value] * 5)
        heights = {y for _, y in points_in(panel.curves[0].path)}
        assert len(heights) == 1
        assert panel.top <= heights.pop() <= panel.bottom

    def test_infinite_and_absurd_values_are_gaps(self) -> None:
        panel = panel_of(
            loss=[1.0, 2.0, math.inf, -math.inf, 1.7e308, 10**400, True, "x", 2.0, 1.0]
        )
        assert panel.curves[0].path.count("M") == 2

    @pytest.mark.parametrize("raw", [None, "loss", 3, {}, [], [None], [float("nan")], [[1]]])
    def test_series_without_numbers_are_left_out(self, raw: object) -> None:
        assert build_panels({"loss": raw}) == ()

    def test_draws_at_most_six_panels(self) -> None:
        assert len(build_panels({f"m{index}": [1, 2] for index in range(40)})) == MOST_PANELS

    def test_ten_thousand_epochs_are_thinned_quickly(self) -> None:
        noise = random.Random(1)  # noqa: S311 - not a secret
        began = time.perf_counter()
        panel = panel_of(loss=[noise.random() for _ in range(10_000)], val_loss=[1.0] * 10_000)
        assert time.perf_counter() - began < 1
        for curve in panel.curves:
            assert len(points_in(curve.path)) <= MOST_POINTS
        assert len(panel.rows) <= MOST_POINTS
        assert panel.rows[-1].epoch == 10_000

    def test_series_of_different_lengths_share_an_axis(self) -> None:
        panel = panel_of(loss=[3.0, 2.0, 1.0], val_loss=[2.0])
        assert panel.rows[2].values[1] == "–"
        assert panel.curves[1].dots[0][0] == panel.left

    def test_direct_labels_do_not_touch(self) -> None:
        first, second = panel_of(loss=[2.0, 1.0], val_loss=[2.0, 1.001]).curves
        assert abs(first.label_y - second.label_y) >= 15
        assert first.label_y > second.label_y

    def test_accuracy_reads_in_percent(self) -> None:
        panel = panel_of(accuracy=[0.9, 0.95], val_accuracy=[0.91, 1.0])
        assert all(tick.label.endswith("%") for tick in panel.y_ticks)
        assert panel.y_ticks[-1].label == "100%"
        assert panel.rows[0].values == ("90.00%", "91.00%")

    def test_a_schedule_has_no_training_examples(self) -> None:
        assert panel_of(learning_rate=[0.1, 0.01]).curves[0].label == "value"


class TestBest:
    def test_is_the_lowest_validation_loss(self) -> None:
        best = panel_of(loss=[3, 2, 1], val_loss=[3, 1, 2]).best
        assert best is not None
        assert best.epoch == 2

    def test_is_the_highest_validation_accuracy_and_the_first_of_equals(self) -> None:
        best = panel_of(val_accuracy=[0.5, 0.9, 0.9, 0.1]).best
        assert best is not None
        assert (best.epoch, best.value) == (2, "90.00%")

    def test_is_unknown_without_validation_or_direction(self) -> None:
        assert panel_of(loss=[3, 2]).best is None
        assert panel_of(val_temperature=[3, 2]).best is None

    def test_is_always_in_the_table(self) -> None:
        losses = [1.0] * 5000
        losses[3333] = 0.5
        assert any(row.epoch == 3334 for row in panel_of(val_loss=losses).rows)
