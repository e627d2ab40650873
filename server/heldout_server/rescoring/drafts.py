"""Re-scores: made as a draft, computed in the background, then applied or discarded."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from heldout_server.acts import events
from heldout_server.acts.audit_log import Target
from heldout_server.acts.events import EventKind
from heldout_server.acts.registry import (
    COMPETITION,
    ActContext,
    Ids,
    NoFields,
    Performed,
    Subject,
    act,
)
from heldout_server.competitions import announcements
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.announcements import AnnouncementIn
from heldout_server.competitions.validation import check_metric
from heldout_server.grading import LabelSet
from heldout_server.kit.db import on_commit
from heldout_server.kit.errors import ProblemError, printable
from heldout_server.kit.formats import counted
from heldout_server.leaderboard import ranking
from heldout_server.leaderboard.ranking import Standing, View
from heldout_server.models import OPEN_STATES, AuditEntry, Competition, Rescore, RescoreState, Role
from heldout_server.models.base import public_id
from heldout_server.rescoring import queries
from heldout_server.rescoring.preview import Place, Preview, moves
from heldout_server.submissions import queries as submissions

RESCORES_TOPIC = "rescores"
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


def _find(context: ActContext, ids: Ids) -> Rescore:
    return queries.by_public_id(context.session, context.competition_id, ids["rescore_id"])


def _target(context: ActContext, draft: Rescore) -> Target:
    return Target("rescore", draft.public_id, draft.competition_id)


RESCORE = Subject(Rescore, "/competitions/{slug}/rescores/{rescore_id}", _find, _target)


def _begun_before(context: ActContext, of: object, entry: AuditEntry) -> Rescore:
    return _find(context, {"rescore_id": entry.target_id})


@act(
    "rescore.create", COMPETITION, Wanted, role=Role.OWNER, answers=Rescore, again=_begun_before,
    words="began a re-score",
    done="The draft is being computed. Nobody sees it until you apply it.",
)  # fmt: skip
def make_rescore(context: ActContext, competition: Competition, wanted: Wanted) -> Rescore:
    """Begin a draft from stored predictions: no model runs, and nobody sees it. Then look at its
    preview, and apply or discard it.
    """
    _check_none_open(context)
    metric = _ranking_metric(context, wanted.metric or competition.metric)
    version, changed = competition.labels_version, 0
    if wanted.labels is not None:
        # Last: what was refused above must leave no label set behind.
        taken = wanted.labels(competition.dataset_hash, version)
        version, changed = taken.version, taken.changed
    return _draft(context, version, metric, changed, wanted.note)


def _ranking_metric(context: ActContext, name: str) -> str:
    """Its own name, if the task can be ranked by it."""
    task = competitions.task_of(context.session, context.competition)
    return check_metric(name, task.kind).name


@act(
    "rescore.revert", RESCORE, NoFields, route="POST /revert", role=Role.OWNER, status=202,
    answers=Rescore, again=_begun_before, label="Go back", words="began to take a re-score back",
    done="The draft that leads back is being computed. Apply it like any other.",
)  # fmt: skip
def revert_rescore(context: ActContext, applied: Rescore, given: NoFields) -> Rescore:
    """Make a draft that goes back to what the board stood on before; apply it like any other."""
    _check_none_open(context)
    competition = context.competition
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
        context, applied.base_labels_version, applied.base_metric, applied.labels_changed, note
    )


@act(
    "rescore.discard", RESCORE, NoFields, route="POST /discard", role=Role.OWNER, label="Discard",
    words="discarded a re-score", done="Discarded. The board never saw it.",
)  # fmt: skip
def discard_rescore(context: ActContext, draft: Rescore, given: NoFields) -> None:
    """Drop the draft; the board never saw it."""
    if draft.state == RescoreState.DISCARDED:
        return
    if draft.state == RescoreState.APPLIED:
        raise ProblemError(
            "conflict", "This re-score is applied already.", "Take it back with a new draft."
        )
    before = _facts(draft)
    _close(context, draft, RescoreState.DISCARDED)
    context.record(before, _facts(draft))


UNMOVED = Preview((), submissions=0, scores_changed=0)


@dataclass(frozen=True)
class Applied:
    """A draft that the board stands on now, and who moved."""

    draft: Rescore
    preview: Preview


def _applied_before(context: ActContext, draft: Rescore, entry: AuditEntry) -> Applied:
    return Applied(draft, UNMOVED)


def _applied(done: Performed[Rescore, NoFields]) -> str:
    found = done.result.preview
    moved = counted(len(found.moved), "participant changes", "participants change")
    return (
        f"Applied: {moved} place, {counted(found.scores_changed, 'score')} changed. "
        "The board says so. “Go back” below makes the draft that leads back."
    )


@act(
    "rescore.apply", RESCORE, NoFields, route="POST /apply", role=Role.OWNER, answers=Applied,
    again=_applied_before, label="Apply", words="applied a re-score", done=_applied,
)  # fmt: skip
def apply_rescore(context: ActContext, draft: Rescore, given: NoFields) -> Applied:
    """Make the draft's figures the board's, all at once; the room hears of it.

    Inverse: `revert` makes the draft that leads back.
    """
    session = context.session
    competition = queries.locked_competition(session, draft.competition_id)
    session.refresh(draft)
    if draft.state == RescoreState.APPLIED:
        return Applied(draft, UNMOVED)
    _check_ready(session, competition, draft)
    found = preview_of(session, draft)
    queries.swap_in(session, draft)
    competition.labels_version, competition.metric = draft.labels_version, draft.metric
    session.add(competition)
    _close(context, draft, RescoreState.APPLIED)
    _announce(session, draft, found, now=context.now)
    before = {"labels_version": draft.base_labels_version, "metric": draft.base_metric}
    after = {**_facts(draft), "moved": len(found.moved), "scores_changed": found.scores_changed}
    context.record(before, after)
    _tell_room(context, draft, found)
    return Applied(draft, found)


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
    context: ActContext, labels_version: str | None, metric: str, changed: int, note: str
) -> Rescore:
    session, competition = context.session, context.competition
    if (labels_version, metric) == (competition.labels_version, competition.metric):
        raise ProblemError(
            "validation",
            "This re-score changes nothing: same labels, same metric.",
            "Give corrected labels, a whole label set, or another metric.",
        )
    draft = Rescore(
        public_id=public_id("r"),
        competition_id=context.competition_id,
        note=printable(note, LONGEST_NOTE),
        labels_version=labels_version,
        metric=metric,
        base_labels_version=competition.labels_version,
        base_metric=competition.metric,
        labels_changed=changed,
        total=queries.scored_count(session, context.competition_id),
        created_at=context.now,
    )
    session.add(draft)
    session.flush()
    on_commit(session, RESCORES_TOPIC)
    context.record(None, _facts(draft), target=_target(context, draft))
    return draft


def _facts(draft: Rescore) -> dict[str, object]:
    return {
        "state": draft.state,
        "labels_version": draft.labels_version,
        "labels_changed": draft.labels_changed,
        "metric": draft.metric,
        "note": draft.note,
    }


def _check_none_open(context: ActContext) -> None:
    if queries.open_draft(context.session, context.competition_id) is not None:
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


def _close(context: ActContext, draft: Rescore, state: RescoreState) -> None:
    draft.state, draft.finished_at = state, context.now
    draft.token = draft.lease_until = None
    context.session.add(draft)
    context.session.flush()


def _tell_room(context: ActContext, draft: Rescore, found: Preview) -> None:
    """Above the board for a while, in words: a row that moved by itself would be a riddle."""
    text = f"All scores were computed again: {len(found.moved)} changed place."
    text = f"{text} {draft.note}" if draft.note else text
    said = AnnouncementIn(text=text, until=context.now + TOLD_FOR)
    follows = replace(context, actor=context.actor.without_key())
    announcements.announce.perform(follows, context.competition, said)


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
