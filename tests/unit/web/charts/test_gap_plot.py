"""Tries against what was lost: up is better, more tries are further right."""

from __future__ import annotations

import pytest

from heldout_server.web.charts.gap_plot import gap_plot

RMSE = "neg_root_mean_squared_error"


class TestGapPlot:
    @pytest.mark.parametrize("metric", ["accuracy", RMSE])
    def test_draws_who_lost_below_the_line_of_nothing(self, metric):
        plot = gap_plot([(1, 0.01), (5, 0.0), (20, -0.02)], metric)
        (first, won), (second, even), (third, lost) = plot.dots
        assert first < second < third
        assert won < plot.zero == even < lost
        assert plot.left <= first
        assert third <= plot.right

    def test_is_not_squeezed_by_a_broken_file(self):
        plot = gap_plot([(1, 0.5), (2, -0.5), (3, -1.0), (4, -9e9)], RMSE)
        heights = [y for _, y in plot.dots]
        assert plot.is_clipped
        assert heights[0] + 50 < heights[1] < heights[2] <= heights[3]
        assert not gap_plot([(1, 0.0), (2, 0.0), (3, -1.0)], RMSE).is_clipped

    def test_counts_shares_in_points(self):
        assert gap_plot([(1, 0.01), (2, 0.0), (3, -0.02)], "accuracy").y_ticks[0].label == "−2"
        assert "points" not in gap_plot([(1, 0.01), (2, 0.0), (3, -0.02)], RMSE).y_label

    @pytest.mark.parametrize("found", [[], [(1, 0.1)], [(1, 0.1), (2, 0.1)], [(4, 0.1)] * 9])
    def test_is_none_where_nothing_would_be_seen(self, found):
        assert gap_plot(found, "accuracy") is None

    def test_holds_where_nobody_lost_or_gained(self):
        plot = gap_plot([(1, 0.0), (2, 0.0), (3, 0.0)], "accuracy")
        assert plot.top <= plot.zero <= plot.bottom
