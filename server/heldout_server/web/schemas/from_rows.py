"""From rows and reports to the API's shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heldout_server.competitions import markdown
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import is_frozen, phase
from heldout_server.datasets import known
from heldout_server.leaderboard.luck import Luck
from heldout_server.leaderboard.ranking import ranks, shown
from heldout_server.leaderboard.standings import Standing, Standings
from heldout_server.leaderboard.submission_report import (
    Place,
    PublicResult,
    SubmissionReport,
    report,
)
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import (
    Baseline,
    Competition,
    Participant,
    State,
    Submission,
    Upload,
)
from heldout_server.runs.asked_queries import asked_of
from heldout_server.runs.card_visibility import own_query
from heldout_server.runs.cards import refusal
from heldout_server.runs.diagnosis import diagnose
from heldout_server.submissions.moderation import HELD
from heldout_server.tasks import catalogue, scores
from heldout_server.tasks.kinds import Kind
from heldout_server.web.schemas.comparisons import IntervalOut
from heldout_server.web.schemas.public import (
    BaselineOut,
    BoardRowOut,
    ChangeOut,
    CompetitionOut,
    DatasetOut,
    DiagnosisOut,
    LeaderboardOut,
    LimitsOut,
    MetricsOut,
    ParticipantOut,
    PracticeMetricsOut,
    ReceiptOut,
    SubmissionOut,
    VerdictOut,
)


def competition_out(
    session: Session, competition: Competition, base_url: str, *, now: datetime
) -> CompetitionOut:
    """A competition as everyone sees it: no join code, no secret."""
    dataset = competitions.dataset_of(session, competition)
    return CompetitionOut(
        **competition.model_dump(include=set(CompetitionOut.model_fields)),
        description_html=markdown.to_html(competition.description),
        rules_html=markdown.to_html(competition.rules),
        frozen=is_frozen(competition, now),
        revealed=competition.revealed_at is not None,
        task=dataset.task,
        kind=dataset.task,
        **reading(competition.metric),
        state=phase(competition, now).value,
        limits=LimitsOut(
            model_bytes=competition.model_bytes, predictions_bytes=competition.predictions_bytes
        ),
        dataset=DatasetOut(
            name=dataset.name,
            classes=len(dataset.class_names),
            image_shape=dataset.input_shape,
            test_examples=dataset.test_examples,
            training_examples=dataset.training_examples,
            practice_examples=dataset.practice_examples,
            note=dataset.note,
            labels=known.labels_are(dataset),
            labels_note=known.sentence(dataset),
            task=dataset.task,
            class_names=dataset.class_names,
            targets=dataset.targets,
            positive=dataset.positive if dataset.task == Kind.BINARY else None,
            input_shape=dataset.input_shape,
            input_type=dataset.input_type,
            columns=dataset.columns,
        ),
        board_url=f"{base_url}/c/{competition.slug}",
    )


def participant_out(participant: Participant) -> ParticipantOut:
    """A participant as everyone sees them."""
    return ParticipantOut(id=participant.public_id, name=participant.name)


def leaderboard_out(
    competition: Competition,
    standings: Standings,
    unranked: Sequence[Standing],
    baselines: Sequence[Baseline],
    sure: Luck,
    public: Mapping[str, float],
    base_url: str,
    updated_at: datetime | None,
    *,
    now: datetime,
) -> LeaderboardOut:
    """A page of the board; `unranked` stands below the last ranked row.

    `sure`: how much of it may be luck. `public`: after the reveal, public scores by submission.
    """
    last = unranked if standings.is_last_page else ()
    return LeaderboardOut(
        competition=competition.slug,
        title=competition.title,
        split=shown(competition).split,
        frozen_at=competition.freeze_at if is_frozen(competition, now) else None,
        revealed_at=competition.revealed_at,
        metric=competition.metric,
        **reading(competition.metric),
        total=standings.total,
        updated_at=updated_at,
        examples_needed=sure.examples_needed,
        rows=[
            _row_out(row, competition.metric, sure, public, base_url)
            for row in (*standings.rows, *last)
        ],
        baselines=[baseline_out(row, competition.metric) for row in baselines],
    )


def reading(metric: str) -> dict[str, Any]:
    """How a figure of this metric is to be read: the fields that stand beside it."""
    found = catalogue.metric(metric)
    return {
        "metric_label": found.label,
        "direction": found.direction.value,
        "unit": found.unit.value,
        "digits": found.digits,
    }


def baseline_out(row: Baseline, metric: str) -> BaselineOut:
    """A baseline as everyone sees it."""
    return BaselineOut(
        id=row.public_id,
        kind=row.kind,
        name=row.name,
        score=scores.figure(row.score, metric),
        score_text=scores.text(row.score, metric),
        error_count=row.error_count,
        reported=row.reported,
    )


def _row_out(
    row: Standing, metric: str, sure: Luck, public: Mapping[str, float], base_url: str
) -> BoardRowOut:
    interval = sure.intervals.get(row.submission_id)
    return BoardRowOut(
        rank=row.rank,
        participant=ParticipantOut(id=row.participant_id, name=row.participant_name),
        submission_id=row.submission_id,
        submission_name=row.submission_name,
        kind=row.kind,
        score=scores.figure(row.score, metric),
        score_text=scores.text(row.score, metric),
        **_public_out(public.get(row.submission_id), row.score, metric),
        interval=IntervalOut.model_validate(interval) if interval is not None else None,
        error_count=row.error_count,
        entries=row.entries,
        reached_at=row.reached_at,
        url=submission_url(base_url, row.submission_id),
        **tie_out(sure.ties.get(row.submission_id)),
    )


def _public_out(public: float | None, private: float, metric: str) -> dict[str, Any]:
    """The public score beside a private one, and what lies between; nothing before the reveal."""
    if public is None:
        return {}
    return {
        "public_score": scores.figure(public, metric),
        "public_score_text": scores.text(public, metric),
        "gap": scores.figure(private - public, metric),
    }


def tie_out(tie: Tie | None) -> dict[str, Any]:
    """The fields that say what a place may be by luck; none of them where nothing is known."""
    return asdict(tie) if tie is not None else {}


def submission_url(base_url: str, public_id: str) -> str:
    """The address of a submission's page."""
    return f"{base_url}/submissions/{public_id}"


def upload_out(upload: Upload, base_url: str) -> SubmissionOut:
    """An opened submission that waits for its file."""
    return SubmissionOut(
        id=upload.public_id,
        name=upload.name,
        kind=upload.kind,
        filename=upload.filename,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
        state=State.RECEIVED.value,
        created_at=upload.created_at,
        url=submission_url(base_url, upload.public_id),
        upload_url=f"{base_url}/api/v1/submissions/{upload.public_id}/file",
        run_card=upload.run_card,
        step=None,
        queue_position=None,
        moderation=None,
        moderation_reason=None,
        scored_at=None,
        duplicate_of=None,
        notice=refusal(upload.run_card),
        verdict=None,
        score=None,
        private_score=None,
        rank=None,
        participants=None,
        best=None,
        metrics=None,
        practice_metrics=None,
        receipt=None,
    )


def submission_out(
    session: Session, submission: Submission, base_url: str, place: Place | None = None
) -> SubmissionOut:
    """A submission with verdict, score, receipt and run card, as its participant sees it.

    `place`: where they stand, if it is known already.
    """
    found = report(session, submission, in_confidence=True, place=place)
    return report_out(session, found, base_url)


def report_out(session: Session, found: SubmissionReport, base_url: str) -> SubmissionOut:
    """The same of a report that was made in confidence."""
    submission, result, metric = found.submission, found.result, found.competition.metric
    return SubmissionOut(
        id=submission.public_id,
        name=submission.name,
        kind=submission.kind,
        filename=submission.filename,
        size_bytes=submission.size_bytes,
        sha256=submission.sha256,
        state=submission.state,
        step=submission.step,
        queue_position=found.queue_position,
        moderation=submission.moderation,
        moderation_reason=found.moderation_reason,
        held=submission.moderation == HELD,
        created_at=submission.created_at,
        scored_at=submission.finished_at if result else None,
        url=submission_url(base_url, submission.public_id)
        + own_query(found.competition, found.participant, submission),
        upload_url=None,
        duplicate_of=None,
        notice=_notice(found),
        verdict=_verdict_out(found),
        **_scores_out(result, metric),
        rank=result.rank if result else None,
        participants=result.participants if result else None,
        **tie_out(result.tie if result else None),
        best=_change_out(result, metric) if result else None,
        metrics=MetricsOut.model_validate(result.metrics) if result else None,
        practice_metrics=_practice_out(found),
        receipt=_receipt_out(found),
        diagnosis=_diagnosis_out(session, found),
        run_card=found.run_card,
    )


def _scores_out(result: PublicResult | None, metric: str) -> dict[str, Any]:
    """The scores as people read them."""
    public, private = (result.score, result.private_score) if result else (None, None)
    return {
        "score": scores.figure(public, metric),
        "private_score": scores.figure(private, metric),
        "score_text": None if public is None else scores.text(public, metric),
        "private_score_text": None if private is None else scores.text(private, metric),
        "metric": metric,
        **reading(metric),
    }


def _change_out(result: PublicResult, metric: str) -> ChangeOut:
    return ChangeOut(
        previous_score=scores.figure(result.previous_score, metric),
        change=scores.figure(result.change, metric),
        is_new_best=result.is_new_best,
    )


def _practice_out(found: SubmissionReport) -> PracticeMetricsOut | None:
    figures = found.result.practice_metrics if found.result else None
    return PracticeMetricsOut.model_validate(figures) if figures else None


def _notice(found: SubmissionReport) -> str | None:
    """What its participant must know beside the verdict."""
    if found.wait_note:
        return found.wait_note
    if found.submission.moderation == HELD:
        return found.moderation_reason
    if found.result is not None and not ranks(found.competition, found.submission):
        return "Models only are ranked here: this file is scored, and has no rank."
    return refusal(found.run_card)


def as_duplicate(shown: SubmissionOut) -> SubmissionOut:
    """The earlier submission, with a sentence that says why it is shown."""
    standing = f"scored {shown.score_text}" if shown.score_text else "being scored"
    what = "this model" if shown.kind == "model" else "these predictions"
    notice = (
        f"You have sent exactly {what} before, as “{shown.name}” ({standing}); "
        "nothing new was submitted and nothing was taken from your quota."
    )
    return shown.model_copy(update={"duplicate_of": shown.id, "notice": notice})


def _verdict_out(found: SubmissionReport) -> VerdictOut | None:
    if found.verdict is None:
        return None
    return VerdictOut(
        code=found.verdict.code,
        detail=found.verdict.detail,
        hint=found.verdict.hint or None,
        warnings=list(found.receipt.get("warnings", [])),
    )


def _diagnosis_out(session: Session, about: SubmissionReport) -> DiagnosisOut | None:
    card = about.run_card
    found = diagnose(card, asked_of(session, about.competition)) if card is not None else None
    if found is None:
        return None
    return DiagnosisOut(
        kind=found.kind,
        meaning=found.meaning,
        rule=found.rule,
        evidence=found.evidence,
        remedies=list(found.remedies),
        epoch=found.epoch,
    )


def _receipt_out(found: SubmissionReport) -> ReceiptOut | None:
    return ReceiptOut.model_validate(found.receipt) if found.receipt else None
