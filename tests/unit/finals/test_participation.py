"""What a phone shows next."""

from __future__ import annotations

import pytest

from heldout_server.finals.participation import NextStep, next_step

DRAW, READ, WAIT = NextStep


@pytest.mark.parametrize(
    ("drawn", "left", "said", "has_offer", "reads_only", "step"),
    [
        (0, 10, 0, False, False, DRAW),
        (2, 8, 0, True, False, DRAW),
        (3, 7, 0, True, False, READ),
        (3, 7, 2, True, False, DRAW),
        (3, 7, 0, False, False, DRAW),
        (10, 0, 20, True, False, READ),
        (10, 0, 20, False, False, WAIT),
        (0, 10, 0, True, True, READ),
        (0, 10, 0, False, True, WAIT),
        (0, 0, 0, False, False, WAIT),
    ],
)
def test_in_turns(
    drawn: int, left: int, said: int, has_offer: bool, reads_only: bool, step: NextStep
) -> None:
    found = next_step(drawn=drawn, left=left, said=said, has_offer=has_offer, reads_only=reads_only)
    assert found is step
