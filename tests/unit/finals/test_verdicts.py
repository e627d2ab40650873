"""Verdicts on drawings, and on those who read them."""

from __future__ import annotations

import numpy as np
import pytest

from heldout_server.finals.verdicts import FEWEST_COMPARED, counts, verdict
from heldout_server.models import DrawingState

WAITING, COUNTED, DISPUTED = DrawingState


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ([], WAITING),
        ([7], WAITING),
        ([7, 7], COUNTED),
        ([7, 1], DISPUTED),
        ([None, 7], DISPUTED),
        ([None, None], DISPUTED),
        ([1, 1], DISPUTED),
        ([7, 7, 1], COUNTED),
        ([7, 1, 7], DISPUTED),
    ],
)
def test_of_a_seven(said: list[int | None], found: DrawingState) -> None:
    assert verdict(7, said) is found


def test_nobody_is_doubted_before_five_can_be_compared() -> None:
    assert counts(0, FEWEST_COMPARED - 1, 10)
    assert not counts(0, FEWEST_COMPARED, 10)


def test_who_agrees_with_others_counts_and_who_taps_anything_does_not() -> None:
    assert all(counts(n, n, 10) for n in range(5, 40))
    assert counts(4, 5, 10)
    assert counts(16, 20, 10)
    assert not counts(2, 20, 10)
    assert not counts(1, 5, 10)


def test_of_two_classes_half_is_chance() -> None:
    assert not counts(12, 20, 2)
    assert counts(18, 20, 2)


def test_holds_for_whole_rooms() -> None:
    """Of those who tap anything nearly all are seen, of those who look nobody is."""
    random = np.random.default_rng(1)
    tapping, looking = (random.binomial(20, share, 400) for share in (0.1, 0.95))
    assert sum(counts(int(n), 20, 10) for n in tapping) <= 0.06 * 400
    assert all(counts(int(n), 20, 10) for n in looking)
