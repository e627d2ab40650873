"""Two dots on one axis: further right is better, whatever the metric."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.web.charts.dumbbells import dumbbells

RMSE = "neg_root_mean_squared_error"


def at(place):
    return float(place.removesuffix("%"))


class TestDumbbells:
    def test_have_what_is_better_further_right(self):
        lost, won = dumbbells([(0.97, 0.95), (0.94, 0.96)], "accuracy").rows
        assert at(lost.before) > at(won.after) > at(lost.after) > at(won.before)

    def test_of_a_loss_have_the_larger_figure_at_the_left_end(self):
        found = dumbbells([(-40.0, -50.0)], RMSE)
        assert at(found.rows[0].before) > at(found.rows[0].after)
        assert float(found.low) > float(found.high)

    def test_arent_squeezed_by_one_far_below(self):
        *near, far = dumbbells([(-41.0, -42.0)] * 5 + [(-40.0, -9e6)], RMSE).rows
        assert far.is_off_scale
        assert not any(one.is_off_scale for one in near)
        assert at(far.after) == 5.0

    @pytest.mark.parametrize("pairs", [[], [(0.0, 0.0)], [(1.0, 1.0)], [(0.5, 0.5)] * 200])
    def test_have_an_axis_whatever_lies_on_it(self, pairs):
        for metric in ("accuracy", "r2", "neg_log_loss"):
            found = dumbbells(pairs, metric)
            assert len(found.rows) == len(pairs)
            assert found.low != found.high

    @given(st.lists(st.tuples(*[st.floats(-1e9, 0)] * 2), max_size=9))
    def test_stay_inside(self, pairs):
        for one in dumbbells(pairs, RMSE).rows:
            assert 5.0 <= at(one.before) <= 95.0
            assert 5.0 <= at(one.after) <= 95.0
