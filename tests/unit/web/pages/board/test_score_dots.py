"""The standings as dots on an axis."""

from __future__ import annotations

from dataclasses import replace

import pytest

from heldout_server.web.pages.board.score_dots import read_standings
from unit.web import sample_pages


class TestReadStandings:
    def test_dots_follow_the_scores(self) -> None:
        places = [float(dot.at.rstrip("%")) for dot in read_standings(sample_pages.rows(40)).dots]
        assert places == sorted(places, reverse=True)
        assert all(0 <= place <= 100 for place in places)

    def test_an_outlier_does_not_squeeze_the_others(self) -> None:
        rows = [*sample_pages.rows(20), replace(sample_pages.rows(1)[0], score=0.098)]
        found = read_standings(rows)
        assert found.low > 0.9
        assert [dot.is_off_scale for dot in found.dots] == [False] * 20 + [True]

    @pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
    def test_everybody_equal_is_one_place(self, score: float) -> None:
        rows = [replace(row, score=score) for row in sample_pages.rows(5)]
        found = read_standings(rows)
        assert len({dot.at for dot in found.dots}) == 1
        assert 0 <= found.low < found.high <= 1

    def test_no_rows_is_a_whole_axis(self) -> None:
        found = read_standings([])
        assert (found.low, found.high, found.dots) == (0.0, 1.0, ())
