"""What an organizer reads in three seconds."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request
from sqlmodel import Session

from heldout_server.leaderboard.reports import report
from heldout_server.models import Competition, State
from heldout_server.participants import joining
from heldout_server.submissions import queries
from heldout_server.web.pages.context import (
    Address,
    Counts,
    HealthCheck,
    LatestSubmission,
    OrganizeHome,
)
from heldout_server.web.pages.snippet import snippet_for
from heldout_server.web.pages.views import competition_view, queue_strip, submission_view
from heldout_server.web.services import Services

LATEST = 20


def dashboard(
    session: Session,
    services: Services,
    request: Request,
    competition: Competition,
    *,
    csrf: str,
    now: datetime,
) -> OrganizeHome:
    """The organizer's first page for one competition."""
    assert competition.id is not None
    return OrganizeHome(
        competition=competition_view(session, competition, now=now),
        join_code=competition.join_code,
        addresses=_addresses(services, request, competition),
        snippet=snippet_for(services, request, competition.join_code),
        csrf=csrf,
        counts=_counts(session, competition.id),
        queue=queue_strip(session),
        health=_health(services),
        latest=tuple(_latest(session, competition.id)),
    )


def _addresses(
    services: Services, request: Request, competition: Competition
) -> tuple[Address, ...]:
    room, here = services.room_url(request), services.base_url(request)
    found = [Address(label="In the room", url=f"{room}/c/{competition.slug}")]
    if here != room:
        found.append(Address(label="On this machine", url=f"{here}/c/{competition.slug}"))
    return tuple(found)


def _counts(session: Session, competition_id: int) -> Counts:
    states = queries.counts_by_state(session, competition_id)
    return Counts(
        participants=joining.count(session, competition_id),
        submissions=sum(states.values()),
        scored=states.get(State.SCORED, 0),
        rejected=states.get(State.REJECTED, 0),
        errors=states.get(State.ERROR, 0),
    )


def _health(services: Services) -> tuple[HealthCheck, ...]:
    health = services.check_health()
    found = [
        HealthCheck(name=name, ok=result == "ok", detail="" if result == "ok" else result)
        for name, result in health.checks.items()
    ]
    models = health.models
    outcome = f"{models.sandbox}: {models.contained} of {models.probes} attempts contained"
    runners = f"{models.ready} of {models.slots} runners ready, {models.busy} busy"
    sandbox = f"{outcome}; {runners}" if models.probes else models.detail or models.sandbox
    found.append(HealthCheck(name="sandbox", ok=models.accepting, detail=sandbox))
    return tuple(found)


def _latest(session: Session, competition_id: int) -> list[LatestSubmission]:
    found = []
    for submission in queries.latest(session, competition_id, limit=LATEST):
        about = report(session, submission, in_confidence=True)
        found.append(
            LatestSubmission(
                submission=submission_view(submission, about.participant, about.queue_position),
                score=about.result.score if about.result else None,
                code=about.verdict.code if about.verdict else None,
            )
        )
    return found
