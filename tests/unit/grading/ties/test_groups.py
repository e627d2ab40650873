"""Who clearly beats whom, and what follows: groups, ranges, examples that would tell."""

import numpy as np
import pytest

from heldout_server.grading.ties import comparing, mcnemar
from heldout_server.grading.ties.groups import groups, ranges
from heldout_server.grading.ties.telling_apart import examples_needed

MANY = np.full(3, 500.0)


def beaten(rows, *pairs):
    found = np.zeros((rows, rows), bool)
    for one, other in pairs:
        found[one, other] = True
    return found


def packed(*rows):
    return np.stack([mcnemar.packed(np.array(row, bool)) for row in rows])


def with_errors(examples, *counts):
    """Files whose errors begin at the same example, so that each has the next one's errors too."""
    return packed(*(np.arange(examples) >= count for count in counts))


class TestGroups:
    def test_of_nobody(self):
        assert groups(beaten(0)).tolist() == []

    def test_of_one(self):
        assert groups(beaten(1)).tolist() == [1]

    def test_of_equals_is_one(self):
        assert groups(beaten(4)).tolist() == [1, 1, 1, 1]

    def test_begin_with_the_best_that_is_outside(self):
        pairs = [(a, b) for a in range(5) for b in range(a + 2, 5)]
        assert groups(beaten(5, *pairs)).tolist() == [1, 1, 2, 2, 3]

    def test_are_never_broken(self):
        """The leader beats the second and not the third: all three are one group."""
        assert groups(beaten(4, (0, 1), (0, 3))).tolist() == [1, 1, 1, 2]


class TestRanges:
    def test_of_one(self):
        found = ranges(beaten(1))
        assert (found.low.tolist(), found.high.tolist()) == ([1], [1])

    def test_of_equals_are_every_place(self):
        found = ranges(beaten(3))
        assert (found.low.tolist(), found.high.tolist()) == ([1, 1, 1], [3, 3, 3])

    def test_end_at_those_who_are_clearly_before_and_behind(self):
        found = ranges(beaten(4, (0, 2), (0, 3), (1, 3)))
        assert (found.low.tolist(), found.high.tolist()) == ([1, 1, 2, 3], [2, 3, 4, 4])

    def test_hold_the_place_that_a_row_has(self):
        """Rounded scores can put a row before one that beats it by more exact ones."""
        found = ranges(beaten(2, (1, 0)))
        assert (found.low.tolist(), found.high.tolist()) == ([1, 1], [2, 2])


class TestByAnswers:
    def test_equal_files_are_tied(self):
        assert not comparing.by_answers(with_errors(1000, 10, 10)).any()

    def test_one_sided_answers_decide_at_six(self):
        """Six examples more and none less: p = 2·(1/2)^7 = 0.016; five: 0.031."""
        assert comparing.by_answers(with_errors(1000, 10, 15, 16)).tolist() == [
            [False, False, True], [False] * 3, [False] * 3,
        ]  # fmt: skip

    def test_two_examples_decide_nothing(self):
        assert not comparing.by_answers(packed([1, 1], [0, 0])).any()

    def test_many_differing_answers_hide_a_lead(self):
        rng = np.random.default_rng(0)
        first, other = rng.random(1000) < 0.90, rng.random(1000) < 0.89
        lead = int(first.sum()) - int(other.sum())
        assert lead > 6
        assert not comparing.by_answers(packed(first, other)).any()


class TestByResampling:
    @pytest.fixture
    def noise(self):
        return np.random.default_rng(1).standard_normal((1000, 3)).astype(np.float32)

    def test_a_lead_of_three_deviations_is_clear_and_of_one_is_not(self, noise):
        apart = np.sqrt(2)
        scores = np.array([0.0, -apart, -3.5 * apart])
        found = comparing.by_resampling(scores, noise, MANY)
        assert found.tolist() == [[False, False, True], [False, False, True], [False] * 3]

    def test_what_is_nearly_certain_does_not_hide_what_is(self, noise):
        """A file with three wrong examples hangs on three; one with thousands doesn't."""
        changes = noise[:, :2] * [0.01, 1.0]
        found = comparing.by_resampling(np.array([9.0, 0.0]), changes, np.array([3.0, 500.0]))
        assert found.tolist() == [[False, True], [False, False]]

    def test_equal_files_are_tied(self, noise):
        same = noise[:, [0, 0]]
        assert not comparing.by_resampling(np.array([1.0, 1.0]), same, MANY[:2]).any()

    def test_a_small_lead_of_a_nearly_equal_file_is_clear(self, noise):
        nearly = np.stack([noise[:, 0], noise[:, 0] + 0.01 * noise[:, 1]], axis=1)
        assert comparing.by_resampling(np.array([0.0, -0.05]), nearly, MANY[:2])[0, 1]

    def test_hardly_any_units_decide_nothing(self, noise):
        assert not comparing.by_resampling(
            np.array([9.0, 0, -9]), 0 * noise, np.array([4.0, 5, 2])
        ).any()


class TestExamplesNeeded:
    CHANGES = np.random.default_rng(5).standard_normal((1000, 2)).astype(np.float32) / 2**0.5

    def test_is_rounded_up_to_one_two_or_five(self):
        # s = 1 with 1000 examples; a lead of 1 needs (2.33 + 0.84)² = 10.04 times as many.
        assert examples_needed(1.05, 0.0, self.CHANGES, 1000) == 10_000
        assert examples_needed(2.0, 0.0, self.CHANGES, 1000) == 5_000

    def test_is_none_for_equal_scores(self):
        assert examples_needed(1.0, 1.0, self.CHANGES, 1000) is None

    def test_is_none_beyond_what_anybody_has(self):
        assert examples_needed(1e-6, 0.0, self.CHANGES, 1000) is None
