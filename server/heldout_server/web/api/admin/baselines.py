"""Baselines: unranked rows that say what a score is worth."""

import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from heldout_server.acts.audit_log import Actor
from heldout_server.acts.registry import ActContext
from heldout_server.baselines import files, rows
from heldout_server.baselines.rows import NewBaseline, Source
from heldout_server.competitions import queries as competitions
from heldout_server.models import BaselineKind, Competition
from heldout_server.submissions import queries as submissions
from heldout_server.web.api.admin.access import Acting, CallingOrganizer
from heldout_server.web.api.admin.competitions import ToChange
from heldout_server.web.api.admin.raw_body import RAW_BODY, receive
from heldout_server.web.api.admin.scope import LookedAt, row_id
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import admin_from_rows
from heldout_server.web.schemas.baselines import (
    AdminBaselineOut,
    AdminBaselinesOut,
    BaselineIn,
)
from heldout_server.web.services import Services

router = Routes()
BASELINES = "/competitions/{slug}/baselines"


@router.get(BASELINES)
def list_baselines(
    organizer: CallingOrganizer, competition: LookedAt, session: ReadSession
) -> AdminBaselinesOut:
    """Every baseline that wasn't removed."""
    found = rows.of_competition(session, row_id(competition))
    return AdminBaselinesOut(
        baselines=[admin_from_rows.baseline_out(one, competition.metric) for one in found]
    )


def source_of(body: BaselineIn, competition: ToChange, session: WriteSession) -> Source:
    """Where the figures come from. Raises ProblemError `not_found`."""
    submission = None
    if body.submission_id is not None:
        submission = submissions.of_competition(session, row_id(competition), body.submission_id)
    return Source(score=body.score, submission=submission)


@router.post(BASELINES, status_code=201)
def add_baseline(
    body: BaselineIn,
    actor: Acting,
    competition: ToChange,
    source: Annotated[Source, Depends(source_of, scope="function")],
    session: WriteSession,
    now: Now,
) -> AdminBaselineOut:
    """Add one. It appears on the board once it is computed. Inverse: remove it."""
    return _added(session, actor, now, competition, NewBaseline(body.kind, source, body.name))


async def sent_predictions(
    slug: str, request: Request, organizer: CallingOrganizer, services: ServicesDep
) -> Source:
    """The file in the body, read by the rules for participants. Raises ProblemError."""
    competition = await run_in_threadpool(_competition, services, slug)
    with tempfile.NamedTemporaryFile(dir=services.work_folder) as file:
        await receive(request, file, competition.predictions_bytes)
        digest = await run_in_threadpool(_kept, services, Path(file.name), competition)
    return Source(predictions_sha256=digest)


@router.post(BASELINES + "/file", status_code=201, openapi_extra=RAW_BODY)
def add_baseline_file(
    actor: Acting,
    source: Annotated[Source, Depends(sent_predictions)],  # before anybody's turn to write is taken
    competition: ToChange,
    session: WriteSession,
    now: Now,
    kind: Annotated[BaselineKind, Query(examples=["starter"])] = BaselineKind.STARTER,
    name: Annotated[str, Query(max_length=200)] = "",
) -> AdminBaselineOut:
    """Add one from a prediction file, sent as the raw body, which is scored like any other."""
    return _added(session, actor, now, competition, NewBaseline(kind, source, name))


def _added(
    session: Session, actor: Actor, now: datetime, competition: Competition, given: NewBaseline
) -> AdminBaselineOut:
    context = ActContext(session, actor, now, competition)
    added = rows.add_baseline.perform(context, competition, given)
    return admin_from_rows.baseline_out(added, competition.metric)


def _competition(services: Services, slug: str) -> Competition:
    with services.database.read() as session:
        return competitions.by_slug(session, slug)


def _kept(services: Services, file: Path, competition: Competition) -> str:
    return files.keep_predictions(services.blobs, services.datasets, file, competition)
