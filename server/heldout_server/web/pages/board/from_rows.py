"""From rows and reports to what the pages show."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import (
    Phase,
    ended_at,
    is_frozen,
    phase,
    shows_hardest,
)
from heldout_server.datasets import known
from heldout_server.finals import final_phases
from heldout_server.jobs import ledger
from heldout_server.leaderboard.disclosure import Source
from heldout_server.leaderboard.standings import Standing
from heldout_server.leaderboard.submission_report import PublicResult, SubmissionReport
from heldout_server.models import (
    Announcement,
    Competition,
    Dataset,
    Participant,
    State,
    Submission,
    Upload,
)
from heldout_server.submissions.wait_estimate import about_seconds
from heldout_server.tasks.kinds import Kind
from heldout_server.web.view_models.board import AnnouncementView, BoardRow
from heldout_server.web.view_models.dataset import DatasetView
from heldout_server.web.view_models.pages import (
    CompetitionView,
    MetricsView,
    QueueStrip,
    ReceiptView,
    ScoreView,
    SubmissionPage,
    SubmissionView,
    VerdictView,
)

UNREAD = (
    "Which classes it confuses is found on the practice {noun}s, whose labels everyone has: it "
    "reads them in the first quiet moment after its score."
)
AFTER_THE_REVEAL = (
    "Confusion matrix and recall by class come after the reveal: told earlier, they would give "
    "hidden labels away."
)
WHILE_ANOTHER_RUNS = (
    "Confusion matrix and recall by class come when no other contest asks for the same labels."
)
UNREAD_FIGURES = (
    "More about it is found on the practice {noun}s, whose {answers} everyone has: it reads them "
    "in the first quiet moment after its score."
)
LATER = "The further figures come after the reveal."


def competition_view(
    session: Session, competition: Competition, *, now: datetime
) -> CompetitionView:
    """A competition for pages."""
    dataset = competitions.dataset_of(session, competition)
    same = {field.name for field in fields(CompetitionView)}
    state = phase(competition, now)
    closes_at = ended_at(competition) if state is Phase.CLOSED else competition.closes_at
    row = competition.model_dump(include=same)
    row |= {"kinds": tuple(competition.kinds), "also": tuple(competition.also)}
    return CompetitionView(
        **{
            **row,
            "kinds": tuple(competition.kinds),
            "also": tuple(competition.also),
            "closes_at": closes_at,
        },
        state=state.value,
        dataset=dataset_view(dataset),
        frozen_at=competition.freeze_at if is_frozen(competition, now) else None,
        is_listed=competitions.is_listed(competition),
        revealed=competition.revealed_at is not None,
        shows_hardest=shows_hardest(competition),
        final_phase=final_phases.open_phase(session, competition),
    )


def dataset_view(dataset: Dataset) -> DatasetView:
    """What everyone may know of a dataset."""
    return DatasetView(
        name=dataset.name,
        classes=len(dataset.class_names),
        image_shape=tuple(dataset.input_shape),
        test_examples=dataset.test_examples,
        training_examples=dataset.training_examples,
        practice_examples=dataset.practice_examples,
        note=dataset.note,
        labels_are_public=known.labels_are(dataset) == "public",
        labels_note=known.sentence(dataset),
        kind=Kind(dataset.task),
        class_names=tuple(dataset.class_names),
        targets=tuple(dataset.targets),
        input_type=dataset.input_type,
        columns=tuple(dataset.columns),
    )


def board_row(standing: Standing, **known: Any) -> BoardRow:
    """A row of the board; `known`: further fields of it."""
    return BoardRow(
        rank=standing.rank,
        participant_id=standing.participant_id,
        participant_name=standing.participant_name,
        submission_id=standing.submission_id,
        submission_name=standing.submission_name,
        kind=standing.kind,
        score=standing.score,
        reached_at=standing.reached_at,
        entries=standing.entries,
        error_count=standing.error_count,
        **known,
    )


def announcement_view(announcement: Announcement) -> AnnouncementView:
    """An announcement that is shown now."""
    return AnnouncementView(
        id=announcement.public_id,
        text=announcement.text,
        level=announcement.level,
        created_at=announcement.created_at,
        until=announcement.until,
    )


def queue_strip(session: Session) -> QueueStrip:
    """How much waits and runs."""
    counts = ledger.counts(session)
    return QueueStrip(**counts, about_seconds=about_seconds(session, **counts))


def submission_view(
    submission: Submission,
    participant: Participant,
    queue_position: int | None = None,
    moderation_reason: str | None = None,
    *,
    name: str,
) -> SubmissionView:
    """A submission's header; `name`: what its participant is called there."""
    return SubmissionView(
        id=submission.public_id,
        name=submission.name,
        kind=submission.kind,
        filename=submission.filename,
        size_bytes=submission.size_bytes,
        participant_id=participant.public_id,
        participant_name=name,
        state=State(submission.state).value,
        created_at=submission.created_at,
        scored_at=submission.finished_at,
        step=submission.step,
        queue_position=queue_position,
        moderation=submission.moderation,  # type: ignore[arg-type]
        moderation_reason=moderation_reason,
    )


def submission_page(
    competition: CompetitionView, found: SubmissionReport, *, name: str
) -> SubmissionPage:
    """Everything that is public of one submission; `name`: what its participant is called there."""
    result = found.result
    names = competition.dataset.class_names
    details = _details(result, names) if result else None
    return SubmissionPage(
        competition=competition,
        submission=submission_view(
            found.submission,
            found.participant,
            found.queue_position,
            found.moderation_reason,
            name=name,
        ),
        wait_note=found.wait_note,
        verdict=_verdict(found),
        score=_score(result) if result else None,
        metrics=metrics_view(result.metrics, names) if result else None,
        details=details,
        details_note=_details_note(competition, found.submission) if details is None else "",
        receipt=_receipt(found),
        run_card=found.run_card,
    )


def upload_page(
    competition: CompetitionView, upload: Upload, participant: Participant, *, name: str
) -> SubmissionPage:
    """A submission whose file isn't here yet."""
    return SubmissionPage(
        competition=competition,
        submission=SubmissionView(
            id=upload.public_id,
            name=upload.name,
            kind=upload.kind,
            filename=upload.filename,
            size_bytes=upload.size_bytes,
            participant_id=participant.public_id,
            participant_name=name,
            state="received",
            created_at=upload.created_at,
        ),
        run_card=upload.run_card,
    )


def _verdict(found: SubmissionReport) -> VerdictView | None:
    if found.verdict is None:
        return None
    return VerdictView(
        code=found.verdict.code,
        detail=found.verdict.detail,
        hint=found.verdict.hint or None,
        warnings=tuple(found.receipt.get("warnings", ())),
    )


def _score(result: PublicResult) -> ScoreView:
    return ScoreView(
        score=result.score,
        rank=result.rank if result.holds_rank else None,
        tie=result.tie if result.holds_rank else None,
        participants=result.participants,
        previous_score=result.previous_score,
        change=result.change,
        is_new_best=result.is_new_best,
    )


def _details(result: PublicResult, class_names: tuple[str, ...]) -> MetricsView | None:
    told = result.metrics if result.details is Source.HIDDEN else result.practice_metrics
    return metrics_view(told, class_names) if told is not None else None


def _details_note(competition: CompetitionView, submission: Submission) -> str:
    dataset = competition.dataset
    if submission.kind == "model":
        note = UNREAD if dataset.has_classes else UNREAD_FIGURES
        return note.format(noun=dataset.noun, answers=dataset.answers)
    if not dataset.has_classes:
        return "" if competition.revealed else LATER
    return WHILE_ANOTHER_RUNS if competition.revealed else AFTER_THE_REVEAL


def metrics_view(metrics: dict[str, Any], class_names: tuple[str, ...] = ()) -> MetricsView:
    """Figures over the examples that `split` names; what the kind of task has none of is None."""
    recall, confusion = metrics.get("per_class_recall"), metrics.get("confusion_matrix")
    return MetricsView(
        of_practice=metrics["split"] == Source.PRACTICE,
        examples=metrics["examples"],
        accuracy=metrics.get("accuracy"),
        error_count=metrics.get("error_count"),
        macro_precision=metrics.get("macro_precision"),
        macro_recall=metrics.get("macro_recall"),
        macro_f1=metrics.get("macro_f1"),
        per_class_recall=None if recall is None else tuple(recall),
        confusion_matrix=None if confusion is None else tuple(tuple(row) for row in confusion),
        top_3_accuracy=metrics.get("top_3_accuracy"),
        log_loss=metrics.get("log_loss"),
        figures=metrics.get("figures") or {},
        class_names=class_names,
    )


def _receipt(found: SubmissionReport) -> ReceiptView | None:
    if not found.receipt:
        return None
    return ReceiptView(
        device=found.receipt.get("device"),
        seconds=found.receipt.get("seconds", {}),
        keras_version=found.receipt.get("keras_version"),
        tensorflow_version=found.receipt.get("tensorflow_version"),
        onnxruntime_version=found.receipt.get("onnxruntime_version"),
        parameters=found.receipt.get("parameters"),
        output=found.receipt.get("output"),
        preprocessing=found.receipt.get("preprocessing"),
        preprocessing_reason=found.receipt.get("preprocessing_reason"),
        upgrades=tuple(found.receipt.get("upgrades", ())),
        saved_with=found.receipt.get("saved_with"),
        sha256=found.submission.sha256,
    )
