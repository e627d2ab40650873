"""A submission's page: public by its unguessable address, without private figures."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from heldout_server.errors import ProblemError
from heldout_server.leaderboard.reports import report
from heldout_server.models import Competition, Participant
from heldout_server.submissions import queries
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.pages.render import render
from heldout_server.web.pages.views import competition_view, submission_page, upload_page

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/submissions/{submission_id}")
def show_submission(
    submission_id: str, request: Request, services: ServicesDep, session: ReadSession, now: Now
) -> Response:
    """Verdict, score, metrics, receipt and run card."""
    submission = queries.by_public_id(session, submission_id)
    found = submission or queries.upload_by_public_id(session, submission_id)
    if found is None:
        raise ProblemError(
            "not_found",
            "There is no submission at this address.",
            "Check the link, or look for the submission on the board.",
        )
    competition = competition_view(
        session, session.get_one(Competition, found.competition_id), now=now
    )
    if submission is not None:
        page = submission_page(competition, report(session, submission))
    else:
        participant = session.get_one(Participant, found.participant_id)
        page = upload_page(competition, found, participant)  # type: ignore[arg-type]
    image = f"{services.base_url(request)}/submissions/{submission_id}/share.png"
    page = replace(page, share_image=image if submission is not None else None)
    return HTMLResponse(render("submission.html", page), headers={"Cache-Control": "no-cache"})
