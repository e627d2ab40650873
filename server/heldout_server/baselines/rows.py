"""Ghost rows: added and removed by organizers, marked, never ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events, undo
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.acts.events import EventKind
from heldout_server.kit.db import on_commit
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.leaderboard.order import ORDER, RankedBy
from heldout_server.models import (
    COMPUTED_KINDS,
    AuditEntry,
    Baseline,
    BaselineKind,
    BaselineState,
    Competition,
    Submission,
)
from heldout_server.models.base import public_id

BASELINES_TOPIC = "baselines"
ADD, REMOVE = "baseline.add", "baseline.remove"
LONGEST_NAME = 60
MOST_BASELINES = 20
AMONG_BASELINES = RankedBy(col(Baseline.score), col(Baseline.created_at), col(Baseline.id))
NAMES = {
    BaselineKind.RANDOM: "Random guess",
    BaselineKind.MAJORITY: "Always the most frequent class",
    BaselineKind.LINEAR: "A linear model",
    BaselineKind.STARTER: "The starter notebook",
    BaselineKind.LAST_YEAR: "Last year's best",
}


@dataclass(frozen=True)
class Source:
    """Where a supplied baseline's figures come from: exactly one of them, for computed kinds none.

    `score` is a reported figure from 0 to 1; predictions and submissions are scored here.
    """

    score: float | None = None
    predictions_sha256: str | None = None
    submission: Submission | None = None

    def predictions(self) -> str | None:
        """The digest of stored predictions. Raises ProblemError `conflict` when not yet there."""
        if self.submission is None:
            return self.predictions_sha256
        if self.submission.predictions_sha256 is None:
            raise ProblemError(
                "conflict", "That submission has no predictions (yet).", "Wait for its score."
            )
        return self.submission.predictions_sha256


def add(
    session: Session,
    actor: Actor,
    competition: Competition,
    kind: BaselineKind,
    source: Source,
    *,
    name: str = "",
    now: datetime,
) -> Baseline:
    """Add a baseline; what isn't a reported score is computed in the background.

    Raises ProblemError `validation` when kind and source don't fit, `conflict` for too many.
    """
    assert competition.id is not None
    repeated = audit_log.earlier(session, actor, ADD)
    if repeated is not None:
        return by_public_id(session, competition.id, repeated.target_id)
    given = (source.score, source.predictions_sha256, source.submission)
    _check_source(kind, sum(one is not None for one in given))
    if len(of_competition(session, competition.id)) >= MOST_BASELINES:
        raise ProblemError("conflict", f"A board has at most {MOST_BASELINES} baselines.")
    baseline = Baseline(
        public_id=public_id("b"),
        competition_id=competition.id,
        kind=kind,
        name=printable(name, LONGEST_NAME) or NAMES[kind],
        reported=source.score is not None,
        score=source.score,
        predictions_sha256=source.predictions(),
        state=BaselineState.READY if source.score is not None else BaselineState.COMPUTING,
        created_at=now,
    )
    session.add(baseline)
    session.flush()
    on_commit(session, BASELINES_TOPIC)
    changed(session, baseline, now=now)
    audit_log.record(session, actor, ADD, _target(baseline), None, _facts(baseline), now)
    return baseline


def remove(session: Session, actor: Actor, baseline: Baseline, *, now: datetime) -> None:
    """Take it off the board; twice is harmless."""
    if baseline.removed_at is None:
        _set_removed(session, baseline, now, now=now)
        audit_log.record(session, actor, REMOVE, _target(baseline), _facts(baseline), None, now)


def by_public_id(session: Session, competition_id: int, public_id: str) -> Baseline:
    """The baseline of this competition. Raises ProblemError `not_found`."""
    query = select(Baseline).where(
        col(Baseline.competition_id) == competition_id, col(Baseline.public_id) == public_id
    )
    found: Baseline | None = session.execute(query).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "This competition has no baseline with this id.")
    return found


def of_competition(session: Session, competition_id: int) -> list[Baseline]:
    """Every baseline that wasn't removed, oldest first."""
    query = select(Baseline).where(
        col(Baseline.competition_id) == competition_id, col(Baseline.removed_at).is_(None)
    )
    return list(session.execute(query.order_by(col(Baseline.id))).scalars())


def shown(session: Session, competition: Competition) -> Sequence[Baseline]:
    """What the board shows, best first: only figures by its present labels and metric."""
    query = (
        select(Baseline)
        .where(
            col(Baseline.competition_id) == competition.id,
            col(Baseline.removed_at).is_(None),
            col(Baseline.state) == BaselineState.READY,
            or_(col(Baseline.reported), _up_to_date(competition)),
        )
        .order_by(*ORDER.columns(AMONG_BASELINES))
    )
    return session.execute(query).scalars().all()


def outstanding(session: Session, competition: Competition) -> list[Baseline]:
    """Baselines that have no figures by the competition's present labels and metric."""
    query = select(Baseline).where(
        col(Baseline.competition_id) == competition.id,
        col(Baseline.removed_at).is_(None),
        col(Baseline.reported).is_(False),
        col(Baseline.state) != BaselineState.FAILED,
        ~_up_to_date(competition),
    )
    return list(session.execute(query.order_by(col(Baseline.id))).scalars())


def changed(session: Session, baseline: Baseline, *, now: datetime) -> None:
    """Let the room's boards be read again."""
    events.append(session, EventKind.BOARD_CHANGED, competition_id=baseline.competition_id, now=now)


def _set_removed(
    session: Session, baseline: Baseline, removed_at: datetime | None, *, now: datetime
) -> None:
    baseline.removed_at = removed_at
    session.add(baseline)
    session.flush()
    on_commit(session, BASELINES_TOPIC)
    changed(session, baseline, now=now)


def _target(baseline: Baseline) -> Target:
    return Target("baseline", baseline.public_id, baseline.competition_id)


def _facts(baseline: Baseline) -> dict[str, object]:
    reported = baseline.score if baseline.reported else None
    return {"kind": baseline.kind, "name": baseline.name, "reported_score": reported}


def _undo_add(session: Session, act: AuditEntry, now: datetime) -> None:
    found = by_public_id(session, act.competition_id or 0, act.target_id)
    if found.removed_at is not None:
        raise undo.changed_since(act)
    _set_removed(session, found, now, now=now)


def _undo_remove(session: Session, act: AuditEntry, now: datetime) -> None:
    found = by_public_id(session, act.competition_id or 0, act.target_id)
    if found.removed_at is None:
        raise undo.changed_since(act)
    _set_removed(session, found, None, now=now)


def _up_to_date(competition: Competition) -> ColumnElement[bool]:
    return and_(
        col(Baseline.state) == BaselineState.READY,
        col(Baseline.labels_version).is_not_distinct_from(competition.labels_version),
        col(Baseline.metric).is_not_distinct_from(competition.metric),
    )


def _check_source(kind: BaselineKind, given: int) -> None:
    if kind in COMPUTED_KINDS and given:
        raise ProblemError(
            "validation", f"The baseline “{NAMES[kind]}” is computed here: it takes no figures."
        )
    if kind not in COMPUTED_KINDS and given != 1:
        raise ProblemError(
            "validation",
            f"The baseline “{NAMES[kind]}” needs one source.",
            "Give a score, a prediction file, or the id of a scored submission.",
        )


undo.register(ADD, _undo_add)
undo.register(REMOVE, _undo_remove)
