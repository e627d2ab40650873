"""Ghost rows: added and removed by organizers, marked, never ranked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select
from sqlmodel import Session, col

from heldout_server.acts import events, removal
from heldout_server.acts.audit_log import Target
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    Ids,
    NoFields,
    Subject,
    act,
)
from heldout_server.competitions import queries
from heldout_server.kit.db import on_commit
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.kit.formats import MINUS
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
from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.kinds import Kind

BASELINES_TOPIC = "baselines"
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


ALWAYS = {
    Kind.MULTILABEL: "Always the most frequent labels",
    Kind.REGRESSION: "Always the same number",
}
"""What a constant is called where an example isn't of one class."""


def name_of(kind: BaselineKind, task: Kind) -> str:
    """What the board calls a baseline of this kind, unless organizers name it."""
    return ALWAYS.get(task, NAMES[kind]) if kind is BaselineKind.MAJORITY else NAMES[kind]


@dataclass(frozen=True)
class Source:
    """Where a supplied baseline's figures come from: exactly one of them, for computed kinds none.

    `score` is a reported figure as people read it; predictions and submissions are scored here.
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


@dataclass(frozen=True)
class NewBaseline:
    """What kind it is, where its figures come from, what the board calls it ("": as its kind)."""

    kind: BaselineKind
    source: Source
    name: str = ""


def _find(context: ActContext, ids: Ids) -> Baseline:
    return by_public_id(context.session, context.competition_id, ids["baseline_id"])


def _target(context: ActContext, baseline: Baseline) -> Target:
    return Target("baseline", baseline.public_id, baseline.competition_id)


BASELINE = Subject(Baseline, "/competitions/{slug}/baselines/{baseline_id}", _find, _target)


def _of(context: ActContext, entry: AuditEntry) -> Baseline:
    return _find(context, {"baseline_id": entry.target_id})


def _added_before(context: ActContext, competition: Competition, entry: AuditEntry) -> Baseline:
    return _of(context, entry)


def _set_removed(context: ActContext, baseline: Baseline, removed_at: datetime | None) -> None:
    baseline.removed_at = removed_at
    context.session.add(baseline)
    context.session.flush()
    on_commit(context.session, BASELINES_TOPIC)
    changed(context.session, baseline, now=context.now)


_undo_add, _undo_remove = removal.inverses(_of, lambda one: one.removed_at, _set_removed)


@act(
    "baseline.add", COMPETITION, NewBaseline, answers=Baseline, again=_added_before,
    words="added a baseline", inverse=_undo_add,
    done="“{result.name}” is added: marked, unranked, on the board once it is computed.",
)  # fmt: skip
def add_baseline(context: ActContext, competition: Competition, given: NewBaseline) -> Baseline:
    """Add one. It appears on the board once it is computed. Inverse: remove it.

    Raises ProblemError `validation` when kind and source don't fit, `conflict` for too many.
    """
    kind, source = given.kind, given.source
    task = queries.task_of(context.session, competition).kind
    sources = (source.score, source.predictions_sha256, source.submission)
    _check_source(kind, sum(one is not None for one in sources))
    if len(of_competition(context.session, context.competition_id)) >= MOST_BASELINES:
        raise ProblemError("conflict", f"A board has at most {MOST_BASELINES} baselines.")
    baseline = Baseline(
        public_id=public_id("b"),
        competition_id=context.competition_id,
        kind=kind,
        name=printable(given.name, LONGEST_NAME) or name_of(kind, task),
        reported=source.score is not None,
        score=_reported(competition, source.score),
        metric=competition.metric if source.score is not None else None,
        predictions_sha256=source.predictions(),
        state=BaselineState.READY if source.score is not None else BaselineState.COMPUTING,
        created_at=context.now,
    )
    context.session.add(baseline)
    context.session.flush()
    on_commit(context.session, BASELINES_TOPIC)
    changed(context.session, baseline, now=context.now)
    context.record(None, _facts(baseline, competition), target=_target(context, baseline))
    return baseline


@act(
    "baseline.remove", BASELINE, NoFields, route="DELETE ", label="Remove",
    words="removed a baseline", inverse=_undo_remove, done="“{subject.name}” is off the board.",
)  # fmt: skip
def remove_baseline(context: ActContext, baseline: Baseline, given: NoFields) -> None:
    """Take it off the board."""
    if baseline.removed_at is None:
        _set_removed(context, baseline, context.now)
        context.record(_facts(baseline, context.competition), None)


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
            or_(_is_reported(competition), _up_to_date(competition)),
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


def _facts(baseline: Baseline, competition: Competition) -> dict[str, object]:
    metric = baseline.metric or competition.metric
    reported = scores.figure(baseline.score, metric) if baseline.reported else None
    return {"kind": baseline.kind, "name": baseline.name, "reported_score": reported}


def _is_reported(competition: Competition) -> ColumnElement[bool]:
    """Reported under the present metric; older rows don't say under which."""
    said = col(Baseline.metric)
    return and_(col(Baseline.reported), or_(said.is_(None), said == competition.metric))


def _reported(competition: Competition, figure: float | None) -> float | None:
    """What the board orders by. Raises ProblemError `validation` for what the metric can't be."""
    if figure is None:
        return None
    metric = catalogue.metric(competition.metric)
    if not metric.lowest <= figure <= metric.highest:
        raise ProblemError(
            "validation",
            f"A figure of {metric.label} is from {_end(metric.lowest)} to {_end(metric.highest)}.",
            "A share is from 0 to 1, so 98.5% is 0.985." if metric.highest == 1 else "",
        )
    return metric.score(figure) + 0.0


def _end(value: float) -> str:
    return "any number" if math.isinf(value) else f"{value:.4g}".replace("-", MINUS)


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
