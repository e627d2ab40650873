"""The wall of hardest digits: when it may be open, and forgetting what it showed.

What it shows are labels, so they are kept only while it is open, as one figure over the class.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from heldout_server.competitions import queries
from heldout_server.kit.errors import ProblemError
from heldout_server.models import ClassInsight, Competition

HARDEST = "hardest"
"""The kind of the kept figure."""
IMAGE_SHAPE = [28, 28]
NO_IMAGES = (
    "The examples of this dataset aren't images of 28 × 28 pixels, so no wall can show them."
)


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


def check_possible(session: Session, competition: Competition, now: datetime) -> None:
    """Raise ProblemError `conflict` for a dataset without images that a wall can show, and while
    another competition still asks for the same labels.
    """
    if not has_images(session, competition):
        raise ProblemError("conflict", NO_IMAGES)
    check_nobody_asks(session, competition, now)


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
