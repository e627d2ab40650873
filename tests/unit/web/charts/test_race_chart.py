"""The chart's geometry: inside its box, in steps, labels apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.web.charts.race_chart import COLOURS, LABEL_DISTANCE, Series, race_chart

START = datetime(2026, 11, 25, 18, tzinfo=UTC)
END = START + timedelta(hours=1)


def series(*bests: float) -> Series:
    steps = tuple((START + timedelta(minutes=9 * n), score) for n, score in enumerate(bests))
    return Series(f"p_{bests}", "Ada", steps)


def chart(*found: Series):
    drawn = race_chart(found, begin=START, end=END)
    assert drawn is not None
    return drawn


class TestRaceChart:
    def test_of_nothing_is_none(self):
        assert race_chart([series()], begin=START, end=END) is None

    def test_holds_a_score_until_it_is_beaten(self):
        points = chart(series(0.9, 0.95)).lines[0].points
        assert [len(points), points[0][1] == points[1][1], points[1][0] == points[2][0]] == [
            4, True, True,
        ]  # fmt: skip

    def test_each_halving_of_the_errors_is_the_same_step_up(self):
        points = chart(series(0.9, 0.95, 0.975)).lines[0].points
        first, second = points[0][1] - points[2][1], points[2][1] - points[4][1]
        assert first == pytest.approx(second)

    def test_names_the_first_eight(self):
        drawn = chart(*[series(0.99 - n / 1000) for n in range(12)])
        assert len(drawn.lines) == 12
        assert [line.colour for line in drawn.named] == list(range(1, COLOURS + 1))

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
    def test_stays_inside_with_labels_apart(self, scores):
        drawn = chart(*[series(score) for score in sorted(scores, reverse=True)])
        for line in drawn.lines:
            for x, y in line.points:
                assert drawn.left <= x <= drawn.right
                assert drawn.top - 1e-6 <= y <= drawn.bottom + 1e-6
        places = [line.label_y for line in drawn.named]
        apart = [low - high for high, low in pairwise(places)]
        assert all(distance >= LABEL_DISTANCE - 1e-6 for distance in apart)

    def test_of_one_instant_has_a_width(self):
        drawn = race_chart([series(0.9)], begin=START, end=START)
        assert drawn is not None
        assert drawn.end > drawn.begin
