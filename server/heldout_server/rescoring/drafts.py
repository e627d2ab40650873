"""Re-scores: made as a draft, computed in the background, then applied or discarded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.acts.events import EventKind
from heldout_server.competitions import announcements
from heldout_server.grading import LabelSet
from heldout_server.grading.metrics import RANKING_METRICS
from heldout_server.kit.db import on_commit
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.leaderboard import ranking
from heldout_server.leaderboard.ranking import Standing, View
from heldout_server.models import OPEN_STATES, Competition, Rescore, RescoreState
from heldout_server.models.base import public_id
from heldout_server.rescoring import queries
from heldout_server.rescoring.preview import Place, Preview, moves
from heldout_server.submissions import queries as submissions

RESCORES_TOPIC = "rescores"
CREATE, APPLY, DISCARD = "rescore.create", "rescore.apply", "rescore.discard"
TOLD_FOR = timedelta(minutes=30)
LONGEST_NOTE = 400


TakeLabels = Callable[[str, str | None], LabelSet]
"""Keeps another label set for a dataset, given the version in use. Raises ProblemError."""


@dataclass(frozen=True)
class Wanted:
    """What to score with: other labels (None: those in use), another metric (None: as now)."""

    labels: TakeLabels | None = None
    metric: str | None = None
    note: str = ""


def create(
    session: Session, actor: Actor, competition: Competition, wanted: Wanted, *, now: datetime
) -> Rescore:
    """Make a draft; a worker begins at the commit.

    Raises ProblemError `conflict` while another draft is open, `validation` when nothing differs
    or the metric is unknown.
    """
    assert competition.id is not None
    repeated = audit_log.earlier(session, actor, CREATE)
    if repeated is not None:
        return queries.by_public_id(session, competition.id, repeated.target_id)
    competition = queries.locked_competition(session, competition.id)
    _check_none_open(session, competition)
    metric = wanted.metric or competition.metric
    if metric not in RANKING_METRICS:
        raise ProblemError(
            "validation",
            "A board can't rank by this metric.",
            f"It ranks by one of: {', '.join(RANKING_METRICS)}.",
        )
    version, changed = competition.labels_version, 0
    if wanted.labels is not None:
        # Last: what was refused above must leave no label set behind.
        taken = wanted.labels(competition.dataset_hash, version)
        version, changed = taken.version, taken.changed
    return _draft(session, actor, competition, version, metric, changed, wanted.note, now=now)


def revert(
    session: Session, actor: Actor, competition: Competition, applied: Rescore, *, now: datetime
) -> Rescore:
    """A draft that goes back to what the board was scored with before `applied`.

    Raises ProblemError `conflict` unless it is the one in force and no draft is open.
    """
    assert competition.id is not None
    competition = queries.locked_competition(session, competition.id)
    _check_none_open(session, competition)
    in_force = (competition.labels_version, competition.metric)
    if applied.state != RescoreState.APPLIED or in_force != (
        applied.labels_version,
        applied.metric,
    ):
        raise ProblemError(
            "conflict",
            "Only the re-score that the board stands on can be taken back.",
            "Look at the newest applied one.",
        )
    note = f"Takes back: {applied.note}" if applied.note else "Takes back the last re-score"
    return _draft(
        session,
        actor,
        competition,
        applied.base_labels_version,
        applied.base_metric,
        applied.labels_changed,
        note,
        now=now,
    )


def discard(session: Session, actor: Actor, draft: Rescore, *, now: datetime) -> None:
    """Drop the draft; the board never saw it. Twice is harmless.

    Raises ProblemError `conflict` when it is applied already.
    """
    if draft.state == RescoreState.DISCARDED:
        return
    if draft.state == RescoreState.APPLIED:
        raise ProblemError(
            "conflict", "This re-score is applied already.", "Take it back with a new draft."
        )
    before = _facts(draft)
    _close(session, draft, RescoreState.DISCARDED, now=now)
    audit_log.record(session, actor, DISCARD, _target(draft), before, _facts(draft), now)


def apply(session: Session, actor: Actor, draft: Rescore, *, now: datetime) -> Preview:
    """Make the draft's figures the board's, all at once; returns who moved.

    Doing so twice changes nothing more. Raises ProblemError `conflict` when it isn't ready, when
    something was scored since, or when the board stands on other labels than the draft began with.
    """
    competition = queries.locked_competition(session, draft.competition_id)
    session.refresh(draft)
    if draft.state == RescoreState.APPLIED:
        return Preview((), submissions=0, scores_changed=0)
    _check_ready(session, competition, draft)
    found = preview_of(session, draft)
    queries.swap_in(session, draft)
    competition.labels_version, competition.metric = draft.labels_version, draft.metric
    session.add(competition)
    _close(session, draft, RescoreState.APPLIED, now=now)
    _announce(session, draft, found, now=now)
    before = {"labels_version": draft.base_labels_version, "metric": draft.base_metric}
    after = {**_facts(draft), "moved": len(found.moved), "scores_changed": found.scores_changed}
    audit_log.record(session, actor, APPLY, _target(draft), before, after, now)
    _tell_room(session, actor, competition, draft, found, now=now)
    return found


def preview_of(session: Session, draft: Rescore, split: str | None = None) -> Preview:
    """Who would move on the board, or on that of one split; figures so far while computing.

    `split` None: what everybody sees now. The private board is ranked by final selections.
    """
    competition = session.get_one(Competition, draft.competition_id)
    view = ranking.shown(competition)
    if split is not None and split != view.split:
        view = View(split)
    among = queries.covered(draft, view.split)
    before = ranking.of_all(session, competition, view, *among)
    after = ranking.of_all(session, competition, view, *among, figures=queries.figures(draft))
    moved = moves(_places(session, before), _places(session, after))
    return Preview(moved, *queries.compared(session, draft, view.split))


def _places(session: Session, standings: Iterable[Standing]) -> list[Place]:
    found = list(standings)
    names = ranking.names(session, [one.holder_id for one in found])
    ids = submissions.public_ids(session, [one.submission_id for one in found])
    return [
        Place(one.holder_id, *names[one.holder_id], ids[one.submission_id], rank, one.score)
        for rank, one in enumerate(found, 1)
    ]


def _draft(
    session: Session,
    actor: Actor,
    competition: Competition,
    labels_version: str | None,
    metric: str,
    changed: int,
    note: str,
    *,
    now: datetime,
) -> Rescore:
    if (labels_version, metric) == (competition.labels_version, competition.metric):
        raise ProblemError(
            "validation",
            "This re-score changes nothing: same labels, same metric.",
            "Give corrected labels, a whole label set, or another metric.",
        )
    assert competition.id is not None
    draft = Rescore(
        public_id=public_id("r"),
        competition_id=competition.id,
        note=printable(note, LONGEST_NOTE),
        labels_version=labels_version,
        metric=metric,
        base_labels_version=competition.labels_version,
        base_metric=competition.metric,
        labels_changed=changed,
        total=queries.scored_count(session, competition.id),
        created_at=now,
    )
    session.add(draft)
    session.flush()
    on_commit(session, RESCORES_TOPIC)
    audit_log.record(session, actor, CREATE, _target(draft), None, _facts(draft), now)
    return draft


def _target(draft: Rescore) -> Target:
    return Target("rescore", draft.public_id, draft.competition_id)


def _facts(draft: Rescore) -> dict[str, object]:
    return {
        "state": draft.state,
        "labels_version": draft.labels_version,
        "labels_changed": draft.labels_changed,
        "metric": draft.metric,
        "note": draft.note,
    }


def _check_none_open(session: Session, competition: Competition) -> None:
    assert competition.id is not None
    if queries.open_draft(session, competition.id) is not None:
        raise ProblemError(
            "conflict",
            "Another re-score of this competition waits for a decision.",
            "Apply or discard it first.",
        )


def _check_ready(session: Session, competition: Competition, draft: Rescore) -> None:
    if draft.state not in OPEN_STATES:
        raise ProblemError("conflict", f"This re-score is {draft.state}.", "Make a new one.")
    if (competition.labels_version, competition.metric) != (
        draft.base_labels_version,
        draft.base_metric,
    ):
        raise ProblemError(
            "conflict",
            "The board stands on other labels or another metric than this draft began with.",
            "Discard it and make a new one.",
        )
    left = queries.outstanding(session, draft, limit=1)
    if draft.state != RescoreState.READY or left:
        on_commit(session, RESCORES_TOPIC)
        raise ProblemError(
            "conflict",
            "The draft isn't complete yet: submissions are still being computed.",
            "Try again in a few seconds.",
            retry_after_seconds=2,
        )
    # The worker may have written the last figure and not yet counted it.
    draft.total = draft.done = queries.computed_count(session, draft)


def _close(session: Session, draft: Rescore, state: RescoreState, *, now: datetime) -> None:
    draft.state, draft.finished_at = state, now
    draft.token = draft.lease_until = None
    session.add(draft)
    session.flush()


def _tell_room(
    session: Session,
    actor: Actor,
    competition: Competition,
    draft: Rescore,
    found: Preview,
    *,
    now: datetime,
) -> None:
    """Above the board for a while, in words: a row that moved by itself would be a riddle."""
    text = f"All scores were computed again: {len(found.moved)} changed place."
    text = f"{text} {draft.note}" if draft.note else text
    announcements.announce(
        session, actor.without_key(), competition, text, until=now + TOLD_FOR, now=now
    )


def _announce(session: Session, draft: Rescore, found: Preview, *, now: datetime) -> None:
    events.append(
        session,
        EventKind.RESCORED,
        competition_id=draft.competition_id,
        now=now,
        data={
            "note": draft.note,
            "metric": draft.metric,
            "labels_changed": draft.labels_changed > 0,
            "moved": len(found.moved),
        },
    )
