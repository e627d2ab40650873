"""From rows to the admin API's shapes."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.competitions import freeze_and_reveal, markdown, queries, schedule
from heldout_server.datasets import known
from heldout_server.models import Baseline, Competition, Dataset
from heldout_server.people import joining
from heldout_server.submissions import moderation
from heldout_server.submissions.organizer_list import Line
from heldout_server.tasks import catalogue, scores
from heldout_server.web.schemas.baselines import AdminBaselineOut
from heldout_server.web.schemas.competitions import AdminCompetitionOut, AdminDatasetOut
from heldout_server.web.schemas.from_rows import submission_url
from heldout_server.web.schemas.public import ParticipantOut
from heldout_server.web.schemas.submissions import AdminSubmissionOut


def dataset_out(dataset: Dataset) -> AdminDatasetOut:
    """A dataset, with who holds its labels."""
    return AdminDatasetOut(
        content_hash=dataset.content_hash,
        name=dataset.name,
        task=dataset.task,
        test_examples=dataset.test_examples,
        note=dataset.note,
        labels=known.labels_are(dataset),
        labels_note=known.sentence(dataset),
    )


def competition_out(
    session: Session, competition: Competition, base_url: str, *, now: datetime
) -> AdminCompetitionOut:
    """A competition as organizers see it: settings, join code, where it stands."""
    assert competition.id is not None
    dataset = queries.dataset_of(session, competition)
    return AdminCompetitionOut(
        **competition.model_dump(exclude={"id", "labels_version"}),
        description_html=markdown.to_html(competition.description),
        rules_html=markdown.to_html(competition.rules),
        state=schedule.phase(competition, now).value,
        frozen=schedule.is_frozen(competition, now),
        revealed=competition.revealed_at is not None,
        archived=competition.archived_at is not None,
        dataset=dataset.name,
        kind=dataset.task,
        metric_label=catalogue.metric(competition.metric).label,
        direction=scores.direction(competition.metric).value,
        participants=joining.count(session, competition.id),
        under_way=freeze_and_reveal.under_way(session, competition),
        board_url=f"{base_url}/c/{competition.slug}",
        join_url=f"{base_url}/c/{competition.slug}/join?code={competition.join_code}",
    )


def baseline_out(baseline: Baseline, metric: str) -> AdminBaselineOut:
    """A baseline as organizers see it; `metric` is the competition's."""
    fields = baseline.model_dump(include=set(AdminBaselineOut.model_fields) - {"id"})
    return AdminBaselineOut(
        **scores.with_figures(fields, metric, "score", "private_score"),
        id=baseline.public_id,
        score_text=None if baseline.score is None else scores.text(baseline.score, metric),
        direction=scores.direction(metric).value,
    )


def line_out(line: Line, metric: str, base_url: str) -> AdminSubmissionOut:
    """A line as the API shows it; `metric` is the competition's."""
    fields = {name: getattr(line, name) for name in Line.__dataclass_fields__ if name != "row"}
    participant = ParticipantOut(
        id=fields.pop("participant_id"), name=fields.pop("participant_name")
    )
    return AdminSubmissionOut(
        **scores.with_figures(fields, metric, "score", "exact_score", "private_score"),
        score_text=None if line.score is None else scores.text(line.score, metric),
        direction=scores.direction(metric).value,
        held=line.moderation == moderation.HELD,
        participant=participant,
        url=submission_url(base_url, line.id),
    )
