"""Twins: copies are found, honest classes aren't accused, however hard the examples are."""

import tracemalloc

import numpy as np
import pytest

from heldout_server.grading.twins import twins

EXAMPLES, CLASSES = 5000, 10


class Class:
    """People who err on the same hard examples, often in the same way."""

    def __init__(self, seed=1, people=30):
        self.dice = np.random.default_rng(seed)
        self.truth = self.dice.integers(0, CLASSES, EXAMPLES)
        self.hard = self.dice.beta(0.1, 1.0, EXAMPLES)
        self.tempting = (self.truth + self.dice.integers(1, CLASSES, EXAMPLES)) % CLASSES
        self.said = [self.person() for _ in range(people)]

    def person(self):
        is_wrong = self.dice.random(EXAMPLES) < self.hard * self.dice.uniform(0.3, 0.9)
        other = (self.truth + self.dice.integers(1, CLASSES, EXAMPLES)) % CLASSES
        answer = np.where(self.dice.random(EXAMPLES) < 0.7, self.tempting, other)
        return np.where(is_wrong, answer, self.truth)

    def copy(self, of, changed=0.0):
        """Somebody's answers, some of them as another person would give them."""
        return np.where(self.dice.random(EXAMPLES) < changed, self.person(), self.said[of])

    def found(self):
        return [(one.first, one.second) for one in twins(self.truth, self.said)]


class TestTwins:
    @pytest.mark.parametrize("seed", range(5))
    def test_accuses_nobody_of_an_honest_class(self, seed):
        assert Class(seed, people=40).found() == []

    @pytest.mark.parametrize("changed", [0.0, 0.05, 0.15])
    def test_finds_a_copy_that_was_changed_a_little(self, changed):
        people = Class()
        people.said.append(people.copy(3, changed))
        assert people.found() == [(3, 30)]

    def test_finds_each_pair_of_several_copies(self):
        people = Class()
        people.said += [people.copy(3, 0.02), people.copy(3, 0.02)]
        assert set(people.found()) == {(3, 30), (3, 31), (30, 31)}

    def test_says_what_was_shared_and_what_was_expected(self):
        people = Class()
        people.said.append(people.copy(3))
        (found,) = twins(people.truth, people.said)
        assert found.shared == found.first_wrong == found.second_wrong
        assert 0 < found.expected < found.shared / 2
        assert found.share == 1
        assert found.p < 0.01

    def test_few_people_or_few_errors_say_nothing(self):
        few = Class(people=4)
        few.said.append(few.copy(0))
        assert few.found() == []
        all_right = Class()
        all_right.said = [all_right.truth] * 10
        assert all_right.found() == []
        one_error = all_right.truth.copy()
        one_error[:3] = (one_error[:3] + 1) % CLASSES
        all_right.said += [one_error, one_error]
        assert all_right.found() == []

    def test_a_class_of_equals_has_no_twins(self):
        same = Class(people=1)
        same.said *= 12
        assert same.found() == []

    def test_takes_little_memory_where_everybody_errs(self):
        dice = np.random.default_rng(1)
        said = [dice.integers(0, 100, 10_000).astype(np.uint16) for _ in range(60)]
        tracemalloc.start()
        twins(np.zeros(10_000, np.int64), said)
        assert tracemalloc.get_traced_memory()[1] < 10 * sum(one.nbytes for one in said)
        tracemalloc.stop()
