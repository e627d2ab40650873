"""From rows and reports to the API's shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heldout_server.competitions import markdown
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import is_frozen, phase
from heldout_server.datasets import known
from heldout_server.leaderboard.confidence_interval import Interval
from heldout_server.leaderboard.ranking import ranks, shown
from heldout_server.leaderboard.standings import Standing, Standings
from heldout_server.leaderboard.submission_report import SubmissionReport, report
from heldout_server.models import (
    Baseline,
    Competition,
    Participant,
    State,
    Submission,
    Upload,
)
from heldout_server.runs.card_visibility import own_query
from heldout_server.runs.cards import refusal
from heldout_server.runs.diagnosis import diagnose
from heldout_server.submissions.moderation import HELD
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
    published = known.recognised(dataset)
    return CompetitionOut(
        **competition.model_dump(include=set(CompetitionOut.model_fields)),
        description_html=markdown.to_html(competition.description),
        rules_html=markdown.to_html(competition.rules),
        frozen=is_frozen(competition, now),
        revealed=competition.revealed_at is not None,
        task=dataset.task,
        state=phase(competition, now).value,
        limits=LimitsOut(
            model_bytes=competition.model_bytes, predictions_bytes=competition.predictions_bytes
        ),
        dataset=DatasetOut(
            name=dataset.name,
            classes=len(dataset.class_names),
            image_shape=dataset.image_shape,
            test_examples=dataset.test_examples,
            training_examples=dataset.training_examples,
            practice_examples=dataset.practice_examples,
            note=dataset.note,
            labels=known.labels_are(published),
            labels_note=known.sentence(published),
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
    intervals: Mapping[str, Interval],
    base_url: str,
    updated_at: datetime | None,
    *,
    now: datetime,
) -> LeaderboardOut:
    """A page of the board; `unranked` stands below the last ranked row.

    `intervals` are by submission.
    """
    last = unranked if standings.is_last_page else ()
    return LeaderboardOut(
        competition=competition.slug,
        title=competition.title,
        split=shown(competition).split,
        frozen_at=competition.freeze_at if is_frozen(competition, now) else None,
        revealed_at=competition.revealed_at,
        metric=competition.metric,
        total=standings.total,
        updated_at=updated_at,
        rows=[
            _row_out(row, intervals.get(row.submission_id), base_url)
            for row in (*standings.rows, *last)
        ],
        baselines=[BaselineOut.model_validate(row) for row in baselines],
    )


def _row_out(row: Standing, interval: Interval | None, base_url: str) -> BoardRowOut:
    return BoardRowOut(
        rank=row.rank,
        participant=ParticipantOut(id=row.participant_id, name=row.participant_name),
        submission_id=row.submission_id,
        submission_name=row.submission_name,
        kind=row.kind,
        score=row.score,
        interval=IntervalOut.model_validate(interval) if interval is not None else None,
        error_count=row.error_count,
        entries=row.entries,
        reached_at=row.reached_at,
        url=submission_url(base_url, row.submission_id),
    )


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


def submission_out(session: Session, submission: Submission, base_url: str) -> SubmissionOut:
    """A submission with verdict, score, receipt and run card, as its participant sees it."""
    return report_out(report(session, submission, in_confidence=True), base_url)


def report_out(found: SubmissionReport, base_url: str) -> SubmissionOut:
    """The same of a report that was made in confidence."""
    submission, result = found.submission, found.result
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
        score=result.score if result else None,
        private_score=result.private_score if result else None,
        rank=result.rank if result else None,
        participants=result.participants if result else None,
        best=ChangeOut.model_validate(result) if result else None,
        metrics=MetricsOut.model_validate(result.metrics) if result else None,
        practice_metrics=_practice_out(found),
        receipt=_receipt_out(found),
        diagnosis=_diagnosis_out(found.run_card),
        run_card=found.run_card,
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
    standing = f"scored {shown.score:.2%}" if shown.score is not None else "being scored"
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


def _diagnosis_out(card: dict[str, Any] | None) -> DiagnosisOut | None:
    found = diagnose(card) if card is not None else None
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
