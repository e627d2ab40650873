"""How the organizers' API shows what an act is about, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import BaseModel

from heldout_server.acts.registry import ActContext, AnyAct
from heldout_server.competitions.projector import Screen
from heldout_server.models import (
    Announcement,
    Baseline,
    Competition,
    Drawing,
    DrawnFinal,
    Grant,
    Organizer,
    OrganizerToken,
    Participant,
    Rescore,
    Submission,
    Team,
    WebhookDelivery,
)
from heldout_server.people import organizer_acts, participants, team_members
from heldout_server.people.organizer_acts import NewOrganizer
from heldout_server.people.participant_acts import NewCode, NewToken
from heldout_server.rescoring.drafts import Applied
from heldout_server.submissions import organizer_list
from heldout_server.submissions.rerun import Queued
from heldout_server.web.schemas import admin_from_rows, people_from_rows
from heldout_server.web.schemas.announcements import AdminAnnouncementOut
from heldout_server.web.schemas.baselines import AdminBaselineOut
from heldout_server.web.schemas.competitions import AdminCompetitionOut
from heldout_server.web.schemas.drawn_finals import DrawingOut, DrawnFinalStateOut
from heldout_server.web.schemas.organizers import (
    NewOrganizerOut,
    NewTokenOut,
    OrganizerOut,
    TokenOut,
)
from heldout_server.web.schemas.people import (
    AccountOut,
    GrantOut,
    ParticipantCodeOut,
    ParticipantTokenOut,
    TeamOut,
)
from heldout_server.web.schemas.projector import ProjectorOut
from heldout_server.web.schemas.rescores import AppliedOut, RescoreOut
from heldout_server.web.schemas.submissions import AdminSubmissionOut, RerunOut
from heldout_server.web.schemas.webhooks import DeliveryOut


@dataclass(frozen=True)
class Answering:
    """In which transaction, and at which address, something is shown."""

    context: ActContext
    base_url: str


@dataclass(frozen=True)
class Answer:
    """A shape of the API, and how it is filled."""

    shape: type[BaseModel]
    show: Callable[[Answering, Any], BaseModel]


def answer_of(act: AnyAct) -> Answer:
    """How the act's answer is shown. Raises KeyError for a type that nobody said how to show."""
    return ANSWERS[act.answers or act.subject.kind]


def _competition(to: Answering, it: Competition) -> BaseModel:
    context = to.context
    return admin_from_rows.competition_out(context.session, it, to.base_url, now=context.now)


def _participant(to: Answering, it: Participant) -> BaseModel:
    found = participants.account(to.context.session, to.context.competition, it)
    return people_from_rows.account_out(found)


def _submission(to: Answering, it: Submission) -> BaseModel:
    line = organizer_list.line_of(to.context.session, it)
    return admin_from_rows.line_out(line, to.context.competition.metric, to.base_url)


def _applied(to: Answering, it: Applied) -> BaseModel:
    return AppliedOut(
        rescore=RescoreOut.model_validate(it.draft),
        moved_count=len(it.preview.moved),
        scores_changed=it.preview.scores_changed,
    )


def _new_organizer(to: Answering, it: NewOrganizer) -> BaseModel:
    shown = OrganizerOut.model_validate(it.organizer)
    return NewOrganizerOut(**shown.model_dump(), token=it.token)


def _new_token(to: Answering, it: organizer_acts.NewToken) -> BaseModel:
    return NewTokenOut(**TokenOut.model_validate(it.row).model_dump(), token=it.token)


def _team(to: Answering, it: Team) -> BaseModel:
    return people_from_rows.team_out(it, len(team_members.members(to.context.session, it)))


ANSWERS: Mapping[type[Any], Answer] = {
    Competition: Answer(AdminCompetitionOut, _competition),
    Participant: Answer(AccountOut, _participant),
    Team: Answer(TeamOut, _team),
    Submission: Answer(AdminSubmissionOut, _submission),
    Queued: Answer(RerunOut, lambda to, it: RerunOut(queued=it.queued)),
    Announcement: Answer(
        AdminAnnouncementOut, lambda to, it: AdminAnnouncementOut.model_validate(it)
    ),
    Screen: Answer(ProjectorOut, lambda to, it: ProjectorOut(**asdict(it))),
    DrawnFinal: Answer(DrawnFinalStateOut, lambda to, it: DrawnFinalStateOut.model_validate(it)),
    Drawing: Answer(DrawingOut, lambda to, it: DrawingOut.model_validate(it)),
    Rescore: Answer(RescoreOut, lambda to, it: RescoreOut.model_validate(it)),
    Applied: Answer(AppliedOut, _applied),
    Organizer: Answer(OrganizerOut, lambda to, it: OrganizerOut.model_validate(it)),
    NewOrganizer: Answer(NewOrganizerOut, _new_organizer),
    OrganizerToken: Answer(TokenOut, lambda to, it: TokenOut.model_validate(it)),
    organizer_acts.NewToken: Answer(NewTokenOut, _new_token),
    Baseline: Answer(
        AdminBaselineOut,
        lambda to, it: admin_from_rows.baseline_out(it, to.context.competition.metric),
    ),
    WebhookDelivery: Answer(DeliveryOut, lambda to, it: DeliveryOut.model_validate(it)),
    Grant: Answer(GrantOut, lambda to, it: GrantOut.model_validate(it)),
    NewToken: Answer(ParticipantTokenOut, lambda to, it: ParticipantTokenOut(**asdict(it))),
    NewCode: Answer(ParticipantCodeOut, lambda to, it: ParticipantCodeOut(**asdict(it))),
}
