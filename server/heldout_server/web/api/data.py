"""What participants of a contest are given: a description, and files. Readable without a token."""

from fastapi import Request, Response
from fastapi.responses import FileResponse

from heldout_server.competitions import queries as competitions
from heldout_server.datasets.served import ServedFile, served_file
from heldout_server.kit.errors import ProblemError
from heldout_server.web.deps import ReadSession, ServicesDep
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.data import DataOut
from heldout_server.web.schemas.data_from_rows import data_out, version

router = Routes(prefix="/competitions/{slug}/data", tags=["competitions"])

# Sixty people download these at once: compressing them each time would cost more than it saves.
AS_IT_IS = {"Content-Encoding": "identity"}
FOR_EVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"


@router.get("")
def get_data(slug: str, request: Request, services: ServicesDep, session: ReadSession) -> DataOut:
    """The data of a competition: task, metric, shapes, what its inputs mean, and its files."""
    competition = competitions.by_slug(session, slug)
    base_url = services.base_url(request)
    return data_out(session, services.datasets, competition, base_url)


@router.get("/{file}", response_class=FileResponse)
def get_data_file(
    slug: str, file: str, request: Request, services: ServicesDep, session: ReadSession
) -> Response:
    """One of its files, whole or in ranges. No hidden answer is in any of them.

    Under the address that the description gives it never changes; under another it may.
    """
    competition = competitions.by_slug(session, slug)
    found = served_file(services.datasets, competition.dataset_hash, file)
    if found is None:
        raise ProblemError(
            "not_found",
            f"The data of this competition has no file “{file[:60]}”.",
            f"Its files are listed at /api/v1/competitions/{competition.slug}/data.",
        )
    return _answer(request, found)


def _answer(request: Request, found: ServedFile) -> Response:
    tag = f'"{found.sha256}"'
    lasting = request.query_params.get("v") == version(found)
    headers = {"ETag": tag, "Cache-Control": FOR_EVER if lasting else ASK_AGAIN}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return FileResponse(
        found.path,
        media_type="application/octet-stream",
        filename=found.name,
        headers=AS_IT_IS | headers,
    )
