"""Several runs' curves in one chart."""

from __future__ import annotations

import re

from heldout_server.web.charts.curves_compared import overlay


def card(*losses: float | None) -> dict[str, object]:
    return {"history": {"loss": list(losses)}}


def heights(path: str) -> list[float]:
    return [float(y) for y in re.findall(r"[ML][\d.]+[ ,]([\d.]+)", path)]


class TestOverlay:
    def test_a_run_that_diverges_does_not_flatten_the_others(self) -> None:
        (chart,) = overlay([card(2.3, 0.4, 0.1), card(2.2, 0.5, 0.2), card(2.3, 9e5, 1e30)])
        falling, _, rising = (heights(curve.path) for curve in chart.curves)
        assert falling[-1] - falling[0] > 60  # of some 216 units
        assert min(rising) >= chart.top
        assert chart.beyond == (3,)
        assert chart.curves[2].last == "1e+30"

    def test_runs_that_begin_by_guessing_are_inside_whatever_the_others_do(self) -> None:
        (chart,) = overlay([card(2.3, 2.2), card(0.2, 0.1), card(0.2, 0.1)])
        assert chart.beyond == ()
        assert [tick.label for tick in chart.y_ticks][-1] == "3"

    def test_gaps_stay_gaps(self) -> None:
        (chart,) = overlay([card(1.0, None, 0.5), card(1.0, 0.9, 0.8)])
        assert chart.beyond == ()
        assert chart.curves[0].path.count("M") + len(chart.curves[0].dots) == 2
