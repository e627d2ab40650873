"""When a competition takes submissions."""

from datetime import UTC, datetime, timedelta

import pytest

from heldout_server.competitions.schedule import Phase, check_open, is_frozen, phase
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def competition(**changes: object) -> Competition:
    fields = {
        "slug": "c", "title": "C", "dataset_hash": "h", "join_code": "CODE", "kinds": ["model"],
        "model_bytes": 1, "predictions_bytes": 1, "created_at": NOON,
    }  # fmt: skip
    return Competition.model_validate({**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Phase.OPEN),
        ({"opens_at": NOON}, Phase.OPEN),
        ({"opens_at": NOON + HOUR}, Phase.NOT_OPEN_YET),
        ({"closes_at": NOON}, Phase.CLOSED),
        ({"closes_at": NOON + HOUR, "paused_at": NOON - HOUR}, Phase.PAUSED),
        ({"closes_at": NOON - HOUR, "paused_at": NOON - HOUR}, Phase.CLOSED),
        ({"revealed_at": NOON}, Phase.CLOSED),
        ({"archived_at": NOON}, Phase.CLOSED),
    ],
)
def test_the_phase(changes, expected):
    assert phase(competition(**changes), NOON) is expected
    if expected is Phase.OPEN:
        check_open(competition(**changes), NOON)
    else:
        with pytest.raises(ProblemError):
            check_open(competition(**changes), NOON)


def test_extra_time_is_after_the_end():
    closed = competition(closes_at=NOON)
    late = NOON + timedelta(minutes=9)
    assert phase(closed, late, extra=timedelta(minutes=10)) is Phase.OPEN
    assert phase(closed, late, extra=timedelta(minutes=9)) is Phase.CLOSED


def test_a_board_is_frozen_from_its_minute_until_the_reveal():
    frozen = competition(freeze_at=NOON)
    assert not is_frozen(frozen, NOON - HOUR)
    assert is_frozen(frozen, NOON)
    assert not is_frozen(competition(freeze_at=NOON, revealed_at=NOON), NOON)
