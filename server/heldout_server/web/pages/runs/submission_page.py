"""A submission's page: public by its unguessable address, without private figures."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, TypeGuard

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.datasets.rows import task_of
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import audience
from heldout_server.leaderboard import visibility as telling
from heldout_server.leaderboard.submission_report import SubmissionReport, report
from heldout_server.models import Competition, Participant, State, Submission, Upload
from heldout_server.runs.asked_queries import asked_of
from heldout_server.runs.card_visibility import opens, visibility
from heldout_server.submissions import queries
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.html.render import render
from heldout_server.web.own_step import own_step
from heldout_server.web.pages.board.from_rows import (
    competition_view,
    submission_page,
    submission_view,
    upload_page,
)
from heldout_server.web.pages.runs.far_off import far_off, headings
from heldout_server.web.pages.runs.practice_figures import practice_figures
from heldout_server.web.pages.runs.run_views import misread_views, next_above_view
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.pages import SubmissionPage
from heldout_server.web.view_models.practice import PracticeFigures
from heldout_server.web.view_models.runs import PracticePage

router = Routes(include_in_schema=False, default_response_class=HTMLResponse)

FOLLOWED = timedelta(minutes=2)
NO_MODEL = "Only a scored model can be run on the practice examples."


@router.get("/submissions/{submission_id}")
def show_submission(
    submission_id: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    view: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """Verdict, score, metrics, receipt and, where it is shared, the run card.

    `view` is the key in the address that the participant's own client gets.
    """
    found = _found(session, submission_id)
    competition = session.get_one(Competition, found.competition_id)
    shown = competition_view(session, competition, now=now)
    participant = session.get_one(Participant, found.participant_id)
    name = _name(session, competition, participant, found, view)
    may_see = visibility(competition, participant, now=now)
    asked = asked_of(session, competition)
    if isinstance(found, Upload):
        page = replace(upload_page(shown, found, participant, name=name), asked=asked)
        if note := telling.hidden_reason(competition, participant, received_at=now):
            page = replace(page, run_card=None, card_note=note)
    else:
        is_own = opens(participant, found, view)
        about = report(session, found, in_confidence=is_own)
        key = view if is_own and view else ""
        query = f"?view={key}" if key else ""
        page = replace(
            submission_page(shown, about, name=name),
            asked=asked,
            practice=_drawn(session, competition, about),
            card_note=about.hidden_reason,
            step=own_step(services.step_sources, session, about),
            view_query=query,
        )
        can_run = services.practice is not None and found.kind == "model"
        page = replace(
            page,
            next_above=next_above_view(session, competition, found, key, now=now),
            practice_path=f"{page.submission.path}/practice{query}" if can_run else None,
            is_reading=_is_reading(page, now),
            share_image=f"{services.base_url(request)}/submissions/{submission_id}/share.png",
        )
    if not may_see.is_shown and not page.view_query:
        note = page.card_note or may_see.why
        page = replace(page, run_card=None, next_above=None, card_note=note)
    return HTMLResponse(render("submission.html", page), headers={"Cache-Control": "no-cache"})


@router.get("/submissions/{submission_id}/practice")
def show_practice(
    submission_id: str,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    view: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The practice examples that the model gets wrong; the first look takes a second or two."""
    found = _found(session, submission_id)
    competition = session.get_one(Competition, found.competition_id)
    participant = session.get_one(Participant, found.participant_id)
    name = _name(session, competition, participant, found, view)
    page = PracticePage(
        competition=competition_view(session, competition, now=now),
        submission=submission_view(found, participant, name=name)
        if isinstance(found, Submission)
        else upload_page(
            competition_view(session, competition, now=now), found, participant, name=name
        ).submission,
    )
    hidden_reason = _hidden_reason(competition, participant, found, view)
    if services.practice is None or not _can_be_read(found) or hidden_reason:
        page = replace(page, note=hidden_reason or NO_MODEL)
    else:
        reading = services.practice.read(found, competition)
        info = services.datasets.info(competition.dataset_hash)
        inputs, _ = services.datasets.practice(competition.dataset_hash)
        page = replace(
            page,
            far_off=far_off(info, inputs, reading.metrics),
            headings=headings(info),
            examples=reading.examples,
            error_count=reading.error_count or 0,
            misread=misread_views(services.datasets, competition, reading),
        )
    return HTMLResponse(render("practice.html", page), headers={"Cache-Control": "no-cache"})


def _drawn(session: Session, competition: Competition, about: SubmissionReport) -> PracticeFigures:
    if about.result is None:
        return PracticeFigures()
    task = task_of(competitions.dataset_of(session, competition))
    return practice_figures(about.result.practice_metrics, task)


def _is_reading(page: SubmissionPage, now: datetime) -> bool:
    """Whether it was scored a moment ago, so that more may come: practice figures, and ties."""
    at = page.submission.scored_at
    waits = page.metrics is not None and page.details is None and page.submission.kind == "model"
    has_row = page.score is not None and page.score.rank is not None
    waits |= has_row and page.score is not None and page.score.tie is None
    return waits and at is not None and now - at < FOLLOWED


def _name(
    session: Session,
    competition: Competition,
    participant: Participant,
    found: Submission | Upload,
    view: str | None,
) -> str:
    """What the participant is called here. Raises ProblemError `not_found` where others may not
    hear of them.
    """
    if isinstance(found, Submission) and opens(participant, found, view):
        return participant.name
    audience.check(session, competition, participant)
    return audience.name(competition, participant)


def _hidden_reason(
    competition: Competition, participant: Participant, found: Submission | Upload, view: str | None
) -> str:
    """Why whoever asks may not see what the model does; empty: they may, or nothing is there."""
    if isinstance(found, Upload) or opens(participant, found, view):
        return ""
    return telling.of(competition, participant, found)


def _can_be_read(found: Submission | Upload) -> TypeGuard[Submission]:
    return isinstance(found, Submission) and found.kind == "model" and found.state == State.SCORED


def _found(session: Session, submission_id: str) -> Submission | Upload:
    submission = queries.by_public_id(session, submission_id)
    found = submission or queries.upload_by_public_id(session, submission_id)
    if found is None:
        raise ProblemError(
            "not_found",
            "There is no submission at this address.",
            "Check the link, or look for the submission on the board.",
        )
    return found
