"""Whole groups in one part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.grading.grouped_split import grouped_split

hundredths = st.integers(0, 100).map(lambda percent: percent / 100)
seeds = st.integers(0, 2**128 - 1)
examples = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 4)), max_size=200)


def excess(public: np.ndarray, strata: np.ndarray, fraction: float) -> float:
    """D of the docstring, computed from the finished split."""
    masks = [strata == one for one in np.unique(strata)] + [np.ones(len(strata), bool)]
    return sum(
        (public[mask].sum() - fraction * mask.sum()) ** 2 / mask.sum()
        for mask in masks
        if mask.any()
    )


def bound(groups: np.ndarray, strata: np.ndarray, fraction: float) -> float:
    masks = [strata == one for one in np.unique(strata)] + [np.ones(len(strata), bool)]
    return sum(
        fraction * (1 - fraction) * (mask & (groups == group)).sum() ** 2 / mask.sum()
        for mask in masks
        for group in np.unique(groups)
    )


class TestGroupedSplit:
    @given(examples, hundredths, seeds)
    def test_no_group_is_divided(
        self, rows: list[tuple[int, int]], fraction: float, seed: int
    ) -> None:
        groups, strata = np.array(rows, np.int64).reshape(-1, 2).T
        public = grouped_split(groups, strata, fraction, seed)
        assert (public.dtype, public.shape) == (np.bool_, groups.shape)
        assert all(len(set(public[groups == group])) == 1 for group in groups)

    @given(examples, hundredths, seeds)
    def test_shares_are_as_near_as_it_says(
        self, rows: list[tuple[int, int]], fraction: float, seed: int
    ) -> None:
        groups, strata = np.array(rows, np.int64).reshape(-1, 2).T
        public = grouped_split(groups, strata, fraction, seed)
        sizes = np.unique(groups, return_counts=True)[1]
        smallest = sizes.min(initial=len(public))
        one_was_moved = public.sum() in (smallest, len(public) - smallest)
        found = excess(public, strata, fraction)
        assert one_was_moved or found <= bound(groups, strata, fraction) + 1e-9

    @given(examples, st.integers(1, 99), seeds)
    def test_neither_part_is_empty_with_two_groups(
        self, rows: list[tuple[int, int]], percent: int, seed: int
    ) -> None:
        groups, strata = np.array([*rows, (30, 0), (31, 1)], np.int64).T
        public = grouped_split(groups, strata, percent / 100, seed)
        assert public.any()
        assert not public.all()

    @given(examples, hundredths, seeds)
    def test_the_same_seed_gives_the_same_mask(
        self, rows: list[tuple[int, int]], fraction: float, seed: int
    ) -> None:
        groups, strata = np.array(rows, np.int64).reshape(-1, 2).T
        first = grouped_split(groups, strata, fraction, seed)
        np.testing.assert_array_equal(first, grouped_split(groups, strata, fraction, seed))

    def test_another_seed_gives_another_mask(self) -> None:
        groups, strata = np.repeat(np.arange(50), 4), np.tile([0, 1], 100)
        first, second = (grouped_split(groups, strata, 0.5, seed) for seed in (1, 2))
        assert (first != second).any()

    @pytest.mark.parametrize("fraction", [0.2, 0.5, 0.7])
    def test_writers_of_many_digits_come_within_two_points(self, fraction: float) -> None:
        generator = np.random.default_rng(5)
        groups = generator.integers(0, 200, 10_000)
        strata = (groups + generator.integers(0, 4, 10_000)) % 10
        public = grouped_split(groups, strata, fraction, 1)
        for one in range(10):
            assert abs(public[strata == one].mean() - fraction) < 0.02
        assert abs(public.mean() - fraction) < 0.005

    def test_nothing_or_everything_may_be_public(self) -> None:
        groups, strata = np.array(["a", "b", "b"]), np.zeros(3, np.int64)
        assert grouped_split(groups, strata, 0, 1).sum() == 0
        assert grouped_split(groups, strata, 1, 1).sum() == 3

    @pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
    def test_refuses_a_fraction_outside_zero_to_one(self, fraction: float) -> None:
        with pytest.raises(ValueError, match="from 0 to 1"):
            grouped_split(np.zeros(4), np.zeros(4, np.int64), fraction, 1)

    def test_refuses_lengths_that_differ(self) -> None:
        with pytest.raises(ValueError, match="fit together"):
            grouped_split(np.zeros(4), np.zeros(3, np.int64), 0.5, 1)
