from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from heldout_server.grading.splits import (
    Split,
    public_counts,
    public_mask,
    split_by_usage,
    stratified_split,
)
from heldout_server.grading.strata import strata
from heldout_server.tasks.kinds import Kind, Task

MNIST_TEST_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
some_labels = st_numpy.arrays(np.int64, st.integers(0, 300), elements=st.integers(0, 9))
hundredths = st.integers(0, 100).map(lambda percent: percent / 100)
REGRESSION = Task(Kind.REGRESSION, targets=("price", "rent"))
MULTILABEL = Task(Kind.MULTILABEL, targets=("rain", "wind", "snow"))
numbers = st_numpy.arrays(np.float64, st.integers(0, 200), elements=st.integers(-30, 30))
label_sets = st_numpy.arrays(
    np.int64, st.tuples(st.integers(0, 200), st.just(3)), elements=st.integers(0, 1)
)
seeds = st.integers(0, 2**128 - 1)


class TestStratifiedSplit:
    @given(some_labels, hundredths, seeds)
    def test_the_total_is_the_fraction_rounded(
        self, labels: np.ndarray, fraction: float, seed: int
    ) -> None:
        public = stratified_split(labels, fraction, seed)
        assert public.dtype == np.bool_
        assert public.sum() == round(len(labels) * Fraction(str(fraction)))

    @given(some_labels, hundredths, seeds)
    def test_each_class_is_within_one_of_its_share(
        self, labels: np.ndarray, fraction: float, seed: int
    ) -> None:
        public = stratified_split(labels, fraction, seed)
        for label in np.unique(labels):
            share = (labels == label).sum() * Fraction(str(fraction))
            assert 0 <= public[labels == label].sum() - share // 1 <= 1

    @given(some_labels, hundredths, seeds)
    def test_the_same_seed_gives_the_same_mask(
        self, labels: np.ndarray, fraction: float, seed: int
    ) -> None:
        first = stratified_split(labels, fraction, seed)
        np.testing.assert_array_equal(first, stratified_split(labels, fraction, seed))

    def test_another_seed_gives_another_mask_of_the_same_counts(self) -> None:
        labels = np.repeat(np.arange(10), 100)
        first, second = (stratified_split(labels, 0.5, seed) for seed in (1, 2))
        assert (first != second).any()
        np.testing.assert_array_equal(np.bincount(labels[first]), np.bincount(labels[second]))

    def test_every_example_is_public_under_some_seed(self) -> None:
        labels = np.tile(np.arange(10), 4)
        often = np.sum([stratified_split(labels, 0.5, seed) for seed in range(200)], axis=0)
        assert often.min() > 60
        assert often.max() < 140

    def test_stays_as_it_is_from_version_to_version(self) -> None:
        public = stratified_split(np.tile(np.arange(3), 4), 0.5, 2026)
        assert "".join("01"[int(p)] for p in public) == "011111000100"

    @pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
    def test_refuses_a_fraction_outside_zero_to_one(self, fraction: float) -> None:
        with pytest.raises(ValueError, match="from 0 to 1"):
            stratified_split(np.zeros(4, np.int64), fraction, 1)

    def test_refuses_labels_of_two_dimensions(self) -> None:
        with pytest.raises(ValueError, match="one-dimensional"):
            stratified_split(np.zeros((4, 2), np.int64), 0.5, 1)


class TestPublicCounts:
    def test_halves_mnist_with_the_odd_one_from_the_smaller_class(self) -> None:
        shares = public_counts(MNIST_TEST_COUNTS, 0.5)
        assert shares == [490, 568, 516, 505, 491, 446, 479, 514, 487, 504]
        assert sum(shares) == 5000

    def test_gives_the_rest_to_the_largest_remainders(self) -> None:
        # 0.3 of 9, 5, 6 is 2.7, 1.5, 1.8: floors 2, 1, 1 and two more to reach 6 of 20
        assert public_counts([9, 5, 6], 0.3) == [3, 1, 2]

    def test_takes_the_fraction_as_written(self) -> None:
        # in binary floating point 0.29 · 100 is 28.999999999999996
        assert public_counts([100], 0.29) == [29]

    def test_rounds_half_a_total_to_even(self) -> None:
        assert public_counts([5], 0.5) == [2]
        assert public_counts([7], 0.5) == [4]

    def test_of_no_class_is_nothing(self) -> None:
        assert public_counts([], 0.5) == []


class TestSplit:
    def test_private_is_all_that_is_not_public(self) -> None:
        split = Split(public=np.array([True, False, False]), public_fraction=0.3)
        assert split.private.tolist() == [False, True, True]

    def test_repr_shows_no_mask(self) -> None:
        assert "True" not in repr(Split(public=np.array([True]), public_fraction=0.5))

    def test_an_ignored_example_is_in_neither_part(self) -> None:
        split = Split(np.array([True, False, False]), 0.5, np.array([False, False, True]))
        assert split.private.tolist() == [False, True, False]

    def test_an_ignored_example_is_not_public(self) -> None:
        with pytest.raises(ValueError, match="ignored"):
            Split(np.array([True]), 0.5, np.array([True]))


class TestSplitByUsage:
    def test_takes_it_as_written(self) -> None:
        split = split_by_usage(["Public", "Private", " ignored", "PUBLIC", "private ", "Private"])
        assert split.public.tolist() == [True, False, False, True, False, False]
        assert split.private.tolist() == [False, True, False, False, True, True]
        assert split.public_fraction == 0.4

    def test_names_the_first_other_values(self) -> None:
        with pytest.raises(ValueError, match=r"not 'Train', '', 'a', 'b', 'c'$"):
            split_by_usage(["Public", "Train", "", "Train", "a", "b", "c", "d"])

    @pytest.mark.parametrize("usage", [[], ["Ignored"]])
    def test_nothing_that_counts_has_no_public_share(self, usage: list[str]) -> None:
        split = split_by_usage(usage)
        assert (split.public.sum(), split.private.sum(), split.public_fraction) == (0, 0, 0)


class TestPublicMask:
    @given(some_labels, hundredths, seeds)
    def test_of_classes_it_is_the_split_that_it_always_was(
        self, labels: np.ndarray, fraction: float, seed: int
    ) -> None:
        task = Task(Kind.MULTICLASS, tuple("abcdefghij"))
        found = public_mask(task, labels, fraction, seed)
        np.testing.assert_array_equal(found, stratified_split(labels, fraction, seed))

    @given(numbers, hundredths, seeds)
    def test_of_numbers_each_tenth_has_its_share(
        self, values: np.ndarray, fraction: float, seed: int
    ) -> None:
        truth = np.column_stack([values, -values])
        public = public_mask(REGRESSION, truth, fraction, seed)
        assert public.sum() == round(len(values) * Fraction(str(fraction)))
        tenths = strata(REGRESSION, truth)
        for tenth in np.unique(tenths):
            share = (tenths == tenth).sum() * Fraction(str(fraction))
            assert 0 <= public[tenths == tenth].sum() - share // 1 <= 1

    @given(label_sets, hundredths, seeds)
    def test_of_sets_of_labels_each_set_has_its_share(
        self, truth: np.ndarray, fraction: float, seed: int
    ) -> None:
        public = public_mask(MULTILABEL, truth, fraction, seed)
        assert public.sum() == round(len(truth) * Fraction(str(fraction)))
        _, number, counts = np.unique(truth, axis=0, return_inverse=True, return_counts=True)
        for one in np.flatnonzero(counts >= 10):
            share = counts[one] * Fraction(str(fraction))
            assert 0 <= public[number.reshape(-1) == one].sum() - share // 1 <= 1

    def test_of_groups_none_is_divided(self) -> None:
        generator = np.random.default_rng(3)
        groups = generator.integers(0, 40, 600)
        task = Task(Kind.BINARY, ("a", "b"))
        public = public_mask(task, generator.integers(0, 2, 600), 0.3, 1, groups)
        assert all(len(set(public[groups == one])) == 1 for one in np.unique(groups))

    def test_a_number_that_is_none_is_refused(self) -> None:
        with pytest.raises(ValueError, match="finite"):
            public_mask(REGRESSION, np.array([[1.0, 1.0], [np.nan, 1.0]]), 0.5, 1)


class TestStrata:
    def test_tenths_of_distinct_numbers_are_equal(self) -> None:
        truth = np.random.default_rng(1).permutation(1000.0 + np.arange(1000))[:, None]
        found = strata(Task(Kind.REGRESSION, targets=("price",)), truth)
        assert np.bincount(found).tolist() == [100] * 10
        assert found[truth[:, 0].argmin()] == 0

    @given(numbers)
    def test_equal_numbers_are_together_and_greater_ones_not_below(
        self, values: np.ndarray
    ) -> None:
        found = strata(REGRESSION, np.column_stack([values, values]))
        order = np.argsort(values, kind="stable")
        assert (np.diff(found[order]) >= 0).all()
        assert (np.diff(found[order])[np.diff(values[order]) == 0] == 0).all()

    def test_rare_sets_are_one_stratum(self) -> None:
        common = np.tile([1, 0, 1], (12, 1))
        rare = np.array([[0, 0, 1], [1, 1, 1], [0, 0, 1], [0, 0, 0]])
        found = strata(MULTILABEL, np.concatenate([common, rare]))
        assert len(set(found[:12])) == len(set(found[12:])) == 1
        assert found[0] != found[12]
