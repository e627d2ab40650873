"""The wall of hardest examples: when it may be open, and forgetting what it showed.

What it shows are labels, so they are kept only while it is open, as one figure over the class.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col

from heldout_server.competitions import queries
from heldout_server.datasets.loaded import is_images
from heldout_server.kit.errors import ProblemError
from heldout_server.models import ClassInsight, Competition

HARDEST = "hardest"
"""The kind of the kept figure."""
NOT_SHOWN = (
    "A wall shows examples that can be looked at: pictures, or rows of a table. Those of this "
    "dataset aren't such."
)


def forget(session: Session, competition: Competition) -> None:
    """Delete what the wall showed."""
    session.execute(
        delete(ClassInsight).where(
            col(ClassInsight.competition_id) == competition.id, col(ClassInsight.kind) == HARDEST
        )
    )


def can_show(session: Session, competition: Competition) -> bool:
    """Whether the dataset's examples are something that can be looked at."""
    dataset = queries.dataset_of(session, competition)
    return bool(dataset.columns) or is_images(dataset.input_shape, dataset.input_type)


def check_possible(session: Session, competition: Competition, now: datetime) -> None:
    """Raise ProblemError `conflict` for a dataset whose examples no wall can show, and while
    another competition still asks for the same labels.
    """
    if not can_show(session, competition):
        raise ProblemError("conflict", NOT_SHOWN)
    check_nobody_asks(session, competition, now)


def check_nobody_asks(session: Session, competition: Competition, now: datetime) -> None:
    """Raise ProblemError `conflict` while another competition on the same examples isn't over."""
    other = queries.still_asking(session, competition, now)
    if other is not None:
        raise ProblemError(
            "conflict",
            f"“{other.title}” has the same hidden examples and isn't over: the wall would give its "
            "answers away.",
            "Open the wall when that one is closed, or archive it.",
        )
