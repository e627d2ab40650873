"""Brackets by writer, at fixed numbers of drawings."""

from __future__ import annotations

import numpy as np
import pytest

from heldout_server.finals.brackets import FEWEST_WRITERS, Reads, bracket


def reads(shares: list[float], *, writers: int = 30, each: int = 10, seed: int = 0) -> Reads:
    """Models that read these shares of what so many people drew, each of them one's own."""
    random = np.random.default_rng(seed)
    writer = np.repeat(np.arange(writers), each)
    right = random.random((len(shares), len(writer))) < np.array(shares)[:, None]
    own = writer == np.arange(len(shares))[:, None]
    return Reads(right, own, writer)


def test_own_drawings_count_for_nobody_elses_loss_and_no_own_gain() -> None:
    found = reads([1.0, 0.0], writers=3, each=2)
    assert list(found.counted) == [4, 4]
    assert list(found.read) == [4, 0]
    assert list(found.share) == [1.0, 0.0]


def test_a_clear_winner_stands_alone_and_equals_are_tied() -> None:
    found = bracket(reads([0.99, 0.80, 0.80, 0.5]), 1)
    assert found is not None
    assert found.order[0] == 0
    assert list(found.group) == [1, 2, 2, 3]
    assert (found.places.low[0], found.places.high[0]) == (1, 1)


def test_equal_models_may_all_be_first() -> None:
    one = reads([0.95])
    six = Reads(np.repeat(one.right, 6, axis=0), np.repeat(one.own, 6, axis=0), one.writer)
    found = bracket(six, 1)
    assert found is not None
    assert set(found.group) == {1}
    assert set(found.places.low) == {1}


@pytest.mark.parametrize(
    ("writers", "each", "looked_at"),
    [(10, 10, None), (19, 10, None), (20, 10, 200), (30, 3, None), (33, 10, 200), (60, 10, 500)],
)
def test_is_drawn_after_100_200_and_500_by_twenty_writers(
    writers: int, each: int, looked_at: int | None
) -> None:
    found = bracket(reads([0.9, 0.8], writers=writers, each=each), 1)
    assert (found.drawings if found else None) == looked_at


def test_writers_are_counted_among_the_drawings_that_are_looked_at() -> None:
    """Ten people drew the first hundred: whoever came later isn't in it."""
    many = reads([0.9, 0.8], writers=FEWEST_WRITERS - 1, each=10)
    assert bracket(many, 1) is None


def test_what_comes_after_a_look_changes_nothing_until_the_next() -> None:
    before = reads([0.95, 0.9, 0.7], writers=25, each=10)
    later = before.right.copy()
    later[:, 200:] = ~later[:, 200:]
    one, other = bracket(before, 1), bracket(Reads(later, before.own, before.writer), 1)
    assert one is not None
    assert other is not None
    assert list(one.order) == list(other.order)
    assert list(one.group) == list(other.group)


def test_a_difference_of_one_writer_is_luck() -> None:
    """Forty drawings of one hand that a model can't read are one piece of news, not forty."""
    whole = reads([1.0, 1.0], writers=20, each=10)
    right = whole.right.copy()
    right[1, whole.writer == 19] = False
    found = bracket(Reads(right, whole.own, whole.writer), 1)
    assert found is not None
    assert list(found.group) == [1, 1]


def test_a_model_that_read_nothing_is_no_error() -> None:
    found = reads([0.9, 0.9], writers=25, each=10)
    nothing = Reads(found.right, np.array([found.own[0], np.ones_like(found.own[0])]), found.writer)
    assert bracket(nothing, 1) is not None
    assert nothing.share[1] == 0.0
