"""When a competition takes submissions."""

from datetime import UTC, datetime, timedelta

import pytest

from heldout_server.competitions.schedule import (
    Phase,
    check_open,
    check_revealed,
    day_start,
    ended_at,
    is_frozen,
    next_day_start,
    phase,
    shows_hardest,
)
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


def test_hidden_images_are_never_shown_before_the_reveal():
    hidden, shown = competition(hardest_at=NOON), competition(hardest_at=NOON, revealed_at=NOON)
    assert (shows_hardest(hidden), shows_hardest(shown)) == (False, True)
    assert not shows_hardest(competition(revealed_at=NOON))
    check_revealed(shown)
    with pytest.raises(ProblemError, match="not revealed yet"):
        check_revealed(hidden)


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"opens_at": NOON + HOUR}, "not_open_yet", "opens at 08:00 on 22 November 2026"),
        ({"paused_at": NOON}, "competition_paused", "is paused"),
        ({"closes_at": NOON}, "competition_closed", "closed at 07:00 on 22 November 2026"),
        ({"archived_at": NOON}, "competition_closed", "takes nothing any more"),
    ],
)
def test_a_refusal_names_the_rooms_own_time(changes, code, said):
    with pytest.raises(ProblemError) as refused:
        check_open(competition(timezone="America/Toronto", **changes), NOON)
    assert refused.value.code == code
    assert said in refused.value.detail


@pytest.mark.parametrize(
    ("now", "begun", "ends"),
    [
        # Midnight in Toronto is 5 a.m. UTC in winter and 4 a.m. in summer.
        ((2026, 11, 22, 4, 59), (2026, 11, 21, 5), (2026, 11, 22, 5)),
        ((2026, 11, 22, 5, 0), (2026, 11, 22, 5), (2026, 11, 23, 5)),
        ((2026, 3, 8, 12, 0), (2026, 3, 8, 5), (2026, 3, 9, 4)),  # a day of 23 hours
        ((2026, 11, 1, 12, 0), (2026, 11, 1, 4), (2026, 11, 2, 5)),  # and one of 25
    ],
)
def test_a_day_is_the_rooms_own_also_when_clocks_change(now, begun, ends):
    room = competition(timezone="America/Toronto")
    moment = datetime(*now, tzinfo=UTC)
    assert day_start(room, moment).astimezone(UTC) == datetime(*begun, tzinfo=UTC)
    assert next_day_start(room, moment).astimezone(UTC) == datetime(*ends, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"closes_at": NOON}, NOON),
        ({"closes_at": NOON + HOUR, "revealed_at": NOON}, NOON),
        ({"closes_at": NOON - HOUR, "revealed_at": NOON}, NOON - HOUR),
        ({"closes_at": NOON + HOUR, "archived_at": NOON}, NOON),
    ],
)
def test_it_ended_at_the_first_of_what_ends_it(changes, expected):
    assert ended_at(competition(**changes)) == expected
