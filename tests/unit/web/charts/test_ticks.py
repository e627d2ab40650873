"""Round ticks that cover any range."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.web.charts.ticks import LARGEST, nice_ticks, tick_label

numbers = st.floats(-LARGEST, LARGEST)


class TestNiceTicks:
    @given(numbers, numbers)
    def test_cover_the_range_and_ascend(self, one: float, other: float) -> None:
        low, high = sorted((one, other))
        ticks = nice_ticks(low, high)
        slack = 1e-6 * max(abs(low), abs(high), ticks[-1] - ticks[0])
        assert ticks[0] <= low + slack
        assert ticks[-1] >= high - slack
        assert ticks == sorted(ticks)
        assert 2 <= len(ticks) <= 12

    def test_are_round(self) -> None:
        assert nice_ticks(0.07, 0.93) == pytest.approx([0, 0.5, 1])
        assert nice_ticks(3, 18) == [0, 5, 10, 15, 20]


class TestTickLabel:
    @pytest.mark.parametrize(
        ("value", "step", "label"),
        [
            (0.05, 0.05, "0.05"),
            (1.5, 0.5, "1.5"),
            (20.0, 10.0, "20"),
            (0.0, 1e-9, "0"),
            (-2.0, 1.0, "−2"),
            (2e6, 1e6, "2e+06"),
            (3e-5, 1e-5, "3e−05"),
        ],
    )
    def test_has_the_decimals_it_needs(self, value: float, step: float, label: str) -> None:
        assert tick_label(value, step) == label
