"""Submissions: look through them, run them again, take them off the board and put them back."""

from contextlib import ExitStack
from typing import Annotated, Any, Literal

from fastapi import BackgroundTasks, Depends, Query, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from heldout_server.acts.registry import ActContext
from heldout_server.models import PRIVATE, PUBLIC, State
from heldout_server.submissions import (
    blob_references,
    organizer_list,
    purge,
    queries,
)
from heldout_server.submissions.lamp import lamp_of
from heldout_server.submissions.moderation import SUBMISSION
from heldout_server.submissions.organizer_list import Filter
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer
from heldout_server.web.api.admin.scope import BeforeRow, Changed, LookedAt, PageLength, row_id
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.admin_from_rows import line_out
from heldout_server.web.schemas.submissions import (
    AdminSubmissionFiguresOut,
    AdminSubmissionOut,
    AdminSubmissionsOut,
    HiddenMetricsOut,
    LampOut,
)

router = Routes()
SUBMISSIONS = "/competitions/{slug}/submissions"

Moderation = Literal["none", "held", "hidden", "disqualified", "withdrawn", "purged"]


def wanted(
    state: State | None = None,
    kind: Literal["model", "predictions"] | None = None,
    moderation: Moderation | None = None,
    participant: Annotated[str | None, Query(max_length=40)] = None,
    name: Annotated[str | None, Query(max_length=100, description="A part of a name.")] = None,
) -> Filter:
    """The filter."""
    return Filter(state, kind, moderation, participant, name)


@router.get(SUBMISSIONS)
def list_submissions(
    request: Request,
    organizer: CallingOrganizer,
    competition: LookedAt,
    services: ServicesDep,
    session: ReadSession,
    chosen: Annotated[Filter, Depends(wanted)],
    limit: PageLength = 50,
    before: BeforeRow = None,
) -> AdminSubmissionsOut:
    """Every submission, newest first, with verdict and both scores."""
    lines = organizer_list.page(
        session, row_id(competition), chosen, limit=limit + 1, before=before
    )
    shown, base_url = lines[:limit], services.base_url(request)
    return AdminSubmissionsOut(
        submissions=[line_out(line, competition.metric, base_url) for line in shown],
        next=shown[-1].row if len(lines) > limit else None,
    )


@router.get(SUBMISSION.path)
def get_submission_for_organizers(
    submission_id: str,
    request: Request,
    organizer: CallingOrganizer,
    competition: LookedAt,
    services: ServicesDep,
    session: ReadSession,
) -> AdminSubmissionFiguresOut:
    """One submission with verdict, both scores and all figures over hidden images."""
    submission = queries.of_competition(session, row_id(competition), submission_id)
    found = organizer_list.line_of(session, submission)
    line = line_out(found, competition.metric, services.base_url(request))
    figures = organizer_list.figures_of(session, submission)
    lamp = lamp_of(session, submission)
    return AdminSubmissionFiguresOut(
        **line.model_dump(),
        public_metrics=_metrics_out(figures.get(PUBLIC)),
        private_metrics=_metrics_out(figures.get(PRIVATE)),
        contamination=None if lamp is None else LampOut.model_validate(lamp),
    )


@router.get(SUBMISSION.path + "/file", response_class=FileResponse)
def get_submission_file(
    submission_id: str,
    organizer: CallingOrganizer,
    competition: LookedAt,
    services: ServicesDep,
    session: ReadSession,
) -> FileResponse:
    """The file as it was uploaded. A Keras file is a stranger's program: don't load it lightly."""
    submission = queries.of_competition(session, row_id(competition), submission_id)
    with ExitStack() as kept:
        file = kept.enter_context(purge.kept_file(services.blobs, submission))
        return FileResponse(
            file,
            media_type="application/octet-stream",
            filename=submission.filename,
            headers={"Content-Encoding": "identity", "Cache-Control": "no-store"},
            # From an object store it is a copy, which goes when it has been sent.
            background=BackgroundTask(kept.pop_all().close),
        )


@router.post(SUBMISSION.path + "/purge", description=purge.purge_submission.summary)
def purge_submission(
    submission_id: str,
    body: purge.PurgeIn,
    request: Request,
    actor: ActingOwner,
    competition: Changed,
    services: ServicesDep,
    session: WriteSession,
    afterwards: BackgroundTasks,
    now: Now,
) -> AdminSubmissionOut:
    """Files go after the commit, in the background."""
    context = ActContext(session, actor, now, competition)
    found = SUBMISSION.find(context, {"submission_id": submission_id})
    purged = purge.purge_submission.perform(context, found, body)
    afterwards.add_task(
        blob_references.drop_unreferenced, services.database, services.blobs, purged.digests
    )
    line = organizer_list.line_of(session, found)
    return line_out(line, competition.metric, services.base_url(request))


def _metrics_out(figures: dict[str, Any] | None) -> HiddenMetricsOut | None:
    # An event that was imported from elsewhere may have scores alone.
    return HiddenMetricsOut.model_validate(figures) if figures else None
