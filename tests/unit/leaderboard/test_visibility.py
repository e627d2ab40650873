"""What others may hear of one submission: not once it is off the board, nor since a freeze."""

from datetime import UTC, datetime, timedelta

import pytest

from heldout_server.leaderboard import visibility
from heldout_server.models import HELD, Competition, Participant

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BEFORE, AFTER = NOON - timedelta(seconds=1), NOON + timedelta(seconds=1)


def said(*, received_at=BEFORE, freeze_at=None, revealed_at=None, banned_at=None, moderation=None):
    return visibility.hidden_reason(
        Competition(freeze_at=freeze_at, revealed_at=revealed_at),
        Participant(banned_at=banned_at),
        received_at=received_at,
        moderation=moderation,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"received_at": AFTER},
        {"received_at": BEFORE, "freeze_at": NOON},
        {"received_at": AFTER, "freeze_at": NOON, "revealed_at": AFTER},
    ],
)
def test_is_told_before_a_freeze_and_after_the_reveal(changes):
    assert said(**changes) == ""


@pytest.mark.parametrize("received_at", [NOON, AFTER])
def test_is_secret_from_the_minute_of_the_freeze(received_at):
    assert said(received_at=received_at, freeze_at=NOON) == visibility.FROZEN


@pytest.mark.parametrize("changes", [{"moderation": HELD}, {"banned_at": NOON}])
def test_is_never_told_of_what_is_off_the_board(changes):
    assert said(**changes) == visibility.OFF_THE_BOARD
    assert said(**changes, freeze_at=NOON, received_at=AFTER) == visibility.OFF_THE_BOARD
    assert said(**changes, revealed_at=NOON) == visibility.OFF_THE_BOARD
