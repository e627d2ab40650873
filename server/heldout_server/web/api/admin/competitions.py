"""Competitions: made, cloned, edited, put away."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from heldout_server.acts.registry import ActContext
from heldout_server.competitions import queries, settings_acts
from heldout_server.models import Competition
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import admin_from_rows
from heldout_server.web.schemas.competitions import (
    AdminCompetitionOut,
    AdminCompetitionsOut,
    AdminDatasetsOut,
    CloneIn,
    CompetitionEdit,
    CompetitionIn,
)

router = Routes()


def competition_to_change(
    slug: str, organizer: CallingOrganizer, session: WriteSession
) -> Competition:
    """The competition, held so that two organizers' changes follow one another.

    Asks who calls first: strangers don't learn which competitions there are.
    """
    return queries.by_slug(session, slug, lock=True)


def competition_to_read(
    slug: str, organizer: CallingOrganizer, session: ReadSession
) -> Competition:
    """The competition as it is."""
    return queries.by_slug(session, slug)


ToChange = Annotated[Competition, Depends(competition_to_change)]
ToRead = Annotated[Competition, Depends(competition_to_read)]


@router.get("/datasets")
def list_datasets(organizer: CallingOrganizer, session: ReadSession) -> AdminDatasetsOut:
    """What a competition can be made on."""
    found = queries.datasets(session)
    return AdminDatasetsOut(datasets=[admin_from_rows.dataset_out(dataset) for dataset in found])


@router.get("/competitions")
def list_all_competitions(
    request: Request,
    organizer: CallingOrganizer,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    archived: Annotated[bool, Query(description="Also those that were put away.")] = False,
) -> AdminCompetitionsOut:
    """Every competition with its settings, also unlisted ones."""
    found = queries.all_competitions(session) if archived else queries.current(session)
    base_url = services.base_url(request)
    shown = [admin_from_rows.competition_out(session, c, base_url, now=now) for c in found]
    return AdminCompetitionsOut(competitions=shown)


@router.post("/competitions", status_code=201)
def create_competition(
    body: CompetitionIn,
    request: Request,
    actor: ActingOwner,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminCompetitionOut:
    """Make a competition. Its secret split is made once and kept. Inverse: archive it."""
    dataset = queries.dataset_named(session, body.dataset)
    given = {**services.new_competition(), **body.given(), "dataset_hash": dataset.content_hash}
    made = settings_acts.create_competition.perform(ActContext(session, actor, now), None, given)
    return admin_from_rows.competition_out(session, made, services.base_url(request), now=now)


@router.get("/competitions/{slug}")
def get_one_competition(
    request: Request, competition: ToRead, services: ServicesDep, session: ReadSession, now: Now
) -> AdminCompetitionOut:
    """A competition with all its settings and its join code."""
    return admin_from_rows.competition_out(
        session, competition, services.base_url(request), now=now
    )


@router.patch("/competitions/{slug}")
def edit_competition(
    body: CompetitionEdit,
    request: Request,
    competition: ToChange,
    actor: ActingOwner,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminCompetitionOut:
    """Change settings; what is left out stays. The audit log has the old ones."""
    context = ActContext(session, actor, now, competition)
    settings_acts.edit_competition.perform(context, competition, body.given())
    return admin_from_rows.competition_out(
        session, competition, services.base_url(request), now=now
    )


@router.post("/competitions/{slug}/clone", status_code=201)
def clone_competition(
    body: CloneIn,
    request: Request,
    competition: ToRead,
    actor: ActingOwner,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> AdminCompetitionOut:
    """A new competition with the same settings: no people, no schedule, another secret split."""
    given = settings_acts.clone_of(competition, body.given())
    made = settings_acts.create_competition.perform(ActContext(session, actor, now), None, given)
    return admin_from_rows.competition_out(session, made, services.base_url(request), now=now)
