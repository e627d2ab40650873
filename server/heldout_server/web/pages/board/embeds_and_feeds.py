"""The board for other programs and other sites: pictures, JSON, CSV, a feed, a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import astuple, fields
from decimal import Decimal
from typing import Annotated, Literal
from xml.etree import ElementTree

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlmodel import Session

from heldout_server.competitions import queries as competitions
from heldout_server.kit.csv_files import written
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import audience, gap, recent_scores, standings
from heldout_server.leaderboard.audience import ANYBODY
from heldout_server.leaderboard.luck import ties_of
from heldout_server.leaderboard.recent_scores import Happening
from heldout_server.leaderboard.standings import Standing
from heldout_server.leaderboard.submission_report import report
from heldout_server.leaderboard.ties import Tie
from heldout_server.models import Competition, Participant
from heldout_server.submissions import queries
from heldout_server.tasks import scores
from heldout_server.web import json_board
from heldout_server.web.deps import Now, ReadSession, ServicesDep
from heldout_server.web.formats import ordinal
from heldout_server.web.html.page_cache import answer
from heldout_server.web.html.render import render
from heldout_server.web.pages.board import share_images
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.race_page import chart_of, span
from heldout_server.web.pages.board.rows import enriched
from heldout_server.web.routes import Routes
from heldout_server.web.security import allowed_origin, embed_policy
from heldout_server.web.services import Services
from heldout_server.web.view_models.room import EmbedPage

router = Routes(include_in_schema=False)

FEED_ENTRIES = 50
ATOM = "http://www.w3.org/2005/Atom"
COLUMNS = (
    "rank", "participant", "score", "error_count", "entries", "reached_at", "submission", "kind",
    "metric", "direction", "tie_group", "rank_low", "rank_high", "tied_with_leader",
    "public_score", "gap",
)  # fmt: skip
PNG = "image/png"


@router.get("/c/{slug}/share.png")
def share_image(
    slug: str, request: Request, services: ServicesDep, session: ReadSession
) -> Response:
    """The picture of a competition: 1200 × 630."""
    competition = competitions.by_slug(session, slug)

    def build() -> bytes:
        found = standings.page(session, competition.id or 0, limit=5)
        lines = [
            share_images.PlaceLine(
                rank, row.participant_name, scores.text(row.score, competition.metric)
            )
            for rank, row in enumerate(found.rows, 1)
        ]
        return share_images.board_picture(competition.title, lines, found.total)

    return _cached(request, services, session, competition, "share.png", build, PNG)


@router.get("/c/{slug}/logo.png")
def logo(slug: str, services: ServicesDep, session: ReadSession, v: str = "") -> Response:
    """The picture that came with the contest's folder; by its digest it is kept for long."""
    competition = competitions.by_slug(session, slug)
    digest = competition.logo_sha256
    if digest is None:
        raise ProblemError("not_found", "This contest has no logo.")
    is_this_one = v and digest.startswith(v)
    caching = "public, max-age=31536000, immutable" if is_this_one else "no-cache"
    content = services.blobs.read(digest)
    return Response(content, media_type="image/png", headers={"Cache-Control": caching})


@router.get("/c/{slug}/race.png")
def race_image(
    slug: str, request: Request, services: ServicesDep, session: ReadSession
) -> Response:
    """The race as a picture."""
    competition = competitions.by_slug(session, slug)

    def build() -> bytes:
        people = services.ways.of(session, competition).ranked
        begin, end = span(people)
        chart = chart_of(people, competition.metric, begin=begin, end=end)
        if chart is None:
            return share_images.board_picture(competition.title, [], 0)
        return share_images.race_picture(competition.title, chart, competition.timezone)

    return _cached(request, services, session, competition, "race.png", build, PNG)


@router.get("/submissions/{submission_id}/share.png")
def submission_image(
    submission_id: str, request: Request, services: ServicesDep, session: ReadSession
) -> Response:
    """The picture of a submission."""
    submission = queries.require(session, submission_id)
    competition = session.get_one(Competition, submission.competition_id)
    audience.check(session, competition, session.get_one(Participant, submission.participant_id))

    def build() -> bytes:
        found = report(session, submission)
        result = found.result
        return share_images.submission_picture(
            submission.name,
            audience.name(competition, found.participant),
            scores.text(result.score, competition.metric) if result else None,
            result.rank if result and result.holds_rank else None,
            competition.title,
        )

    return _cached(request, services, session, competition, submission_id, build, PNG)


@router.get("/c/{slug}/board.json")
async def board_json(slug: str, request: Request, services: ServicesDep) -> Response:
    """The whole public board, in the shape of the API's."""
    part = json_board.Part(slug, json_board.ALL_ROWS, 0, services.base_url(request))
    page = await json_board.shown(services, part, ANYBODY)
    headers = {}
    if "origin" in request.headers:  # a page of another site reads it
        headers = await run_in_threadpool(_for_other_sites, slug, request, services)
    return answer(request, page, json_board.JSON, Vary="Accept-Encoding, Origin", **headers)


@router.get("/c/{slug}/board.csv")
def board_csv(slug: str, request: Request, services: ServicesDep, session: ReadSession) -> Response:
    """The whole public board as a spreadsheet reads it."""
    competition = competitions.by_slug(session, slug)

    def build() -> bytes:
        found = standings.page(session, competition.id or 0, limit=json_board.ALL_ROWS)
        rows = found.rows + standings.unranked(session, competition)
        known = ties_of(session, competition, rows)
        public = gap.public_scores(session, competition, [row.submission_id for row in rows])
        return _csv(rows, competition.metric, known, public).encode(
            "utf-8-sig"
        )  # or spreadsheets take it for another encoding

    return _cached(
        request, services, session, competition, "board.csv", build, "text/csv; charset=utf-8"
    )


@router.get("/c/{slug}/feed.atom")
def feed(slug: str, request: Request, services: ServicesDep, session: ReadSession) -> Response:
    """The latest scores as an Atom feed."""
    competition = competitions.by_slug(session, slug)
    base_url = services.base_url(request)

    def build() -> bytes:
        found = recent_scores.latest(session, competition, limit=FEED_ENTRIES)
        return _atom(competition, found, base_url)

    name = f"feed.atom {base_url}"
    kind = "application/atom+xml; charset=utf-8"
    return _cached(request, services, session, competition, name, build, kind)


@router.get("/c/{slug}/embed")
@router.get("/c/{slug}/embed/board")
def embed(
    slug: str,
    request: Request,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
    rows: Annotated[int, Query(ge=1, le=100)] = 10,
    theme: Literal["", "light", "dark"] = "",
) -> Response:
    """The first rows in a frame, on the sites that organizers or settings name, nowhere else."""
    competition = competitions.by_slug(session, slug)
    shown = competition_view(session, competition, now=now)
    whole = not request.url.path.endswith("/board")
    board_url = f"{services.base_url(request)}{shown.board_path}"

    def build() -> bytes:
        found = standings.page(session, competition.id or 0, limit=rows)
        page = EmbedPage(
            competition=shown,
            rows=enriched(session, competition, found.rows, services.ways.of(session, competition)),
            total=found.total,
            board_url=board_url,
            limit=rows,
            theme=theme,
        )
        return render("embed.html" if whole else "_embed.html", page).encode()

    version = (recent_scores.board_version(session, competition.id or 0), shown, board_url)
    found = services.pages.get(("embed", slug, rows, theme, whole), version, build)
    policy = embed_policy(_origins(services, competition))
    return answer(request, found, Content_Security_Policy=policy)


def _cached(
    request: Request,
    services: Services,
    session: Session,
    competition: Competition,
    name: str,
    build: Callable[[], bytes],
    media_type: str,
) -> Response:
    version = (recent_scores.board_version(session, competition.id or 0), competition.title)
    page = services.pages.get((name, competition.slug), version, build)
    headers = _allowing(request, _origins(services, competition))
    return answer(request, page, media_type, Vary="Accept-Encoding, Origin", **headers)


def _for_other_sites(slug: str, request: Request, services: Services) -> dict[str, str]:
    with services.database.read() as session:
        competition = competitions.by_slug(session, slug)
        return _allowing(request, _origins(services, competition))


def _allowing(request: Request, origins: tuple[str, ...]) -> dict[str, str]:
    origin = allowed_origin(request, origins)
    return {"Access_Control_Allow_Origin": origin} if origin else {}


def _origins(services: Services, competition: Competition) -> tuple[str, ...]:
    """Other sites that may show this board: the whole server's, and the competition's own."""
    return tuple(dict.fromkeys((*services.settings.embed_origins, *competition.embed_origins)))


def _csv(
    rows: tuple[Standing, ...],
    metric: str,
    known: Mapping[str, Tie],
    public: Mapping[str, float],
) -> str:
    cells = (
        (
            row.rank,
            row.participant_name,
            _written(row.score, metric),
            row.error_count,
            row.entries,
            row.reached_at.isoformat(timespec="seconds"),
            row.submission_name,
            row.kind,
            metric,
            scores.direction(metric).value,
            *_tie_cells(known.get(row.submission_id)),
            *_public_cells(public.get(row.submission_id), row.score, metric),
        )
        for row in rows
    )
    return written(COLUMNS, cells)


def _tie_cells(tie: Tie | None) -> tuple[object, ...]:
    return astuple(tie) if tie is not None else (None,) * len(fields(Tie))


def _public_cells(public: float | None, private: float, metric: str) -> tuple[object, ...]:
    """The public score and how the figure changed from it; empty before the reveal."""
    if public is None:
        return (None, None)
    # Of the figures as they are written: whoever takes one from the other finds the same.
    return _written(public, metric), _written(private, metric) - _written(public, metric)


def _written(score: float, metric: str) -> Decimal:
    """To six decimals between 0 and 1, else with all the digits that a board tells.

    A number, not text: a minus sign is where a spreadsheet begins to take text for a formula.
    """
    figure = scores.figure(score, metric)
    return Decimal(f"{figure:.6f}" if scores.in_range(metric) else repr(figure))


def _atom(competition: Competition, found: list[Happening], base_url: str) -> bytes:
    board = f"{base_url}/c/{competition.slug}"
    root = ElementTree.Element("feed", xmlns=ATOM)
    _add(root, "id", board)
    _add(root, "title", competition.title)
    _add(root, "updated", (found[0].at if found else competition.created_at).isoformat())
    ElementTree.SubElement(root, "link", rel="alternate", href=board)
    ElementTree.SubElement(root, "link", rel="self", href=f"{board}/feed.atom")
    author = ElementTree.SubElement(root, "author")
    _add(author, "name", "Heldout")
    for one in found:
        _entry(root, one, competition.metric, board, base_url)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(
    root: ElementTree.Element, one: Happening, metric: str, board: str, base_url: str
) -> None:
    entry = ElementTree.SubElement(root, "entry")
    place = f", {ordinal(one.rank)}" if one.rank else ""
    _add(entry, "id", f"{board}#event-{one.id}")
    _add(entry, "title", f"{one.participant_name}: {scores.text(one.score, metric)}{place}")
    _add(entry, "updated", one.at.isoformat())
    address = f"{base_url}/submissions/{one.submission_id}"
    ElementTree.SubElement(entry, "link", rel="alternate", href=address)
    _add(entry, "summary", one.submission_name)


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
