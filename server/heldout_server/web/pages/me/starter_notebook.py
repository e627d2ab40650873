"""A notebook to start from, filled in with this server's address and the reader's code."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from heldout_server.competitions import queries as competitions
from heldout_server.datasets.rows import task_of
from heldout_server.tasks import catalogue
from heldout_server.web.deps import ReadSession, ServicesDep
from heldout_server.web.notebooks import any_contest
from heldout_server.web.notebooks.source import Place, written
from heldout_server.web.routes import Routes
from heldout_server.web.signed_in import SignedInDep

router = Routes(include_in_schema=False)

MEDIA_TYPE = "application/x-ipynb+json"


@router.get("/c/{slug}/starter.ipynb")
def starter_notebook(
    slug: str,
    request: Request,
    services: ServicesDep,
    who: SignedInDep,
    session: ReadSession,
    code: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """`code` is the room's, as on the join page; nobody is told it who doesn't know it. Whoever is
    signed in gets their own.
    """
    competition = competitions.by_slug(session, slug)
    address = services.notebook_url(services.base_url(request))
    own = None if who is None else who.code or ""
    place = Place.of_server(address, room_code=code.strip(), personal_code=own)
    dataset = competitions.dataset_of(session, competition)
    task = task_of(dataset)
    built = any_contest.starter(
        competition.title,
        task,
        any_contest.is_lesson(task, tuple(dataset.input_shape)),
        catalogue.metric(competition.metric),
        place,
    )
    return Response(
        written(built),
        media_type=MEDIA_TYPE,
        headers={
            "Content-Disposition": f'attachment; filename="heldout-{competition.slug}.ipynb"',
            "Cache-Control": "no-store",
        },
    )
