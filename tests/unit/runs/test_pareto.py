"""The efficiency front and the test that compares with the leader."""

from __future__ import annotations

import random

import pytest

from heldout_server.runs.pareto import Candidate, front, mcnemar_p


class TestFront:
    def test_keeps_what_nobody_beats_with_less(self) -> None:
        runs = [
            Candidate(1, 10, 0.9),
            Candidate(2, 5, 0.8),
            Candidate(3, 7, 0.7),
            Candidate(4, 20, 0.9),
        ]
        assert [each.submission_id for each in front(runs)] == [2, 1]

    def test_of_equals_the_first_one_stays(self) -> None:
        assert front([Candidate(2, 5, 0.8), Candidate(1, 5, 0.8)]) == (Candidate(1, 5, 0.8),)

    def test_every_run_is_matched_by_one_of_the_front(self) -> None:
        chance = random.Random(3)  # noqa: S311 - not a secret
        runs = [Candidate(i, chance.randrange(50), chance.randrange(50) / 50) for i in range(400)]
        line = front(runs)
        for run in runs:
            assert any(each.cost <= run.cost and each.score >= run.score for each in line)
        for each in line:
            better = [r for r in runs if r.cost <= each.cost and r.score > each.score]
            assert better == []

    def test_of_nothing_is_nothing(self) -> None:
        assert front([Candidate(1, float("nan"), 0.5)]) == ()


class TestMcNemar:
    @pytest.mark.parametrize(("fixed", "broke", "p"), [(0, 0, 1.0), (5, 5, 1.0), (0, 6, 0.03125)])
    def test_is_exact(self, fixed: int, broke: int, p: float) -> None:
        assert mcnemar_p(fixed, broke) == pytest.approx(p)
        assert mcnemar_p(broke, fixed) == pytest.approx(p)

    def test_agrees_with_scipys_binomial_test(self) -> None:
        stats = pytest.importorskip("scipy.stats")
        assert mcnemar_p(31, 48) == pytest.approx(stats.binomtest(31, 79).pvalue)
