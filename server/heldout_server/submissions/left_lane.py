"""What follows when TensorFlow computes another answer than the lane: its score is the one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from heldout_server.jobs import alerts
from heldout_server.models import (
    CheckState,
    Competition,
    EngineCheck,
    FileState,
    LeftLayers,
    State,
    Submission,
)
from heldout_server.models.engine_check import LAYERS
from heldout_server.submissions import engine_checks
from heldout_server.submissions.rerun import run_again

ALERT = "lane.differs"
FOR_ORGANIZERS = (
    "ONNX Runtime and TensorFlow differ on a model of {layers} ({difference}). {score} Models of "
    "these layers are scored by TensorFlow from now on."
)
SCORED_AGAIN = "TensorFlow's score will stand."
REFUSED = "TensorFlow refuses it, so its score stays until you decide."
REVEALED = "Its score stays, since private scores are told already."


def differs(
    session: Session, submission_id: int, difference: str, *, now: datetime, refused: bool = False
) -> None:
    """TensorFlow says something else: the layers leave the lane, and it scores this file again.

    Not where it has `refused` the file, which would leave the score as it is; nor after the
    reveal, which is final. Whatever else the lane has scored of these layers is looked at, too;
    organizers are told.
    """
    found = session.get(EngineCheck, submission_id)
    if found is None:  # purged, or run again meanwhile
        return
    engine_checks.settle(session, submission_id, CheckState.DIFFERS)
    submission = session.get_one(Submission, submission_id)
    is_revealed = session.get_one(Competition, submission.competition_id).revealed_at is not None
    score = REFUSED if refused else REVEALED if is_revealed else SCORED_AGAIN
    if _leave(session, found, difference, now):
        said = FOR_ORGANIZERS.format(layers=found.layers, difference=difference, score=score)
        alerts.raise_alert(session, ALERT, said, now=now, submission_id=submission_id)
    session.execute(
        update(EngineCheck)
        .where(
            col(EngineCheck.layers) == found.layers, col(EngineCheck.state) == CheckState.TRUSTED
        )
        .values(state=CheckState.WAITING)
    )
    is_kept = submission.state == State.SCORED and submission.file_state == FileState.KEPT
    if is_kept and score == SCORED_AGAIN:
        run_again(session, submission)


def listing(session: Session) -> list[LeftLayers]:
    """The sets of layers that are TensorFlow's, in the order of the alphabet."""
    return list(session.execute(select(LeftLayers).order_by(col(LeftLayers.layers))).scalars())


def let_back(session: Session, layers: str) -> bool:
    """Let models of these layers be scored in the lane again; False: they are already.

    Graphs that differed count as new: TensorFlow looks at the next score of each.
    """
    name = " ".join(sorted(layers.split()))[:LAYERS]
    back = delete(LeftLayers).where(col(LeftLayers.layers) == name)
    return session.execute(back.returning(col(LeftLayers.layers))).first() is not None


def _leave(session: Session, found: EngineCheck, difference: str, now: datetime) -> bool:
    """Have the layers of this one leave the lane; False: they have left it already."""
    if engine_checks.has_left(session, found.layers):
        return False
    left = LeftLayers(layers=found.layers, graph=found.graph, difference=difference, since=now)
    try:
        with session.begin_nested():
            session.add(left)
    except IntegrityError:  # another worker found the same at the same time
        return False
    return True
