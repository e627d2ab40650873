"""Writing the runs' columns: whatever scored submission has none yet gets its row.

The same query writes the first row of a fresh submission and fills a table that a migration has
just made: outstanding work is a query. It runs in the background, so that no score waits for it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Select, select, text
from sqlmodel import Session, col

from heldout_server.models import Receipt, Run, RunCard, State, Submission
from heldout_server.runs.asked import Asked
from heldout_server.runs.asked_queries import all_asked
from heldout_server.runs.columns import mapping, run_columns

# Any number, as long as every writer of runs uses the same one.
RUN_LOCK = 7003
BATCH = 200


def record_missing(session: Session, limit: int = BATCH) -> int:
    """Derive up to `limit` missing rows, oldest first; how many were written.

    Cards that can't be read give a row of unknowns: a card never stops the others.
    """
    _hold(session)
    found = session.execute(_missing(limit)).all()
    asked = all_asked(session, {submission.competition_id for submission, *_ in found})
    session.add_all(
        _run(submission, card, receipt, asked[submission.competition_id])
        for submission, card, receipt in found
    )
    session.flush()
    return len(found)


@cache
def _missing(limit: int) -> Select[Any]:
    """Made once: it follows every score."""
    query: Select[Any] = (
        select(Submission, RunCard.card, Receipt.data)  # type: ignore[call-overload]
        .outerjoin(Run, col(Run.submission_id) == col(Submission.id))
        .outerjoin(RunCard, col(RunCard.submission_id) == col(Submission.id))
        .outerjoin(Receipt, col(Receipt.submission_id) == col(Submission.id))
        .where(col(Submission.state) == State.SCORED, col(Run.submission_id).is_(None))
        .order_by(col(Submission.id))
        .limit(limit)
    )
    return query


def record_again(session: Session, submission: Submission) -> bool:
    """Derive the row of a submission whose card has changed; False when it has none yet."""
    _hold(session)
    run = session.get(Run, submission.id, populate_existing=True)
    if run is None:
        return False
    card = session.get(RunCard, submission.id)
    receipt = session.get(Receipt, submission.id)
    asked = all_asked(session, {submission.competition_id})[submission.competition_id]
    columns = run_columns(mapping(card and card.card), mapping(receipt and receipt.data), asked)
    run.sqlmodel_update({**columns, "card_changes": run.card_changes + 1})
    session.add(run)
    session.flush()
    return True


def _hold(session: Session) -> None:
    """Let writers of runs follow one another: a card may change while its row is derived."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": RUN_LOCK})


def _run(submission: Submission, card: object, receipt: object, asked: Asked) -> Run:
    assert submission.id is not None
    return Run(
        submission_id=submission.id,
        competition_id=submission.competition_id,
        participant_id=submission.participant_id,
        **run_columns(mapping(card), mapping(receipt), asked),
    )
