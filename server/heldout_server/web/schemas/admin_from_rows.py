"""From rows to the admin API's shapes."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.competitions import freeze_and_reveal, markdown, queries, schedule
from heldout_server.datasets import known
from heldout_server.models import Competition, Dataset
from heldout_server.people import joining
from heldout_server.submissions import moderation
from heldout_server.submissions.organizer_list import Line
from heldout_server.web.schemas.competitions import AdminCompetitionOut, AdminDatasetOut
from heldout_server.web.schemas.from_rows import submission_url
from heldout_server.web.schemas.public import ParticipantOut
from heldout_server.web.schemas.submissions import AdminSubmissionOut


def dataset_out(dataset: Dataset) -> AdminDatasetOut:
    """A dataset, with who holds its labels."""
    published = known.recognised(dataset)
    return AdminDatasetOut(
        content_hash=dataset.content_hash,
        name=dataset.name,
        task=dataset.task,
        test_examples=dataset.test_examples,
        note=dataset.note,
        labels=known.labels_are(published),
        labels_note=known.sentence(published),
    )


def competition_out(
    session: Session, competition: Competition, base_url: str, *, now: datetime
) -> AdminCompetitionOut:
    """A competition as organizers see it: settings, join code, where it stands."""
    assert competition.id is not None
    return AdminCompetitionOut(
        **competition.model_dump(exclude={"id", "labels_version"}),
        description_html=markdown.to_html(competition.description),
        rules_html=markdown.to_html(competition.rules),
        state=schedule.phase(competition, now).value,
        frozen=schedule.is_frozen(competition, now),
        revealed=competition.revealed_at is not None,
        archived=competition.archived_at is not None,
        dataset=queries.dataset_of(session, competition).name,
        participants=joining.count(session, competition.id),
        under_way=freeze_and_reveal.under_way(session, competition),
        board_url=f"{base_url}/c/{competition.slug}",
        join_url=f"{base_url}/c/{competition.slug}/join?code={competition.join_code}",
    )


def line_out(line: Line, base_url: str) -> AdminSubmissionOut:
    """A line as the API shows it."""
    fields = {name: getattr(line, name) for name in Line.__dataclass_fields__ if name != "row"}
    participant = ParticipantOut(
        id=fields.pop("participant_id"), name=fields.pop("participant_name")
    )
    return AdminSubmissionOut(
        **fields,
        held=line.moderation == moderation.HELD,
        participant=participant,
        url=submission_url(base_url, line.id),
    )
