"""The evening's clock: paused, resumed, moved."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, Field

from heldout_server.acts.registry import COMPETITION, ActContext, NoFields, Performed, act
from heldout_server.competitions.changes import change
from heldout_server.competitions.restore import restore
from heldout_server.kit.errors import ProblemError
from heldout_server.kit.formats import day_and_clock
from heldout_server.models import Competition

LONGEST_EXTENSION_MINUTES = 7 * 24 * 60
"""A week at a time: a typing error should not keep a contest open until the next term."""


class ResumeIn(BaseModel):
    """`give_back_time`: close as much later as the pause was long."""

    give_back_time: bool = Field(False, title="Close later by the pause")


class ExtendIn(BaseModel):
    """By how many minutes; negative: earlier."""

    minutes: int = Field(ge=-10_080, le=10_080, examples=[10], title="The number of minutes")


def _closes(done: Performed[Competition, ExtendIn]) -> str:
    it = done.subject
    closes = day_and_clock(it.closes_at, it.timezone)
    return f"{done.given.minutes:+} min for everybody: it closes {closes}."


@act(
    "competition.pause", COMPETITION, NoFields, route="POST /pause", label="Pause",
    words="paused the competition", inverse=restore,
    done="Paused. Nothing new is taken; what was announced before still arrives.",
)  # fmt: skip
def pause_competition(context: ActContext, competition: Competition, given: NoFields) -> None:
    """Take nothing new; what was announced before still arrives. Inverse: resume."""
    if competition.paused_at is None:
        change(context, {"paused_at": context.now})


@act(
    "competition.resume", COMPETITION, ResumeIn, route="POST /resume", label="Resume",
    words="resumed the competition", inverse=restore,
    done="Going on: submissions are taken again.",
)  # fmt: skip
def resume_competition(context: ActContext, competition: Competition, given: ResumeIn) -> None:
    """Go on after a pause. Inverse: pause."""
    if competition.paused_at is None:
        return
    changes: dict[str, object] = {"paused_at": None}
    if given.give_back_time and competition.closes_at is not None:
        changes["closes_at"] = competition.closes_at + (context.now - competition.paused_at)
    change(context, changes)


@act(
    "competition.extend", COMPETITION, ExtendIn, route="POST /extend", label="Move the closing",
    words="moved the closing time", inverse=restore, done=_closes,
)  # fmt: skip
def extend_competition(context: ActContext, competition: Competition, given: ExtendIn) -> None:
    """Close some minutes later, for everybody, counted from now when it has closed already. Send
    an Idempotency-Key: a second click adds nothing then. Inverse: as many minutes earlier.
    """
    check_minutes(given.minutes)
    if competition.closes_at is None:
        raise ProblemError(
            "conflict", "This competition has no closing time to move.", "Set one first."
        )
    later = given.minutes > 0
    start = max(competition.closes_at, context.now) if later else competition.closes_at
    change(context, {"closes_at": start + timedelta(minutes=given.minutes)})


def check_minutes(minutes: int) -> None:
    """Raise ProblemError `validation` for no minutes, or more than a week."""
    if minutes == 0 or abs(minutes) > LONGEST_EXTENSION_MINUTES:
        raise ProblemError(
            "validation",
            f"An extension is by 1 to {LONGEST_EXTENSION_MINUTES} minutes, or as many earlier.",
        )
