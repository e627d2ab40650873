"""The wall of hardest digits: opened by organizers after the reveal, shut with it.

What it shows are labels, so they are kept only while it is open, as one figure over the class.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from heldout_server.acts.audit_log import Actor
from heldout_server.competitions import queries, schedule, settings_acts
from heldout_server.kit.errors import ProblemError
from heldout_server.models import ClassInsight, Competition

HARDEST = "hardest"
"""The kind of the kept figure."""
IMAGE_SHAPE = [28, 28]
NO_IMAGES = (
    "The examples of this dataset aren't images of 28 × 28 pixels, so no wall can show them."
)


def open_wall(session: Session, actor: Actor, competition: Competition, *, now: datetime) -> None:
    """Show everybody the hidden images that most final models got wrong. Inverse: `close_wall`.

    Raises ProblemError `conflict` before the reveal, for a dataset without such images, and while
    another competition still asks for the same labels.
    """
    if competition.hardest_at is not None:
        return
    schedule.check_revealed(competition)
    if not has_images(session, competition):
        raise ProblemError("conflict", NO_IMAGES)
    check_nobody_asks(session, competition, now)
    wanted = {"hardest_at": now}
    settings_acts.change(session, actor, competition, "competition.open_hardest", wanted, now=now)


def close_wall(session: Session, actor: Actor, competition: Competition, *, now: datetime) -> None:
    """Take the wall down. Whoever looked has seen those labels."""
    wanted = {"hardest_at": None}
    settings_acts.change(session, actor, competition, "competition.close_hardest", wanted, now=now)
    forget(session, competition)


def forget(session: Session, competition: Competition) -> None:
    """Delete what the wall showed."""
    session.execute(
        delete(ClassInsight).where(
            col(ClassInsight.competition_id) == competition.id, col(ClassInsight.kind) == HARDEST
        )
    )


def has_images(session: Session, competition: Competition) -> bool:
    """Whether the dataset's examples are images that a wall can show."""
    return list(queries.dataset_of(session, competition).image_shape) == IMAGE_SHAPE


def check_nobody_asks(session: Session, competition: Competition, now: datetime) -> None:
    """Raise ProblemError `conflict` while another competition on the same images isn't over."""
    other = queries.still_asking(session, competition, now)
    if other is not None:
        raise ProblemError(
            "conflict",
            f"“{other.title}” has the same hidden images and isn't over: the wall would give its "
            "answers away.",
            "Open the wall when that one is closed, or archive it.",
        )
