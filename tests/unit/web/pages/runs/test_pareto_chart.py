"""Charts of score against cost, and of a search by trial."""

from __future__ import annotations

import re

from heldout_server.models import ClassInsight
from heldout_server.web.pages.runs.pareto_chart import front_view, study_view
from unit.runs.made_up import run
from unit.web.sample_pages import START


def kinds(view) -> list[str]:
    return [point.kind for point in view.points]


class TestFrontView:
    def test_needs_two_runs_that_tell_the_cost(self) -> None:
        assert (
            front_view([run(1, 0.9, parameters=10.0), run(2, 0.8)], "parameters", None, "accuracy")
            is None
        )

    def test_marks_front_leader_and_simplest(self) -> None:
        rows = [run(i, 0.99 - i / 100, parameters=10.0 ** (6 - i)) for i in range(4)]
        rows.append(run(9, 0.5, parameters=1e6))
        chosen = {"submission": 2, "fixed": 3, "broke": 5, "p": 0.7, "source": "practice"}
        simplest = ClassInsight(
            competition_id=1, kind="simplest", version="", data={"parameters": chosen},
            computed_at=START,
        )  # fmt: skip
        view = front_view(rows, "parameters", simplest, "accuracy")
        assert kinds(view).count("front") == 4
        assert kinds(view).count("run") == 1
        assert kinds(view)[-2:] == ["leader", "simplest"]
        assert "pick the simplest" in view.sentence
        assert "broke 5 of the leader's answers to practice examples" in view.sentence
        assert [label for _, label in view.x_ticks] == ["1,000", "10,000", "100,000", "1M"]

    def test_stays_inside_and_is_thinned(self) -> None:
        rows = [run(i, 0.99 - i / 20_000, parameters=float(1 + i % 997)) for i in range(10_000)]
        view = front_view(rows, "parameters", None, "accuracy")
        assert len(view.points) < 700
        for point in view.points:
            assert view.left <= point.x <= view.right
            assert view.top <= point.y <= view.bottom
        for x in re.findall(r"H([\d.]+)", view.line):
            assert float(x) <= view.right


class TestStudyView:
    def test_joins_each_new_best(self) -> None:
        rows = [run(trial, score) for trial, score in enumerate((0.8, 0.7, 0.9, 0.85))]
        view = study_view(rows, "accuracy")
        assert kinds(view) == ["front", "run", "front", "run"]
        assert "4 trials" in view.sentence

    def test_of_ten_thousand_trials_every_new_best_is_drawn_and_not_all_the_others(self) -> None:
        rows = [run(n, 0.5 + (n % 997) / 2000 + n / 1e6) for n in range(10_000)]
        view = study_view(rows, "accuracy")
        best = max(row.score for row in rows)
        assert any(f"{best:.2%}" in point.title for point in view.points)
        assert len(view.points) < 2100
        assert "10,000 trials" in view.sentence
        assert "5,000" in {label for _, label in view.x_ticks}

    def test_needs_two_trials(self) -> None:
        assert study_view([run(1, 0.5)], "accuracy") is None
