"""Submissions: look through them, run them again, take them off the board and put them back."""

from contextlib import ExitStack
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from heldout_server.models import PRIVATE, PUBLIC, State, Submission
from heldout_server.submissions import blob_references, moderation, organizer_list, purge, rerun
from heldout_server.submissions.organizer_list import Filter, Line
from heldout_server.web.api.admin.access import Acting, ActingOwner, CallingOrganizer
from heldout_server.web.api.admin.scope import BeforeRow, Changed, LookedAt, PageLength, row_id
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.schemas.from_rows import submission_url
from heldout_server.web.schemas.public import ParticipantOut
from heldout_server.web.schemas.submissions import (
    AdminSubmissionFiguresOut,
    AdminSubmissionOut,
    AdminSubmissionsOut,
    HiddenMetricsOut,
    PurgeIn,
    ReasonIn,
    RerunIn,
    RerunOut,
)

router = APIRouter(prefix="/competitions/{slug}/submissions")

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


def found(submission_id: str, competition: Changed, session: WriteSession) -> Submission:
    """The submission, to change. Raises ProblemError `not_found`."""
    return organizer_list.of_competition(session, row_id(competition), submission_id)


Found = Annotated[Submission, Depends(found, scope="function")]


@router.get("")
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
        submissions=[line_out(line, base_url) for line in shown],
        next=shown[-1].row if len(lines) > limit else None,
    )


@router.post("/rerun", status_code=202)
def rerun_submissions(
    body: RerunIn, actor: Acting, competition: Changed, session: WriteSession, now: Now
) -> RerunOut:
    """Run all of them again, or those in one state, behind what the room sends meanwhile.

    Until a new verdict is there, the last score stands.
    """
    queued = rerun.rerun_all(session, actor, competition, state=body.state, now=now)
    return RerunOut(queued=queued)


@router.get("/{submission_id}")
def get_submission_for_organizers(
    submission_id: str,
    request: Request,
    organizer: CallingOrganizer,
    competition: LookedAt,
    services: ServicesDep,
    session: ReadSession,
) -> AdminSubmissionFiguresOut:
    """One submission with verdict, both scores and all figures over hidden images."""
    submission = organizer_list.of_competition(session, row_id(competition), submission_id)
    line = line_out(organizer_list.line_of(session, submission), services.base_url(request))
    figures = organizer_list.figures_of(session, submission)
    return AdminSubmissionFiguresOut(
        **line.model_dump(),
        public_metrics=_metrics_out(figures.get(PUBLIC)),
        private_metrics=_metrics_out(figures.get(PRIVATE)),
    )


@router.get("/{submission_id}/file", response_class=FileResponse)
def get_submission_file(
    submission_id: str,
    organizer: CallingOrganizer,
    competition: LookedAt,
    services: ServicesDep,
    session: ReadSession,
) -> FileResponse:
    """The file as it was uploaded. A Keras file is a stranger's program: don't load it lightly."""
    submission = organizer_list.of_competition(session, row_id(competition), submission_id)
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


@router.post("/{submission_id}/cancel")
def cancel_submission(
    request: Request,
    actor: Acting,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminSubmissionOut:
    """Stop one that waits or runs; it takes nothing from the quota. Inverse: retry."""
    rerun.cancel(session, actor, submission, now=now)
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


@router.post("/{submission_id}/retry", status_code=202)
def retry_submission(
    request: Request,
    actor: Acting,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminSubmissionOut:
    """Go on with one that failed or was stopped, from where it stopped."""
    rerun.retry(session, actor, submission, now=now)
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


@router.post("/{submission_id}/rerun", status_code=202)
def rerun_submission(
    request: Request,
    actor: Acting,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminSubmissionOut:
    """Run it again from its first step. Until a new verdict is there, the last score stands."""
    rerun.rerun(session, actor, submission, now=now)
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


@router.post("/{submission_id}/let-through")
def let_submission_through(
    request: Request,
    actor: Acting,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminSubmissionOut:
    """Put a held prediction file onto the board. Inverse: undo, or hide."""
    moderation.let_through(session, actor, submission, now=now)
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


@router.post("/{submission_id}/hide")
def hide_submission(
    body: ReasonIn,
    request: Request,
    actor: Acting,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminSubmissionOut:
    """Take it off the board. Inverse: restore."""
    moderation.hide(session, actor, submission, reason=body.reason, now=now)
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


@router.post("/{submission_id}/disqualify")
def disqualify_submission(
    body: ReasonIn,
    request: Request,
    actor: Acting,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminSubmissionOut:
    """Rule it out, with a reason that its participant reads. Inverse: restore."""
    moderation.disqualify(session, actor, submission, reason=body.reason, now=now)
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


@router.post("/{submission_id}/restore")
def restore_submission(
    request: Request,
    actor: Acting,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminSubmissionOut:
    """Put it back on the board."""
    moderation.restore(session, actor, submission, now=now)
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


@router.post("/{submission_id}/purge")
def purge_submission(
    body: PurgeIn,
    request: Request,
    actor: ActingOwner,
    submission: Found,
    services: ServicesDep,
    session: WriteSession,
    afterwards: BackgroundTasks,
    now: Now,
) -> AdminSubmissionOut:
    """Delete file, predictions, run card, verdict and scores for good; the body repeats the id.

    An empty row stays, so that deleting never refunds a try. Has no inverse.
    """
    digests = purge.purge(session, actor, submission, confirmation=body.confirm, now=now)
    afterwards.add_task(
        blob_references.drop_unreferenced, services.database, services.blobs, digests
    )
    return line_out(organizer_list.line_of(session, submission), services.base_url(request))


def _metrics_out(figures: dict[str, Any] | None) -> HiddenMetricsOut | None:
    # An event that was imported from elsewhere may have scores alone.
    return HiddenMetricsOut.model_validate(figures) if figures else None


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
