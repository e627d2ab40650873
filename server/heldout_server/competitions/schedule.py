"""When a competition takes submissions, and when its participants' day begins. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition


class Phase(StrEnum):
    """Where `now` falls between opening and closing."""

    NOT_OPEN_YET = "not_open_yet"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


NO_EXTRA = timedelta(0)


def phase(competition: Competition, now: datetime, *, extra: timedelta = NO_EXTRA) -> Phase:
    """The phase at `now` (aware). What arrives exactly at the closing time is late.

    `extra` is what one participant has after the closing time. An archived or revealed
    competition is closed to everybody.
    """
    if competition.archived_at is not None or competition.revealed_at is not None:
        return Phase.CLOSED
    if competition.opens_at is not None and now < competition.opens_at:
        return Phase.NOT_OPEN_YET
    if competition.closes_at is not None and now >= competition.closes_at + extra:
        return Phase.CLOSED
    return Phase.PAUSED if competition.paused_at is not None else Phase.OPEN


def ended_at(competition: Competition) -> datetime | None:
    """When nothing was taken any more: at the planned closing, or before it by an act."""
    ends = (competition.closes_at, competition.revealed_at, competition.archived_at)
    return min((end for end in ends if end is not None), default=None)


def is_frozen(competition: Competition, now: datetime) -> bool:
    """Whether the board stands still: what arrives moves nothing that the public sees."""
    frozen = competition.freeze_at is not None and competition.freeze_at <= now
    return frozen and competition.revealed_at is None


def shows_hardest(competition: Competition) -> bool:
    """Whether everybody may see hidden images with their labels: never before the reveal."""
    return competition.hardest_at is not None and competition.revealed_at is not None


def check_revealed(competition: Competition) -> None:
    """Raise ProblemError `conflict` while the private scores, and so the labels, are secret."""
    if competition.revealed_at is None:
        raise ProblemError(
            "conflict",
            "The private scores are not revealed yet: no hidden image is shown with its label.",
            "Reveal them first.",
        )


def check_open(competition: Competition, now: datetime, *, extra: timedelta = NO_EXTRA) -> None:
    """Raise ProblemError `not_open_yet`, `competition_closed` or `competition_paused` unless `now`
    is in between.
    """
    found = phase(competition, now, extra=extra)
    if found is Phase.OPEN:
        return
    if found is Phase.PAUSED:
        raise ProblemError(
            "competition_paused",
            f"“{competition.title}” is paused by its organizers.",
            "Your file is fine: submit it again when they go on.",
        )
    if found is Phase.NOT_OPEN_YET and competition.opens_at is not None:
        raise ProblemError(
            "not_open_yet",
            f"“{competition.title}” opens {_in_room(competition.opens_at, competition)}.",
            "Your file is fine: submit it again then.",
        )
    if competition.closes_at is None or now < competition.closes_at + extra:
        raise ProblemError("competition_closed", f"“{competition.title}” takes nothing any more.")
    raise ProblemError(
        "competition_closed",
        f"“{competition.title}” closed {_in_room(competition.closes_at + extra, competition)}.",
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
