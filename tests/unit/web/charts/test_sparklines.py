"""Small lines of a few scores: inside their box, whatever the scores."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.web.charts.sparklines import sparkline


class TestSparkline:
    @pytest.mark.parametrize("scores", [(), (0.5,)])
    def test_needs_two_points(self, scores):
        assert sparkline(scores) is None

    @given(st.lists(st.floats(0, 1), min_size=2, max_size=24))
    def test_draws_any_scores(self, scores):
        line = sparkline(scores)
        assert line is not None
        assert line.path.count("L") == len(scores) - 1
        assert 0 <= float(line.y) <= 24
