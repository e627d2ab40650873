"""The web application, and the server around it: everything in one process tree, or web alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

import structlog
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.staticfiles import StaticFiles
from sqlalchemy import text
from starlette.routing import BaseRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from heldout_server import __version__
from heldout_server.acts.commit_listener import CommitListener
from heldout_server.blobs import BlobMissing, StorageFailed
from heldout_server.competitions import queries as competitions
from heldout_server.competitions.schedule import Phase, phase
from heldout_server.contests import adding
from heldout_server.exporting.event_mover import EventMover
from heldout_server.grading import ClassGrader, LabelIntake, LabelStoreError, TieGrader
from heldout_server.jobs import workers
from heldout_server.kit.background import BackgroundWorker
from heldout_server.kit.settings import Settings
from heldout_server.processes import installation as setup
from heldout_server.processes import tracing
from heldout_server.processes.dry_run import DryRun
from heldout_server.processes.engines import MODEL_POOLS, Engine, embedded_engine, sweeping_engine
from heldout_server.processes.installation import Installation, InstallationError
from heldout_server.processes.misread_practice import PracticeReader
from heldout_server.processes.model_scoring import EarlyScoring, Scoring, make_scoring
from heldout_server.processes.oracle import Oracle, lane_without
from heldout_server.processes.side_work import (
    drawn_background,
    grading_background,
    reading_background,
    webhooks_background,
)
from heldout_server.web import (
    api,
    api_docs,
    client_wheel,
    handbook_site,
    health,
    problems,
    security,
    security_txt,
)
from heldout_server.web.addresses import Peers
from heldout_server.web.bodies import BodyLimit
from heldout_server.web.event_stream import EventStream
from heldout_server.web.hosts import KnownHosts
from heldout_server.web.html.live_page_cache import RecentPages
from heldout_server.web.html.notice import PageNotice
from heldout_server.web.html.render import STATIC, hand_in
from heldout_server.web.html.root import serve_below
from heldout_server.web.joins import Joins
from heldout_server.web.pages import (
    console,
    finals,
    gap,
    me,
    papers,
    reveal,
    school,
    template_functions,
)
from heldout_server.web.pages.board import (
    embeds_and_feeds,
    hardest_page,
    help_page,
    page,
    participant_page,
    projector_page,
    race_page,
    short_address,
)
from heldout_server.web.pages.runs import compare_page, experiments_page, submission_page
from heldout_server.web.places import Places
from heldout_server.web.request_metrics import MeasuredRequests
from heldout_server.web.root_path import RootPath
from heldout_server.web.routes import Routes
from heldout_server.web.school.proxy_header import TrustedHeaders
from heldout_server.web.school.ways import School, WrongSettings, school_of
from heldout_server.web.services import (
    Health,
    LabelsElsewhere,
    ModelsHealth,
    Services,
    TakesLabels,
)
from heldout_server.web.short_memory import Kept

log = structlog.get_logger()

NOT_HERE = "no models are scored by this process"
COMPRESS_FROM_BYTES = 2048
RISK_ACCEPTED = (
    "Models may run without a sandbox on this server (HELDOUT_ALLOW_UNCONTAINED): "
    "take none from people you don't know."
)
DESCRIPTION = """
Join with a code, announce a file, send it, wait for the score.
Every refusal is `application/problem+json` with a stable `code`, one sentence and a hint.
"""


@dataclass(frozen=True)
class Server:
    """An installation with its engine, its scoring machinery and what keeps pages live."""

    services: Services
    engine: Engine
    scoring: Scoring
    hub: CommitListener
    background: Sequence[BackgroundWorker] = ()

    def start(self) -> None:
        """Begin to follow events, to warm runners and to work."""
        self.services.stream.start()
        self.hub.start()
        self.scoring.start()
        self.engine.start()
        for worker in self.background:
            worker.start()

    def stop(self) -> None:
        """End streams, then work under way (it will run again), then the database."""
        self.services.stream.stop()
        self.hub.stop()
        for worker in self.background:
            worker.stop()
        self.engine.stop()
        self.scoring.stop()
        self.services.database.dispose()


def embedded(installed: Installation, *, clock: Callable[[], datetime] = setup.utc_now) -> Server:
    """Everything in one process tree: web, scorer and grader."""
    scoring = make_scoring(
        installed.settings,
        installed.folders.work,
        secret=installed.labels.to_keep_from_models,
        has_left=lane_without(installed.database),
    )
    web = services(
        installed,
        scoring,
        lambda: check_health(installed, scoring, now=clock()),
        LabelIntake(installed.labels, installed.datasets),
        clock=clock,
    )
    grader = ClassGrader(installed.blobs, installed.datasets, installed.labels)
    steps = TieGrader(installed.blobs, installed.datasets, installed.labels)
    reader = PracticeReader(installed, scoring) if scoring.workers else None
    return Server(
        replace(
            web,
            pairs=grader,
            steps=steps,
            practice=reader,
            opens=partial(adding.open_contest, installed),
        ),
        embedded_engine(installed, scoring, clock),
        scoring,
        CommitListener(installed.database),
        [
            *grading_background(installed, clock),
            *reading_background(reader, Oracle(installed, scoring, clock)),
            *drawn_background(reader, clock),
            *webhooks_background(
                installed, lambda: check_health(installed, scoring, now=clock()), clock
            ),
        ],
    )


def web_only(installed: Installation, *, clock: Callable[[], datetime] = setup.utc_now) -> Server:
    """Pages and the API; models are scored and graded by workers. No labels, no runners."""
    settings = installed.settings.model_copy(update={"model_workers": 0})
    scoring = make_scoring(settings, installed.folders.work, secret=None)
    return Server(
        services(
            installed, scoring, lambda: check_web_health(installed), LabelsElsewhere(), clock=clock
        ),
        sweeping_engine(installed, clock),
        scoring,
        CommitListener(installed.database),
        webhooks_background(installed, lambda: check_web_health(installed), clock),
    )


def services(
    installed: Installation,
    scoring: Scoring,
    check: Callable[[], Health],
    takes_labels: TakesLabels,
    *,
    clock: Callable[[], datetime],
) -> Services:
    """What the web layer needs of an installation; no labels."""
    recent = RecentPages(installed.database, clock)
    return Services(
        settings=installed.settings,
        database=installed.database,
        blobs=installed.blobs,
        datasets=installed.datasets,
        stream=EventStream(installed.database, prepare=recent.read_ahead),
        clock=clock,
        check_health=check,
        vitals=Kept(partial(health.look, installed.database, check)),
        refuses_models=scoring.containment.refusal,
        checker=DryRun(installed, scoring),
        early=EarlyScoring(installed.datasets, scoring),
        takes_labels=takes_labels,
        events=EventMover(
            installed.database, installed.blobs, installed.datasets, installed.labels
        ),
        work_folder=installed.folders.work,
        vault=installed.vault,
        recent=recent,
        streams=Places(installed.settings.streams_per_address, installed.settings.streams),
        joins=Joins(installed.settings.joins_per_minute),
        school=_school(installed.settings),
    )


def _school(settings: Settings) -> School | None:
    try:
        return school_of(settings)
    except WrongSettings as wrong:
        raise InstallationError(str(wrong)) from None


def create_app(server: Server) -> FastAPI:
    """The web application over `server`, which starts and stops with it."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        server.start()
        try:
            yield
        finally:
            server.stop()
            end_tracing()

    settings = server.services.settings
    app = api_docs.DocumentedApp(
        title="Heldout", version=__version__, description=DESCRIPTION, lifespan=lifespan,
        docs_url=None, redoc_url=None, servers=[{"url": settings.root}] if settings.root else None,
    )  # fmt: skip
    app.state.services = server.services
    hand_in(template_functions.FUNCTIONS)
    app.add_middleware(BodyLimit)
    problems.install(app)
    console.install(app)
    me.install(app)
    # Inside the headers' middleware; leaves event streams and already encoded files alone.
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESS_FROM_BYTES)
    if server.scoring.containment.accepts_risk:
        app.add_middleware(PageNotice, text=RISK_ACCEPTED)
    app.add_middleware(KnownHosts, settings=settings)
    security.install(app, only_https=settings.public_url.startswith("https://"))
    app.add_middleware(MeasuredRequests)
    _believe_proxies(app, server.services)
    serve_below(settings.root)
    if settings.root:
        app.add_middleware(RootPath, root=settings.root)
    app.router.routes.extend(_routes())
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.mount(handbook_site.PATH, handbook_site.site, name="handbook")
    traced = tracing.wanted()
    end_tracing = tracing.begin(app, server.services.database) if traced else lambda: None
    return app


def _believe_proxies(app: FastAPI, services: Services) -> None:
    """What proxies say: of callers' addresses, and of who they are. The latter is looked at first,
    while the caller is still whoever opened the connection.
    """
    proxies = services.settings.believed_proxies
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(proxies))
    headers = services.school.headers if services.school is not None else ()
    app.add_middleware(TrustedHeaders, proxies=Peers(proxies), headers=headers)


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Every route, the same in each app of a process: each is read once, when it is asked for."""
    table = Routes()
    pages = (
        page,
        me,
        school,
        short_address,
        help_page,
        submission_page,
        compare_page,
        experiments_page,
        gap,
        finals,
        hardest_page,
        console,
    )
    room = (race_page, participant_page, projector_page, embeds_and_feeds, reveal)
    for module in (api, health, api_docs, client_wheel, security_txt, papers, *pages, *room):
        table.include_router(module.router)
    return tuple(table.routes)


def check_health(installed: Installation, scoring: Scoring, *, now: datetime) -> Health:
    """Look at what a submission needs; each check answers `ok` or what is wrong."""
    return Health(
        {
            "database": _checked(lambda: _check_database(installed)),
            "storage": _checked(installed.blobs.check),
            "labels": _checked(lambda: _check_labels(installed, now)),
        },
        models=models_health(scoring),
    )


def check_web_health(installed: Installation) -> Health:
    """What a web replica itself needs; whether somebody scores is read from the workers' table."""
    return Health(
        {
            "database": _checked(lambda: _check_database(installed)),
            "storage": _checked(installed.blobs.check),
        },
        models=_models_elsewhere(installed),
    )


def models_health(scoring: Scoring) -> ModelsHealth:
    """Whether models are taken, how the self-test ended, and what the pool is doing."""
    verdict, status = scoring.containment.verdict, scoring.pool.status()
    return ModelsHealth(
        accepting=scoring.workers > 0 and scoring.containment.refusal() is None,
        sandbox=verdict.state,
        detail=verdict.reason or status.problem or ("" if scoring.workers else NOT_HERE),
        probes=len(verdict.probes),
        contained=sum(probe.contained for probe in verdict.probes),
        slots=status.slots,
        ready=status.ready,
        busy=status.busy,
        memory_bytes=status.memory_bytes,
    )


def _models_elsewhere(installed: Installation) -> ModelsHealth:
    """The workers that score models now, counted as slots; none starts unless its sandbox holds."""
    try:
        with installed.database.read() as session:
            silent = installed.settings.worker_seconds
            seen = workers.listing(session, silent_seconds=silent)
    except Exception:
        seen = []
    scorers = [w for w in seen if w.alive and set(w.pools) & set(MODEL_POOLS)]
    return ModelsHealth(
        accepting=True,
        sandbox="contained" if scorers else "unavailable",
        detail="" if scorers else "no scorer is running: models wait until one does",
        probes=0,
        contained=0,
        slots=len(scorers),
        ready=sum(not worker.runs and not worker.draining for worker in scorers),
        busy=sum(bool(worker.runs) for worker in scorers),
        memory_bytes=0,
    )


def _checked(check: Callable[[], None]) -> str:
    try:
        check()
    except (LabelStoreError, StorageFailed, BlobMissing, OSError) as error:
        return str(error)
    except Exception:
        log.exception("health.check_failed")
        return "does not answer"
    return "ok"


def _check_database(installed: Installation) -> None:
    with installed.database.read() as session:
        session.execute(text("select 1 from competition limit 1"))


def _check_labels(installed: Installation, now: datetime) -> None:
    with installed.database.read() as session:
        found = competitions.all_competitions(session)
    if not found:
        raise OSError("there is no competition yet")
    for competition in found:
        # One that is over grades nothing: an event that was imported to be looked at has no labels.
        if phase(competition, now) is not Phase.CLOSED:
            installed.labels.labels(competition.dataset_hash, competition.labels_version)
