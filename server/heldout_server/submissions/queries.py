"""SQL over submissions and uploads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlmodel import Session, col

from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    HELD,
    Participant,
    Receipt,
    RunCard,
    State,
    Submission,
    Upload,
)

# A rejected file may be sent again (rules improve), as may one that our machinery failed on.
WORTH_RECOGNISING = (State.QUEUED, State.RUNNING, State.SCORED)


def by_public_id(session: Session, public_id: str) -> Submission | None:
    """The submission whose file is in place."""
    return session.execute(_by_public_id(), {"of": public_id}).scalar_one_or_none()


@cache
def _by_public_id() -> Select[Any]:
    """Like the others here that are made once: each file that comes asks them again."""
    return select(Submission).where(col(Submission.public_id) == bindparam("of"))


def require(session: Session, public_id: str) -> Submission:
    """The submission whose file is in place. Raises ProblemError `not_found`."""
    found = by_public_id(session, public_id)
    if found is None:
        raise ProblemError("not_found", "There is no submission at this address.")
    return found


def of_competition(session: Session, competition_id: int, public_id: str) -> Submission:
    """The submission of this competition. Raises ProblemError `not_found`."""
    query = select(Submission).where(
        col(Submission.competition_id) == competition_id, col(Submission.public_id) == public_id
    )
    found: Submission | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "This competition has no submission with this id.")
    return found


def public_ids(session: Session, rows: Collection[int]) -> dict[int, str]:
    """The public id of each of these submissions, by row id."""
    query = select(col(Submission.id), col(Submission.public_id))
    found = session.execute(query.where(col(Submission.id).in_(rows)))
    return {row or 0: public_id for row, public_id in found}


def upload_by_public_id(session: Session, public_id: str, *, lock: bool = False) -> Upload | None:
    """The submission that still waits for its file; `lock` holds the row until the commit."""
    return session.execute(_upload_by_public_id(lock), {"of": public_id}).scalar_one_or_none()


@cache
def _upload_by_public_id(lock: bool) -> Select[Any]:
    query = select(Upload).where(col(Upload.public_id) == bindparam("of"))
    return query.with_for_update() if lock else query


def by_key(session: Session, participant_id: int, key: str) -> Submission | None:
    """The submission made by this idempotency key."""
    made_by = {"by": participant_id, "key": key}
    return session.execute(_by_key(Submission), made_by).scalar_one_or_none()


def upload_by_key(session: Session, participant_id: int, key: str) -> Upload | None:
    """The upload opened by this idempotency key."""
    opened_by = {"by": participant_id, "key": key}
    return session.execute(_by_key(Upload), opened_by).scalar_one_or_none()


@cache
def _by_key(table: type[Submission] | type[Upload]) -> Select[Any]:
    return select(table).where(
        col(table.participant_id) == bindparam("by"),
        col(table.idempotency_key) == bindparam("key"),
    )


def twin(
    session: Session,
    participant_id: int,
    kind: str,
    sha256: str,
    preprocessing: str,
    model_sha256: str | None = None,
) -> Submission | None:
    """The participant's own earlier submission of these bytes or of this model, if it still stands.

    The same model with other preprocessing is another entry.
    """
    wanted = {
        "by": participant_id, "kind": kind, "sha256": sha256, "model_sha256": model_sha256,
        "preprocessing": preprocessing,
    }  # fmt: skip
    return session.execute(_twin(), wanted).scalar_one_or_none()


@cache
def _twin() -> Select[Any]:
    # Nothing equals a model digest that is null.
    same = or_(
        col(Submission.sha256) == bindparam("sha256"),
        col(Submission.model_sha256) == bindparam("model_sha256"),
    )
    return (
        select(Submission)
        .where(
            col(Submission.participant_id) == bindparam("by"),
            col(Submission.kind) == bindparam("kind"),
            same,
            col(Submission.preprocessing) == bindparam("preprocessing"),
            col(Submission.state).in_(WORTH_RECOGNISING),
            or_(col(Submission.moderation).is_(None), col(Submission.moderation) == HELD),
        )
        .order_by(col(Submission.id))
        .limit(1)
    )


def of_participant(
    session: Session, participant_id: int, *, limit: int, before: int | None = None
) -> list[Submission]:
    """A page of one participant's submissions, newest first; `before` is a row id."""
    query = select(Submission).where(col(Submission.participant_id) == participant_id)
    if before is not None:
        query = query.where(col(Submission.id) < before)
    return list(session.execute(query.order_by(col(Submission.id).desc()).limit(limit)).scalars())


def latest(session: Session, competition_id: int, *, limit: int) -> list[Submission]:
    """The newest submissions of a competition."""
    query = (
        select(Submission)
        .where(col(Submission.competition_id) == competition_id)
        .order_by(col(Submission.id).desc())
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def names_under_way(
    session: Session,
    competition_id: int,
    *among: ColumnElement[bool],
    name: ColumnElement[str],
    limit: int,
) -> list[str]:
    """Whose submissions are being scored or wait for it, the longest waiting first.

    `among`, `name`: who may be told, and what they are called.
    """
    query = (
        select(name)
        .select_from(Participant)
        .join(Submission, col(Submission.participant_id) == col(Participant.id))
        .where(
            col(Submission.competition_id) == competition_id,
            col(Submission.state).in_((State.RUNNING, State.QUEUED)),
            col(Submission.moderation).is_(None),
            col(Participant.banned_at).is_(None),
            *among,
        )
        .order_by(col(Submission.id))
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def counts_by_state(session: Session, competition_id: int) -> dict[str, int]:
    """How many submissions stand in each state."""
    query = (
        select(col(Submission.state), func.count())
        .where(col(Submission.competition_id) == competition_id)
        .group_by(col(Submission.state))
    )
    return {str(state): int(number) for state, number in session.execute(query)}


def run_card(session: Session, submission_id: int) -> dict[str, object] | None:
    """The run card as the client sent it."""
    found = session.get(RunCard, submission_id)
    return found.card if found else None


def preprocessing_of(session: Session, submission: Submission) -> str:
    """How its inputs were prepared for its score; as was asked for while it has none.

    A model that is run again needn't look for it on the practice examples once more.
    """
    receipt = session.get(Receipt, submission.id)
    used = receipt.data.get("preprocessing") if receipt else None
    return str(used or submission.preprocessing)


def expired_uploads(session: Session, *, now: datetime) -> Sequence[Upload]:
    """Announced submissions whose file never came."""
    return session.execute(select(Upload).where(col(Upload.expires_at) < now)).scalars().all()


def lock_participants(session: Session, participants: Sequence[int]) -> None:
    """Make these participants' transactions follow one another (SQLite's writers do anyway).

    In the order of their ids, or two members of a team could wait for each other.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    query = select(col(Participant.id)).where(col(Participant.id).in_(participants))
    session.execute(query.order_by(col(Participant.id)).with_for_update(key_share=True)).all()
