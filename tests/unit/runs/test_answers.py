"""Pairs and votes over examples whose labels are known."""

from __future__ import annotations

import numpy as np
import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.runs.answers import KnownAnswers, PairCounts
from heldout_server.runs.pareto import mcnemar_p, unpaired_p
from heldout_server.runs.practice import answered, written

LABELS = np.array([0, 1, 2, 3, 4, 5])
SAID = {
    1: np.array([0, 1, 2, 3, 9, 9]),
    2: np.array([0, 1, 9, 9, 4, 9]),
    3: np.array([0, 9, 2, 9, 4, 9]),
}
ANSWERS = KnownAnswers(DIGITS, LABELS, SAID, "accuracy")


class TestKnownAnswers:
    def test_counts_who_reads_what(self) -> None:
        assert ANSWERS.pair(1, 2) == PairCounts(both_right=2, fixed=1, broke=2, both_wrong=1)

    def test_knows_no_pair_with_somebody_who_said_nothing(self) -> None:
        assert ANSWERS.pair(1, 9) is None

    def test_votes_with_those_that_said_something(self) -> None:
        vote = ANSWERS.vote([1, 9, 2, 3])
        assert vote is not None
        assert (vote.members, vote.error_count, vote.examples) == (3, 2, 6)
        assert vote.best_single == pytest.approx(4 / 6)

    def test_needs_two_to_vote(self) -> None:
        assert ANSWERS.vote([1, 9]) is None


class TestReadings:
    def test_come_back_as_they_were(self) -> None:
        labels = np.array([0, 9, 255])
        assert answered(written(labels)).tolist() == labels.tolist()

    def test_refuse_what_is_none(self) -> None:
        with pytest.raises(ValueError, match="not the labels"):
            answered("not base64!")


class TestUnpairedP:
    def test_is_the_two_proportion_test(self) -> None:
        # 100 and 140 wrong of 5,000: z = 40 / √(2 · 5000 · 0.024 · 0.976) = 2.613.
        assert unpaired_p(100, 140, 5000) == pytest.approx(0.00897, rel=0.01)
        assert unpaired_p(140, 100, 5000) == unpaired_p(100, 140, 5000)

    def test_calls_equal_counts_equal(self) -> None:
        assert unpaired_p(7, 7, 100) == unpaired_p(0, 0, 100) == unpaired_p(100, 100, 100) == 1

    def test_is_more_careful_than_a_paired_test(self) -> None:
        assert unpaired_p(100, 80, 5000) > mcnemar_p(25, 5)
