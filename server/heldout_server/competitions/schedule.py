"""When a competition takes submissions, and when its participants' day begins. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from heldout_server.errors import ProblemError
from heldout_server.models import Competition


class Phase(StrEnum):
    """Where `now` falls between opening and closing."""

    NOT_OPEN_YET = "not_open_yet"
    OPEN = "open"
    CLOSED = "closed"


def phase(competition: Competition, now: datetime) -> Phase:
    """The phase at `now` (aware). What arrives exactly at the closing time is late."""
    if competition.opens_at is not None and now < competition.opens_at:
        return Phase.NOT_OPEN_YET
    if competition.closes_at is not None and now >= competition.closes_at:
        return Phase.CLOSED
    return Phase.OPEN


def check_open(competition: Competition, now: datetime) -> None:
    """Raise ProblemError `not_open_yet` or `competition_closed` unless `now` is in between."""
    found = phase(competition, now)
    if found is Phase.NOT_OPEN_YET and competition.opens_at is not None:
        raise ProblemError(
            "not_open_yet",
            f"“{competition.title}” opens {_in_room(competition.opens_at, competition)}.",
            "Your file is fine: submit it again then.",
        )
    if found is Phase.CLOSED and competition.closes_at is not None:
        raise ProblemError(
            "competition_closed",
            f"“{competition.title}” closed {_in_room(competition.closes_at, competition)}.",
            "What the server received before then still counts; ask the organizers about more.",
        )


def day_start(competition: Competition, now: datetime) -> datetime:
    """The last midnight in the room's own zone."""
    local = now.astimezone(ZoneInfo(competition.timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def next_day_start(competition: Competition, now: datetime) -> datetime:
    """The next midnight in the room's own zone, also across a change of clocks."""
    midnight = day_start(competition, now)
    return (midnight + timedelta(days=1)).replace(hour=0)


def _in_room(moment: datetime, competition: Competition) -> str:
    local = moment.astimezone(ZoneInfo(competition.timezone))
    return f"at {local:%H:%M} on {local:%d %B %Y} ({competition.timezone}, UTC{local:%z})"
